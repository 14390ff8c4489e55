// The committer: all that is written goes through here, in one order.
//
// Requests queue up; in the queue they get their ids and offsets. One thread at a time has the
// lead: it takes what waits (up to kCommitBytesMax or kCommitRequestsMax), writes it as one commit,
// completes it, and goes on while there is more. A blocking caller that finds nobody leading leads
// for itself, so a lone thread pays no change of thread; otherwise the committer's own thread does.
//
// Failure is sticky. A write that failed may or may not be on the disk; RocksDB itself may take no
// more. So the first failed write or sync latches the committer: everything queued and everything
// that comes is refused until Reopen has read back what is there.
#ifndef EVLOG_LOG_COMMITTER_H_
#define EVLOG_LOG_COMMITTER_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "evlog/clock.h"
#include "log/base/mutex.h"
#include "log/commit_builder.h"
#include "log/completions.h"
#include "log/log_probe.h"
#include "log/request.h"
#include "log/store/store.h"
#include "log/sync_loop.h"
#include "log/tail_cache.h"

namespace evlog {

inline constexpr size_t kCommitBytesMax = size_t{1} << 20;
inline constexpr size_t kCommitRequestsMax = 4096;
// So much a request that grows may become.
inline constexpr size_t kGrownBytesMax = size_t{4} << 10;
// One commit in so many is timed: to look at the clock twice takes a good part of a small one.
inline constexpr uint64_t kTimedCommits = 64;

class Committer {
 public:
  struct Options {
    size_t in_flight_bytes = 0;
    size_t tail_cache_bytes = 0;
    Clock* clock = nullptr;
    const LogProbe* probe = nullptr;
    std::shared_ptr<spdlog::logger> logger;
  };

  Committer(Store* store, Options options);
  ~Committer();  // closes

  // Runs the request and blocks until it is as durable as it asks (kOs or kSync). A request without
  // entries and rows waits until all before it are. The answer is in request->result.
  absl::Status Run(Request* request) ABSL_LOCKS_EXCLUDED(mu_);
  // Run in two steps, for who must order requests under a lock of its own: Queue under it, and
  // then, if that was OK, Finish without it, at once, as others may wait for this one to lead.
  // `*lead` goes from one to the other.
  absl::Status Queue(Request* request, RequestList* lead) ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Finish(Request* request, RequestList lead) ABSL_LOCKS_EXCLUDED(mu_);
  // Runs a request that has a callback, which is called on the completion thread. Blocks while too
  // much is in flight.
  void RunAsync(std::unique_ptr<Request> request) ABSL_LOCKS_EXCLUDED(mu_);
  // Queues a request that has a callback, which is called on the completion thread, for who must
  // order requests under a lock of its own: does not wait for room, so it is for small ones. On an
  // error the request is the caller's still, and nothing was called.
  absl::Status QueueAsync(std::unique_ptr<Request>* request) ABSL_LOCKS_EXCLUDED(mu_);
  // Adds to the growing row of a request that QueueAsync took, by `grow`, under the committer's
  // lock. False, and `grow` was not called: its commit has begun, or something was queued behind
  // it, or it has grown enough. `bytes`: what is added.
  bool Extend(const GrowingRow& row, size_t bytes, absl::FunctionRef<void()> grow)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Runs a request of durability kAsync without a callback: done once it is ordered.
  absl::StatusOr<AppendResult> RunOrdered(std::unique_ptr<Request> request)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Commits what waits, once, unless somebody leads: for CommitHere.
  void LeadQueued() ABSL_LOCKS_EXCLUDED(mu_);

  // Calls `done` with a result that is known already, on the completion thread.
  void CompleteOnThread(AppendCallback done, const absl::StatusOr<AppendResult>& result)
      ABSL_LOCKS_EXCLUDED(mu_);

  // What was shown to readers in commit order, as they look for more.
  struct Shown {
    uint64_t times = 0;   // rises with each commit, sync and reopening
    uint64_t commit = 0;  // that was written, and shown but for what waits for its sync
    bool ended = false;   // the log is closed, and nothing will come
  };
  Shown shown() const ABSL_LOCKS_EXCLUDED(mu_);
  // The same, with every commit of which somebody may have been told by now; waits the moment that
  // the newest one may take for it.
  Shown ShownByNow() ABSL_LOCKS_EXCLUDED(mu_);
  // All entries up to that commit are shown.
  uint64_t VisibleCommit(const Shown& shown) const;
  // Blocks until something was shown after `seen`. False: deadline or stop.
  bool AwaitShown(const Shown& seen, absl::Time deadline, const std::stop_token& stop)
      ABSL_LOCKS_EXCLUDED(mu_);

