// One stream of a log: what an application appends to, trims and deletes from.
#ifndef EVLOG_STREAM_H_
#define EVLOG_STREAM_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/batch.h"
#include "evlog/entry.h"
#include "evlog/entry_id.h"
#include "evlog/schedule.h"
#include "evlog/stream_options.h"
#include "evlog/trim.h"
#include "evlog/watch.h"

namespace evlog {

// Called once with the outcome of an asynchronous append.
using AppendCallback = absl::AnyInvocable<void(const absl::StatusOr<AppendResult>&) &&>;

// A handle to a stream. Cheap to copy; copies are the same stream. Keeps nothing open: once the log
// is closed its calls answer FAILED_PRECONDITION.
class Stream {
 public:
  class Impl;

  Stream() = default;
  explicit Stream(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  // The name by which it was opened; its number in its log, which no other stream ever gets; and
  // how it is set up now.
  const std::string& name() const;
  // The database that it is in now.
  int database() const;
  uint64_t id() const;
  StreamOptions options() const;

  // Appends one entry; blocks until it is as durable as `options` (or else the stream) says.
  //
  // Errors:
  //   INVALID_ARGUMENT    no fields; entry or key past its limit; an id that contradicts the key
  //   ABORTED             a conflict, which ConflictOf reads: an expectation that fails, an id that
  //                       is not above the stream's last one, a producer's sequence number below
  //                       its last one. Nothing was appended
  //   NOT_FOUND           the stream was dropped
  //   FAILED_PRECONDITION a log that is closed, read only, or latched by an earlier failed write:
  //                       see EventLog::Reopen. Or a stream that has no ids left
  //   RESOURCE_EXHAUSTED  the disk is full. Outcome unknown, latched, as for UNAVAILABLE
  //   UNAVAILABLE         the write or the sync failed. The outcome is unknown: the entry may be
  //                       there after Reopen. The log is latched until then; reads go on
  absl::StatusOr<AppendResult> Append(Fields fields, const AppendOptions& options = {});

  // Appends all entries of the batch in one atomic commit, in their order; all or none of them.
  // Those without a key go to one partition, the next in turn. An empty batch is INVALID_ARGUMENT.
  // `options` may set the durability, an expectation and an idempotence only. `batch` is empty
  // afterwards, whatever the outcome.
  absl::StatusOr<AppendResult> Append(Batch&& batch, const AppendOptions& options = {});

  // As above, without waiting: `done` is called once on the log's completion thread. Calls are
  // ordered among themselves and with blocking appends; completions of one durability come in
  // commit order. Blocks only while more than OpenOptions::in_flight_bytes wait to be written
  // (never on the completion thread itself). `done` must not block for long: later completions wait
  // for it. AppendOptions::done_at_once calls it sooner, and allows it less.
  void AppendAsync(Batch&& batch, const AppendOptions& options, AppendCallback done);

  // Keeps entries now and appends them at `at`, in one commit; a time that has passed is at once.
  // Blocks until they are kept as durably as `options`, or else the stream, say: then they are
  // appended once, also if the process ends meanwhile (after `at`, as soon as the log is open).
  // They get their ids and partitions when they are appended, and are due by the wall clock, in the
  // order of their tickets. When the stream is dropped they go with it. docs/delayed.md
  //
  // Errors: as Append, but no conflicts; INVALID_ARGUMENT also for entries with ids of their own.
  absl::StatusOr<Ticket> Schedule(Fields fields, absl::Time at,
                                  const ScheduleOptions& options = {});
  absl::StatusOr<Ticket> Schedule(Batch&& batch, absl::Time at,
                                  const ScheduleOptions& options = {});

  // Removes the oldest entries. Readers begin after them from now on; a cursor that had not come to
  // them says so (ReadRequest::on_trimmed). Costs the same however many go: their space comes back
  // in the background. Blocks until it is as durable as the stream or `options` say.
  //
  // Errors: INVALID_ARGUMENT, NOT_FOUND (dropped), FAILED_PRECONDITION, UNAVAILABLE as for Append.
  absl::StatusOr<TrimResult> Trim(const TrimOptions& options);

  // Deletes single entries by their ids; those that are not there, or no longer, do not count.
  // Their space comes back once everything before them is trimmed or deleted. What becomes of the
  // groups that need them, `options` say; a group that is made, or set back, meanwhile may not
  // count. Errors: as Trim; with references, those of Group.
  absl::StatusOr<DeleteResult> Delete(std::span<const EntryId> ids,
                                      const DeleteOptions& options = {});

  // Calls `changed` whenever readers may see more of the stream, and when it is dropped or the log
  // is closed. Not of a log that is open for reading only, which learns nothing by itself. Errors:
  // FAILED_PRECONDITION (closed, read only).
  absl::StatusOr<Watch> OnChange(ChangeCallback changed) const;

 private:
  friend class Here;
  friend class Transaction;
  std::shared_ptr<Impl> impl_;
};

}  // namespace evlog

#endif  // EVLOG_STREAM_H_
