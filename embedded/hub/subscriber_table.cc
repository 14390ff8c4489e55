#include "embedded/hub/subscriber_table.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "log/base/glob.h"

namespace evlog::internal {

uint64_t SubscriberTable::NextId() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// Versions move after the change and before the lock is given back: who sees the new one and then
// takes the lock sees the change, and who saw the old one looks again.
bool SubscriberTable::Add(std::shared_ptr<Subscriber> subscriber) {
  if (subscriber->kind() == Topic::Kind::kPattern) {
    const std::lock_guard<std::shared_mutex> lock(patterns_mu_);
    if (closed_.load(std::memory_order_relaxed)) return false;
    const std::string& pattern = subscriber->name();
    patterns_.Add(pattern, std::move(subscriber));
    patterns_version_.fetch_add(1, std::memory_order_release);
    return true;
  }
  Shard& shard = ShardOf(subscriber->name());
  const size_t kind = subscriber->kind() == Topic::Kind::kSharded ? 1 : 0;
  MutexLock lock(shard.mu);
  if (closed_.load(std::memory_order_relaxed)) return false;
  const std::string& channel = subscriber->name();
  shard.channels[kind][channel].push_back(std::move(subscriber));
  shard.version.fetch_add(1, std::memory_order_release);
  return true;
}

void SubscriberTable::Remove(const Subscriber* subscriber) {
  std::shared_ptr<Subscriber> removed;  // destroyed without the lock
  const auto is_it = [&](std::shared_ptr<Subscriber>& at) {
    if (at.get() != subscriber) return false;
    removed = std::move(at);
    return true;
  };
  if (subscriber->kind() == Topic::Kind::kPattern) {
    const std::lock_guard<std::shared_mutex> lock(patterns_mu_);
    patterns_.Remove(subscriber->name(), is_it);
    patterns_version_.fetch_add(1, std::memory_order_release);
    return;
  }
  Shard& shard = ShardOf(subscriber->name());
  MutexLock lock(shard.mu);
  Channels& channels = shard.channels[subscriber->kind() == Topic::Kind::kSharded ? 1 : 0];
  const auto found = channels.find(subscriber->name());
  if (found == channels.end()) return;
  auto& subscribers = found->second;
  subscribers.erase(std::remove_if(subscribers.begin(), subscribers.end(), is_it),
                    subscribers.end());
  if (subscribers.empty()) channels.erase(found);
  shard.version.fetch_add(1, std::memory_order_release);
}

std::vector<std::shared_ptr<Subscriber>> SubscriberTable::Close() {
  closed_.store(true, std::memory_order_relaxed);
  return All();  // takes every lock after the flag is set: who adds later sees it
}

std::vector<std::shared_ptr<Subscriber>> SubscriberTable::All() const {
  std::vector<std::shared_ptr<Subscriber>> all;
  for (const Shard& shard : shards_) {
    MutexLock lock(shard.mu);
    for (const Channels& channels : shard.channels) {
      for (const auto& [channel, subscribers] : channels) {
        all.insert(all.end(), subscribers.begin(), subscribers.end());
      }
    }
  }
  const std::shared_lock<std::shared_mutex> lock(patterns_mu_);
  patterns_.ForEach([&all](const std::shared_ptr<Subscriber>& at) { all.push_back(at); });
  return all;
}

void SubscriberTable::SetRoute(std::string_view pattern, const RouteSink* old,
                               std::shared_ptr<RouteSink> route) {
  const std::lock_guard<std::shared_mutex> lock(patterns_mu_);
  if (old != nullptr) {
    --routes_count_;
    routes_.Remove(pattern,
                   [old](const std::shared_ptr<RouteSink>& at) { return at.get() == old; });
  }
  if (route != nullptr) {
    ++routes_count_;
    routes_.Add(pattern, std::move(route));
  }
  patterns_version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const Receivers> SubscriberTable::Find(std::string_view channel,
                                                       bool sharded) const {
  auto receivers = std::make_shared<Receivers>();
  {
    const Shard& shard = ShardOf(channel);
    MutexLock lock(shard.mu);
    const Channels& channels = shard.channels[sharded ? 1 : 0];
    if (const auto found = channels.find(channel); found != channels.end()) {
      receivers->subscribers = found->second;
    }
  }
  if (!sharded) {
    const std::shared_lock<std::shared_mutex> lock(patterns_mu_);
    patterns_.Match(channel, [&](const std::shared_ptr<Subscriber>& at) {
      receivers->subscribers.push_back(at);
    });
    bool live = true;
    routes_.Match(channel, [&](const std::shared_ptr<RouteSink>& route) {
      receivers->routes.push_back(route);
      live = live && route->keeps_live();
    });
    if (!live) receivers->subscribers.clear();
  }
  for (const auto& subscriber : receivers->subscribers) {
    receivers->any_inline |= subscriber->mode() == Subscriber::Mode::kInline;
  }
  return receivers;
}

std::vector<std::string> SubscriberTable::ListChannels(std::string_view pattern,
                                                       bool sharded) const {
  std::vector<std::string> names;
  for (const Shard& shard : shards_) {
    MutexLock lock(shard.mu);
    for (const auto& [channel, subscribers] : shard.channels[sharded ? 1 : 0]) {
      if (GlobMatch(pattern, channel)) names.push_back(channel);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

size_t SubscriberTable::Count(const Topic& topic) const {
  if (topic.kind == Topic::Kind::kPattern) {
    const std::shared_lock<std::shared_mutex> lock(patterns_mu_);
    return patterns_.Count(topic.name);
  }
  const Shard& shard = ShardOf(topic.name);
  MutexLock lock(shard.mu);
  const Channels& channels = shard.channels[topic.kind == Topic::Kind::kSharded ? 1 : 0];
  const auto found = channels.find(topic.name);
  return found == channels.end() ? 0 : found->second.size();
}

size_t SubscriberTable::CountPatterns() const {
  const std::shared_lock<std::shared_mutex> lock(patterns_mu_);
  return patterns_.size();
}

}  // namespace evlog::internal
