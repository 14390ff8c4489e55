// Who is subscribed to what.
#ifndef EVLOG_EMBEDDED_HUB_SUBSCRIBER_TABLE_H_
#define EVLOG_EMBEDDED_HUB_SUBSCRIBER_TABLE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "embedded/hub/pattern_index.h"
#include "embedded/hub/route_sink.h"
#include "embedded/hub/subscriber.h"
#include "evlog/channels.h"
#include "log/base/bytes.h"
#include "log/base/mutex.h"

namespace evlog::internal {

// All who receive what is published to one channel, in the order in which they are served.
struct Receivers {
  std::vector<std::shared_ptr<Subscriber>> subscribers;
  std::vector<std::shared_ptr<RouteSink>> routes;
  bool any_inline = false;  // some want the message shared
};

// Thread-safe. Channels are spread over shards, each with a lock and a version; patterns and routes
// have one each. Publishers remember what they found together with the versions, and look it up
// again only when one of them has changed (receiver_cache.h): then publishing takes no lock here.
class SubscriberTable {
 public:
  static constexpr size_t kShards = 64;  // by TransparentHash of the channel

  struct Versions {
    uint64_t shard = 0;
    uint64_t patterns = 0;

    friend bool operator==(const Versions&, const Versions&) = default;
  };

  // False once the table is closed.
  bool Add(std::shared_ptr<Subscriber> subscriber);
  void Remove(const Subscriber* subscriber);
  // Takes no more subscribers; gives those that there are.
  std::vector<std::shared_ptr<Subscriber>> Close();

  // Puts a route in the place of another of the same pattern; either may be null.
  void SetRoute(std::string_view pattern, const RouteSink* old, std::shared_ptr<RouteSink> route);

  // Now, and never less than what a change that is over has made of it.
  Versions VersionsOf(uint64_t channel_hash) const {
    return {shards_[channel_hash % kShards].version.load(std::memory_order_acquire),
            patterns_version_.load(std::memory_order_acquire)};
  }
  std::shared_ptr<const Receivers> Find(std::string_view channel, bool sharded) const;

  std::vector<std::string> ListChannels(std::string_view pattern, bool sharded) const;
  size_t Count(const Topic& topic) const;
  size_t CountPatterns() const;
  size_t CountRoutes() const { return routes_count_.load(std::memory_order_acquire); }
  std::vector<std::shared_ptr<Subscriber>> All() const;

  // Of this table, for ever.
  uint64_t id() const { return id_; }

 private:
  using Channels = absl::flat_hash_map<std::string, std::vector<std::shared_ptr<Subscriber>>,
                                       TransparentHash, std::equal_to<>>;
  struct Shard {
    std::atomic<uint64_t> version{0};
    mutable Mutex mu;
    std::array<Channels, 2> channels ABSL_GUARDED_BY(mu);  // plain, sharded
  };

  Shard& ShardOf(std::string_view channel) const {
    return shards_[TransparentHash()(channel) % kShards];
  }
  static uint64_t NextId();

  const uint64_t id_ = NextId();
  std::atomic<bool> closed_{false};
  mutable std::array<Shard, kShards> shards_;

  std::atomic<uint64_t> patterns_version_{0};
  std::atomic<size_t> routes_count_{0};
  // Shared by publishers that look something up. Guards what follows.
  mutable std::shared_mutex patterns_mu_;
  PatternIndex<std::shared_ptr<Subscriber>> patterns_;
  PatternIndex<std::shared_ptr<RouteSink>> routes_;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_SUBSCRIBER_TABLE_H_
