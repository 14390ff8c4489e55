// What channels count, for the registry of metrics.
#ifndef EVLOG_EMBEDDED_HUB_CHANNEL_PROBE_H_
#define EVLOG_EMBEDDED_HUB_CHANNEL_PROBE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "evlog/metrics.h"
#include "log/base/mutex.h"

namespace evlog::internal {

class Subscriber;

// Thread-safe. Subscribers count for themselves; their counts are added up when samples are asked
// for, so that publishers and consumers pay next to nothing. Those that are gone stay in the sums:
// counters never fall. Shared with subscribers, which may outlive the hub and the registry.
class ChannelProbe {
 public:
  explicit ChannelProbe(MetricsRegistry* registry);  // outlives Stop
  ~ChannelProbe();

  // Adds up for the last time, and forgets the registry; nothing is counted after. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

  void CountPublished(size_t messages);
  void CountRouted(size_t messages) { routed_->Add(messages); }
  void CountWaits(size_t queues) { waits_->Add(queues); }
  void CountDisconnect() { disconnects_->Add(); }

  void Enter(const Subscriber* subscriber) ABSL_LOCKS_EXCLUDED(mu_);
  // Does nothing for one that has not entered.
  void Leave(const Subscriber* subscriber) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  static constexpr size_t kPolicies = 4;  // of Overflow

  struct Sums {
    uint64_t published = 0, delivered = 0, duplicates = 0;
    std::array<uint64_t, kPolicies> dropped{};

    void Add(const Subscriber& subscriber);
  };
  // A count of publishers; each thread has one that few others have.
  struct alignas(64) Stripe {
    std::atomic<uint64_t> published{0};
  };

  void Refresh() ABSL_LOCKS_EXCLUDED(mu_);
  Sums SumUp() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Report(const Sums& now, int64_t subscriptions, int64_t queued)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Counter* const published_;
  Counter* const routed_;
  Counter* const delivered_;
  Counter* const duplicates_;
  std::array<Counter*, kPolicies> const dropped_;  // null: of a policy that drops nothing
  Counter* const waits_;
  Counter* const disconnects_;
  Gauge* const subscriptions_;
  Gauge* const queued_;

  std::array<Stripe, 16> stripes_;

  Mutex mu_;
  MetricsRegistry* registry_ ABSL_GUARDED_BY(mu_);  // null: stopped
  uint64_t refresh_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_set<const Subscriber*> present_ ABSL_GUARDED_BY(mu_);
  Sums gone_ ABSL_GUARDED_BY(mu_);
  // What the registry has been told.
  Sums told_ ABSL_GUARDED_BY(mu_);
  int64_t told_subscriptions_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t told_queued_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_CHANNEL_PROBE_H_
