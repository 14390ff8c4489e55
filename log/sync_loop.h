// The two watermarks of the log: commits are first *written*, then *synced*, both in commit order.
//
// The committer never syncs. Whoever waits for the disk is entered here; one round of sync serves
// all commits that were written before it began. A caller that waits alone runs its round itself,
// without a change of thread; as soon as others wait too, the rounds run on a thread of their own.
#ifndef EVLOG_LOG_SYNC_LOOP_H_
#define EVLOG_LOG_SYNC_LOOP_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "evlog/clock.h"
#include "log/base/mutex.h"
#include "log/completions.h"
#include "log/log_probe.h"
#include "log/request.h"
#include "log/store/store.h"

namespace evlog {

class SyncLoop {
 public:
  // Entries of a stream of durability `sync`, to be shown to readers once `commit` is on the disk.
  struct Publication {
    uint64_t commit;
    std::shared_ptr<StreamState> stream;
    uint16_t partition;
    PartitionTail tail;
  };

  struct Hooks {
    std::function<void()> after_sync;                     // a round ended well
    std::function<void(const absl::Status&)> on_failure;  // a round failed
  };

  SyncLoop(Store* store, Completions* completions, const LogProbe* probe, Clock* clock, Hooks hooks,
           uint64_t last_commit);
  ~SyncLoop();

  // Everything up to here is on the disk, as far as this process knows.
  uint64_t synced() const { return synced_.load(std::memory_order_acquire); }

  // Everything up to here was shown to readers, of what the committer has handed over.
  uint64_t visible() const ABSL_LOCKS_EXCLUDED(mu_);

  // Of the committer: `commit` was written. `waiters` wait for it, as do the readers of
  // `publications` (which is empty afterwards). `own`: the request of the calling thread, when it
  // is among the waiters. True: the caller must call Round() once it no longer holds the
  // committer's lead.
  [[nodiscard]] bool Written(uint64_t commit, RequestList&& waiters,
                             std::vector<Publication>* publications, const Request* own)
      ABSL_LOCKS_EXCLUDED(mu_);

  // One sync, and what it completes.
  void Round() ABSL_LOCKS_EXCLUDED(mu_);

  // Waits until no round runs and nobody waits.
  void Settle() ABSL_LOCKS_EXCLUDED(mu_);
  // Ends the thread; no Written comes after it.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);
  // After reopening: all that was recovered is on the disk.
  void Reset(uint64_t last_commit) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run();
  void Finish(uint64_t target, const absl::Status& status) ABSL_LOCKS_EXCLUDED(mu_);
  void Publish(uint64_t target) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Store* const store_;
  Completions* const completions_;
  const LogProbe* const probe_;
  Clock* const clock_;
  const Hooks hooks_;

  std::atomic<uint64_t> synced_;

  mutable Mutex mu_;
  CondVar wake_;  // the thread
  CondVar idle_;
  uint64_t written_ ABSL_GUARDED_BY(mu_);
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
  // A round runs, or is about to: by a caller, or by the thread when `thread_turn_`.
  bool syncing_ ABSL_GUARDED_BY(mu_) = false;
  bool thread_turn_ ABSL_GUARDED_BY(mu_) = false;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  RequestList waiters_ ABSL_GUARDED_BY(mu_);                   // by commit
  std::deque<Publication> publications_ ABSL_GUARDED_BY(mu_);  // by commit
  std::thread thread_;
};

// What a request gets whose write or sync failed: RESOURCE_EXHAUSTED for a full disk, else
// UNAVAILABLE.
absl::Status UnknownOutcome(const absl::Status& failure);

// What is said of a log that such a failure has latched, with the same codes.
absl::Status Latched(const absl::Status& failure);

// Wakes the thread that waits for a blocking request; returns the state that it was in.
uint32_t FinishBlocking(Request* request);

}  // namespace evlog

#endif  // EVLOG_LOG_SYNC_LOOP_H_
