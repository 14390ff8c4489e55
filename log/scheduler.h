// Delayed appends: keeps batches in `schedule`, and appends each when it is due.
//
// A row and its batch: the commit that appends a batch deletes its row, so a batch is in one of the
// two, always. What is due is taken in the order of its tickets. A log without delayed appends has
// no thread for them, and pays one seek when it is opened.
#ifndef EVLOG_LOG_SCHEDULER_H_
#define EVLOG_LOG_SCHEDULER_H_

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/clock.h"
#include "evlog/schedule.h"
#include "log/base/mutex.h"
#include "log/batch_data.h"
#include "log/catalog.h"
#include "log/committer.h"
#include "log/log_probe.h"
#include "log/schedule_codec.h"
#include "log/store/store.h"

namespace evlog {

// What is due is appended in turns of so many batches at most.
inline constexpr size_t kDueBatchesMax = 1024;
inline constexpr size_t kDueBytesMax = size_t{1} << 20;

// Thread-safe.
class Scheduler {
 public:
  struct Options {
    Clock* clock = nullptr;
    const LogProbe* probe = nullptr;
    std::shared_ptr<spdlog::logger> logger;
  };

  Scheduler(Store* store, Committer* committer, Catalog* catalog, Options options);
  ~Scheduler();  // stops

  // Takes up what was left of the last time; before anything else.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mu_);
  // No more is appended. Waits for the turn under way.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

  // The batch has passed CheckLimits. Blocks until the row is as durable as `durability` says.
  // Errors: INVALID_ARGUMENT (ids; a time that never comes), NOT_FOUND (the stream was dropped);
  // those of the committer.
  absl::StatusOr<Ticket> Schedule(const std::shared_ptr<StreamState>& stream,
                                  internal::BatchData batch, absl::Time at, Durability durability)
      ABSL_LOCKS_EXCLUDED(turn_mu_, mu_);
  // True: durable only after a sync, which the stream's durability asks for.
  // Errors: NOT_FOUND: appended, cancelled, of another database, or never there.
  absl::StatusOr<bool> Cancel(uint8_t database, const Ticket& ticket)
      ABSL_LOCKS_EXCLUDED(turn_mu_, mu_);

  // Appends what is due now, as the thread does; readers see it then. Errors: of the first that was
  // refused; it is tried again.
  absl::Status AppendDue(const std::stop_token& stop = {}) ABSL_LOCKS_EXCLUDED(pass_mu_);

  // Within Committer::Reopen: the counts as the store has them. Then Resume.
  absl::Status Reload() ABSL_LOCKS_EXCLUDED(mu_);
  void Resume() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // A batch that is due, on its way through the committer.
  struct Due {
    Ticket ticket;
    std::string value;                 // its row
    std::unique_ptr<Request> request;  // null: it stays
    bool dropped = false;              // its stream is gone: only the row goes
    RequestList lead;
  };
  // One walk over what is due.
  struct Pass {
    Ticket from, until;           // what is due
    bool more = true;             // there may be more due, and it may be appended
    std::optional<Ticket> stays;  // the first that is left behind
    bool looks_ahead = false;     // what comes behind is to be found out
    bool to_sync = false;         // readers see some of it only then
    uint64_t damaged = 0;
    absl::Status damage;  // the first
    uint64_t refused = 0;
    absl::Status refusal;  // the first

    void Stays(const Ticket& ticket) {
      if (!stays || ticket < *stays) stays = ticket;
    }
    // A batch stays because of `status`.
    void Refuse(const Ticket& ticket, const absl::Status& status) {
      Stays(ticket);
      if (refused++ == 0) refusal = status;
    }
    void Damaged(const absl::Status& status) {
      if (damaged++ == 0) damage = status;
    }
  };

  static constexpr Ticket kNoTicket{UINT64_MAX, UINT64_MAX};  // behind all of them
  static Row RowOf(const Ticket& ticket, std::optional<std::string> value);

  // ---- scheduler.cc
  absl::Status LoadCounts() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Queues the request together with the counts as they are then.
  absl::Status Queue(const ScheduleCounts& then, Request* request, RequestList* lead)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // There is a row of it now.
  void Note(const Ticket& ticket) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // All that is there is looked at, at once.
  void LookAnew() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void WakeAt(absl::Time at) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void StartThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Run(const std::stop_token& stop) ABSL_LOCKS_EXCLUDED(mu_);
  void AwaitDue(const std::stop_token& stop) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- scheduler_due.cc
  bool stopped() const ABSL_LOCKS_EXCLUDED(mu_);
  // False: there is nothing to be done.
  bool Begin(Pass* pass) ABSL_LOCKS_EXCLUDED(mu_);
  void End(const Pass& pass, const Ticket& ahead) ABSL_LOCKS_EXCLUDED(mu_);
  // The first row from `from` on; kNoTicket.
  absl::StatusOr<Ticket> FindFirst(const Ticket& from) const;
  void Turn(Pass* pass) ABSL_EXCLUSIVE_LOCKS_REQUIRED(pass_mu_) ABSL_LOCKS_EXCLUDED(turn_mu_);
  absl::Status TakeDue(Pass* pass, std::vector<Due>* due) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mu_);
  // Makes the request of a row. `*stream`: that of the row before, and of this one.
  absl::Status Prepare(const ScheduledBatch& batch, std::shared_ptr<StreamState>* stream,
                       Due* due) const;
  static void PrepareDrop(Due* due);
  absl::Status QueueDue(Due* due) ABSL_LOCKS_EXCLUDED(mu_);
  void Finish(std::vector<Due>* due, Pass* pass) const;
  // Waits until readers see what was appended.
  void AwaitSync(Pass* pass) const;
  void Tell(const Pass& pass) ABSL_EXCLUSIVE_LOCKS_REQUIRED(pass_mu_);

  Store* const store_;
  Committer* const committer_;
  Catalog* const catalog_;
  const Options options_;

  Mutex pass_mu_;  // one walk at a time
  // What the last walk found, so that the same is not said each time.
  uint64_t damaged_told_ ABSL_GUARDED_BY(pass_mu_) = 0;
  std::string refusal_told_ ABSL_GUARDED_BY(pass_mu_);

  // Held while rows are read and until their deletion is written: who has it finds a row only if
  // nobody else takes it.
  Mutex turn_mu_;

  mutable Mutex mu_;
  std::optional<ScheduleCounts> counts_ ABSL_GUARDED_BY(mu_);  // unset: not read yet
  // Where rows are, as far as is known without looking: those of `known_`; some from `left_` up to
  // where the last walk ended; any from `unlooked_` on. There is none elsewhere, so that a walk
  // does not step over what was deleted in between, such as a timeout for each call that was
  // cancelled.
  absl::btree_set<Ticket> known_ ABSL_GUARDED_BY(mu_);
  Ticket left_ ABSL_GUARDED_BY(mu_) = kNoTicket;
  Ticket unlooked_ ABSL_GUARDED_BY(mu_) = kNoTicket;
  absl::Time wake_at_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  bool earlier_ ABSL_GUARDED_BY(mu_) = false;  // wake_at_ was lowered
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::condition_variable_any wake_;
  std::jthread thread_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog

#endif  // EVLOG_LOG_SCHEDULER_H_
