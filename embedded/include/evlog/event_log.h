// evlog, embedded: open a directory, append, read. One process owns a directory at a time; any
// number of others may read it meanwhile with OpenReadOnly.
//
//   auto log = evlog::Open("/var/lib/orders");
//   if (!log.ok()) return log.status();
//   auto orders = (*log)->OpenStream("orders");
//   auto added = orders->Append({{"type", "placed"}, {"total", "12.50"}});  // on disk when it
//   returns
//
//   auto cursor = (*log)->Read({.stream = "orders"});
//   evlog::ChunkView chunk;
//   for (;;) {
//     absl::StatusOr<bool> more = cursor->Next(&chunk);
//     if (!more.ok()) return more.status();  // a damaged log never looks like a short one
//     if (!*more) break;
//     for (const evlog::EntryView& entry : chunk) Print(entry.id, entry.fields);
//   }
//
// Everything here is thread-safe unless it says otherwise. Nothing throws. Errors are absl::Status;
// docs/errors.md lists what each code means and what to do about it.
#ifndef EVLOG_EVENT_LOG_H_
#define EVLOG_EVENT_LOG_H_

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/batch.h"
#include "evlog/chunk_view.h"
#include "evlog/entry.h"
#include "evlog/entry_id.h"
#include "evlog/open_options.h"
#include "evlog/read.h"
#include "evlog/stream_options.h"

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

  const std::string& name() const;
  const StreamOptions& options() const;

  // Appends one entry; blocks until it is as durable as `options` (or else the stream) says.
  //
  // Errors:
  //   INVALID_ARGUMENT    no fields; entry or key past its limit; an id that contradicts the key
  //   ABORTED             a conflict: an id that is not above the stream's last one, which it names
  //   FAILED_PRECONDITION a log that is closed, read only, or latched by an earlier failed write
  //   (see
  //                       EventLog::Reopen); a stream that has no ids left
  //   RESOURCE_EXHAUSTED  the disk is full. Outcome unknown, latched, as for UNAVAILABLE
  //   UNAVAILABLE         the write or the sync failed. The outcome is unknown: the entry may be
  //   there
  //                       after Reopen. The log is latched until then; reads go on
  absl::StatusOr<AppendResult> Append(Fields fields, const AppendOptions& options = {});

  // Appends all entries of the batch in one atomic commit, in their order; all or none of them.
  // Those without a key go to one partition, the next in turn. An empty batch is INVALID_ARGUMENT.
  // `options` may set the durability only. `batch` is empty afterwards, whatever the outcome.
  absl::StatusOr<AppendResult> Append(Batch&& batch, const AppendOptions& options = {});

  // As above, without waiting: `done` is called once on the log's completion thread. Calls are
  // ordered among themselves and with blocking appends; completions of one durability come in
  // commit order. Blocks only while more than OpenOptions::in_flight_bytes wait to be written
  // (never on the completion thread itself). `done` must not block for long: later completions wait
  // for it.
  void AppendAsync(Batch&& batch, const AppendOptions& options, AppendCallback done);

 private:
  std::shared_ptr<Impl> impl_;
};

// Reads entries in order. Move-only; used by one thread at a time. Holds no lock, snapshot or
// iterator between calls, and keeps the log's files open until it is destroyed.
class Cursor {
 public:
  class Impl;

  explicit Cursor(std::unique_ptr<Impl> impl);
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  // Moves on to the next run of entries: true and `*view` set, or false at the end.
  //
  // A cursor that follows (forward, without `until`) waits at the end for more until `deadline` (by
  // the log's clock) and then answers false; it may be called again. By default it does not wait.
  //
  // Errors:
  //   CANCELLED       `stop` was requested while it waited
  //   DATA_LOSS       the log is damaged here; says where. The cursor does not move on
  //   NOT_FOUND       a read-only log whose stream was removed by its owner
  absl::StatusOr<bool> Next(ChunkView* view, absl::Time deadline = absl::InfinitePast(),
                            std::stop_token stop = {});

