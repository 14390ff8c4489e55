#include "embedded/hub/channel_probe.h"

#include <utility>

#include "embedded/hub/subscriber.h"
#include "evlog/subscription.h"

namespace evlog::internal {

namespace {

size_t Index(Overflow overflow) { return static_cast<size_t>(overflow); }

// Of this thread.
size_t StripeNumber() {
  static std::atomic<size_t> threads{0};
  static thread_local const size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

std::array<Counter*, 4> DroppedCounters(MetricsRegistry* registry) {
  std::array<Counter*, 4> counters{};
  counters[Index(Overflow::kDropOldest)] =
      registry->AddCounter("evlog_channels_dropped_oldest_total",
                           "Messages dropped from full queues for newer ones (kDropOldest).");
  counters[Index(Overflow::kDropNewest)] =
      registry->AddCounter("evlog_channels_dropped_newest_total",
                           "Messages that full queues did not take (kDropNewest).");
  counters[Index(Overflow::kDisconnect)] = registry->AddCounter(
      "evlog_channels_dropped_disconnect_total",
      "Messages that full queues did not take, whose subscriptions ended (kDisconnect).");
  return counters;
}

}  // namespace

ChannelProbe::ChannelProbe(MetricsRegistry* registry)
    : published_(registry->AddCounter("evlog_channels_published_total",
                                      "Messages published; answers to requests aside.")),
      routed_(registry->AddCounter("evlog_channels_routed_total",
                                   "Messages appended to streams, once for each route.")),
      delivered_(registry->AddCounter("evlog_channels_delivered_total",
                                      "Messages handed to handlers and pollers.")),
      duplicates_(registry->AddCounter("evlog_channels_duplicates_total",
                                       "Messages skipped by duplicate filters.")),
      dropped_(DroppedCounters(registry)),
      waits_(registry->AddCounter("evlog_channels_waits_total",
                                  "Full queues that a publisher waited for (kBlock).")),
      disconnects_(registry->AddCounter(
          "evlog_channels_disconnects_total",
          "Subscriptions that fell behind and were disconnected (kDisconnect).")),
      subscriptions_(registry->AddGauge("evlog_channels_subscriptions", "Subscriptions.")),
      queued_(registry->AddGauge("evlog_channels_queued_messages",
                                 "Messages that wait in queues of subscriptions.")),
      registry_(registry) {
  const uint64_t refresh = registry->AddRefresh([this] { Refresh(); });
  MutexLock lock(mu_);
  refresh_ = refresh;
}

ChannelProbe::~ChannelProbe() { Stop(); }

void ChannelProbe::Stop() {
  MetricsRegistry* registry = nullptr;
  uint64_t refresh = 0;
  {
    MutexLock lock(mu_);
    std::swap(registry, registry_);
    refresh = refresh_;
    if (registry != nullptr) Report(SumUp(), 0, 0);
  }
  // Without the lock: a refresh may be waiting for it.
  if (registry != nullptr) registry->RemoveRefresh(refresh);
}

void ChannelProbe::CountPublished(size_t messages) {
  stripes_[StripeNumber() % stripes_.size()].published.fetch_add(messages,
                                                                 std::memory_order_relaxed);
}

void ChannelProbe::Sums::Add(const Subscriber& subscriber) {
  const SubscriptionStats stats = subscriber.stats();
  delivered += stats.delivered;
  duplicates += stats.duplicates;
  dropped[Index(subscriber.overflow())] += stats.dropped;
}

void ChannelProbe::Enter(const Subscriber* subscriber) {
  MutexLock lock(mu_);
  present_.insert(subscriber);
}

void ChannelProbe::Leave(const Subscriber* subscriber) {
  MutexLock lock(mu_);
  if (present_.erase(subscriber) != 0) gone_.Add(*subscriber);
}

ChannelProbe::Sums ChannelProbe::SumUp() const {
  Sums sums = gone_;
  for (const Subscriber* subscriber : present_) sums.Add(*subscriber);
  for (const Stripe& stripe : stripes_) {
    sums.published += stripe.published.load(std::memory_order_relaxed);
  }
  return sums;
}

void ChannelProbe::Refresh() {
  MutexLock lock(mu_);
  if (registry_ == nullptr) return;
  int64_t subscriptions = 0, queued = 0;
  for (const Subscriber* subscriber : present_) {
    if (!subscriber->open()) continue;
    ++subscriptions;
    queued += static_cast<int64_t>(subscriber->stats().queued);
  }
  Report(SumUp(), subscriptions, queued);
}

// Differences: several channels may share a registry.
void ChannelProbe::Report(const Sums& now, int64_t subscriptions, int64_t queued) {
  published_->Add(now.published - told_.published);
  delivered_->Add(now.delivered - told_.delivered);
  duplicates_->Add(now.duplicates - told_.duplicates);
  for (size_t i = 0; i != kPolicies; ++i) {
    if (dropped_[i] != nullptr) dropped_[i]->Add(now.dropped[i] - told_.dropped[i]);
  }
  subscriptions_->Add(subscriptions - told_subscriptions_);
  queued_->Add(queued - told_queued_);
  told_ = now;
  told_subscriptions_ = subscriptions;
  told_queued_ = queued;
}

}  // namespace evlog::internal