  absl::Status Health() const ABSL_LOCKS_EXCLUDED(mu_);
  // OK, or with what an append is refused now.
  absl::Status AcceptsAppends() const ABSL_LOCKS_EXCLUDED(mu_);
  // Answers appends with this, until it is called with OK; everything else goes on.
  void RefuseAppends(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mu_);
  // How far the log is: the newest commit that is written, and that is on the disk.
  Watermarks watermarks() const {
    const uint64_t synced = sync_->synced();
    return {written_.load(std::memory_order_acquire), synced};
  }
  size_t tail_cache_bytes() const { return tail_.bytes(); }
  // Counts trims, deletions and drops that were written.
  uint64_t removals() const { return removals_.load(std::memory_order_relaxed); }
  // After a failure: reopens the store, then calls `reload` to make the streams anew.
  absl::Status Reopen(const std::function<absl::Status()>& reload) ABSL_LOCKS_EXCLUDED(mu_);
  // Refuses what comes, finishes what is there, syncs.
  absl::Status Close() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // What an append that is acknowledged once it is ordered gets: its result, to `done` where it has
  // one. Answered under the lock, so that answers come in that order.
  struct Ordered {
    AppendCallback done;
    AppendResult result;
  };
  struct Outcome {
    bool own_written = false;  // the leader's own request was among them
    bool sync_here = false;    // the leader shall run a round of sync
  };

  // `*lead`: what a blocking caller that has to lead commits first. `*ordered`: the result so far,
  // where it is asked for.
  absl::Status Enqueue(Request* request, RequestList* lead, Ordered* ordered)
      ABSL_LOCKS_EXCLUDED(mu_);
  void Answer(AppendCallback done, const absl::StatusOr<AppendResult>& result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Refusal() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  RequestList Take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AwaitRoom() ABSL_LOCKS_EXCLUDED(mu_);
  void Released(size_t bytes) ABSL_LOCKS_EXCLUDED(mu_);
  void Wait(Request* request);

  // ---- of the leader
  // Commits `requests`, and what waits, until its own request is written or nothing waits; then
  // gives up the lead. True: a round of sync is the caller's.
  bool Lead(Request* own, RequestList requests) ABSL_LOCKS_EXCLUDED(mu_);
  Outcome Commit(RequestList requests, const Request* own) ABSL_LOCKS_EXCLUDED(mu_);
  void Publish();
  bool VisibleAtOnce(const StreamState& stream) const;
  Outcome Complete(RequestList requests, const Request* own);
  void SettleOriginal(const IdempotentAppend& append, AppendResult* result);
  void WriteWatermark();
  // Gives the lead to who waits first, or to nobody.
  void PassLead() ABSL_LOCKS_EXCLUDED(mu_);
  // Readers in commit order wait under the committer's lock, which each commit takes anyway once
  // it is shown: so they cost a commit nothing, and cannot miss one.
  void Announce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AnnounceCommits() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);  // of the leader

  void AfterSync() ABSL_LOCKS_EXCLUDED(mu_);
  void Latch(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mu_);
  // Answers them with an unknown outcome. `own`, the caller's, is only noted in `*own_failed`.
  void Fail(RequestList requests, const absl::Status& status, const Request* own, bool* own_failed)
      ABSL_LOCKS_EXCLUDED(mu_);
  void Summon() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);  // the committer's thread
  void RunThread();

  Store* const store_;
  const Options options_;

  // ---- of the leader
  CommitBuilder builder_;
  TailCache tail_;
  uint64_t last_commit_;
  uint64_t marked_;  // the newest synced-through that stands in the WAL
  std::vector<SyncLoop::Publication> publications_;

  Completions completions_;
  std::unique_ptr<SyncLoop> sync_;

  mutable Mutex mu_;
  CondVar wake_;  // the committer's thread
  CondVar room_;  // callers that wait for room in flight
  CondVar idle_;  // who waits for the lead to be free
  RequestList queue_ ABSL_GUARDED_BY(mu_);
  bool leading_ ABSL_GUARDED_BY(mu_) = false;
  bool summoned_ ABSL_GUARDED_BY(mu_) = false;  // the committer's thread, and it has not come yet
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  size_t in_flight_ ABSL_GUARDED_BY(mu_) = 0;
  int waiting_for_room_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status latch_ ABSL_GUARDED_BY(mu_);
  absl::Status refused_ ABSL_GUARDED_BY(mu_);  // appends only
  Shown shown_ ABSL_GUARDED_BY(mu_);
  int watchers_ ABSL_GUARDED_BY(mu_) = 0;  // who wait in AwaitShown
  std::condition_variable_any watch_;
  std::atomic<uint64_t> removals_{0};
  std::atomic<uint64_t> written_;  // the newest commit; set before anybody is told of it
  std::thread thread_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_COMMITTER_H_