 private:
  std::unique_ptr<Impl> impl_;
};

struct ListOptions {
  std::string pattern = "*";  // Redis glob: * ? [a-z] [^x] and \ to escape
  std::string after = {};     // only names above this one, in byte order
  size_t limit = SIZE_MAX;
};

// A log. Close it by destroying it; see Close.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Opens the stream of that name, which is 1..4096 bytes, any bytes. `options` count only when
  // this creates it. A stream created here is as durable as the first append to it. Errors:
  // INVALID_ARGUMENT (name, options), NOT_FOUND, FAILED_PRECONDITION (closed, latched, read only
  // and missing), DATA_LOSS.
  virtual absl::StatusOr<Stream> OpenStream(std::string_view name,
                                            const StreamOptions& options = {},
                                            IfMissing if_missing = IfMissing::kCreate) = 0;

  // Creates a stream; durable as its options say when it returns. Errors: as OpenStream, and
  // ALREADY_EXISTS.
  virtual absl::StatusOr<Stream> CreateStream(std::string_view name,
                                              const StreamOptions& options = {}) = 0;

  // Starts reading. Errors: NOT_FOUND; INVALID_ARGUMENT (a partition that the stream does not have;
  // a bound that does not apply); DATA_LOSS.
  virtual absl::StatusOr<Cursor> Read(const ReadRequest& request) = 0;

  // Streams by name, in byte order. Reads the catalog from the disk; counts of each stream cost
  // about one look-up per partition.
  virtual absl::StatusOr<std::vector<StreamInfo>> ListStreams(const ListOptions& options = {}) = 0;
  virtual absl::StatusOr<StreamInfo> DescribeStream(std::string_view name) = 0;

  // Blocks until every append acknowledged so far, of whatever durability, is on the disk.
  // Errors: UNAVAILABLE or RESOURCE_EXHAUSTED, then latched.
  virtual absl::Status Sync() = 0;

  // OK, or that the log is latched, by which failed write or sync: UNAVAILABLE, or
  // RESOURCE_EXHAUSTED when the disk was full.
  virtual absl::Status Health() = 0;

  // After a failed write: closes the store and opens it again in this process, with full recovery.
  // Streams and cursors stay valid. Does nothing on a healthy log. Errors: as Open; it may be tried
  // again.
  virtual absl::Status Reopen() = 0;

  // Refuses new appends, writes and syncs what was accepted, runs its completions, and stops the
  // threads. The files stay open until the last cursor is gone. The destructor does the same and
  // drops the status. Must not be called from a completion.
  // Errors: UNAVAILABLE or RESOURCE_EXHAUSTED: a write or sync failed, now or before; the outcome
  // of the last appends is unknown. The log is closed all the same.
  virtual absl::Status Close() = 0;
};

// Opens the log in `directory` and owns it until it is closed.
//
// Errors:
//   NOT_FOUND           no such directory (with options.create_if_missing false)
//   UNAVAILABLE         another process (named by its pid), or this one, holds it
//   FAILED_PRECONDITION not an evlog directory; written by a newer format
//   DATA_LOSS           damaged: names file, offset and what is missing. Nothing was changed
//   PERMISSION_DENIED, RESOURCE_EXHAUSTED  the file system said so
//   INVALID_ARGUMENT    options out of range, naming which
absl::StatusOr<std::unique_ptr<EventLog>> Open(std::string_view directory,
                                               const OpenOptions& options = {});

// Opens the log in `directory` for reading, beside the process that owns it or without one. Takes
// no lock, writes nothing, and follows what the owner writes: a cursor that waits looks again every
// ReadOnlyOptions::poll_min..poll_max. It may see entries that are written but not yet synced.
// Errors: as Open, without UNAVAILABLE.
absl::StatusOr<std::unique_ptr<EventLog>> OpenReadOnly(std::string_view directory,
                                                       const ReadOnlyOptions& options = {});

}  // namespace evlog

#endif  // EVLOG_EVENT_LOG_H_
