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

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/append.h"
#include "evlog/backup.h"
#include "evlog/batch.h"
#include "evlog/channels.h"
#include "evlog/chunk_view.h"
#include "evlog/cursor.h"
#include "evlog/entry.h"
#include "evlog/entry_id.h"
#include "evlog/group.h"
#include "evlog/open_options.h"
#include "evlog/position.h"
#include "evlog/projection.h"
#include "evlog/read.h"
#include "evlog/route.h"
#include "evlog/schedule.h"
#include "evlog/stream.h"
#include "evlog/stream_options.h"
#include "evlog/transaction.h"
#include "evlog/trim.h"
#include "evlog/watch.h"

namespace evlog {

struct ListOptions {
  std::string pattern = "*";  // Redis glob: * ? [a-z] [^x] and \ to escape
  std::string after = {};     // only names above this one, in byte order
  size_t limit = SIZE_MAX;
};

struct CopyOptions {
  bool replace = false;                        // a stream that has the new name is dropped
  std::optional<int> database = std::nullopt;  // of the copy; else the same
  std::stop_token stop = {};
  // Called by the thread that copies, after each slice: how many of how many entries are copied,
  // those that were deleted included. Null: nobody wants to know.
  std::function<void(uint64_t copied, uint64_t all)> progress = nullptr;
};

struct LogInfo {
  uint64_t log_id = 0;         // random, of this log for ever
  uint64_t disk_bytes = 0;     // of table files
  uint64_t garbage_bytes = 0;  // about: of those, entries that are trimmed or dropped
  Position position = {};      // after the newest commit (read-only: after the newest entries)
  // The newest commit that is written, so that it survives the end of a process, and the newest
  // that is known to be on the disk. Read-only: as the owner has noted it in the log, so the second
  // may be further.
  uint64_t written_commit = 0;
  uint64_t synced_commit = 0;
  // OK, or with what an append is refused now: FAILED_PRECONDITION (latched, closed, read only),
  // RESOURCE_EXHAUSTED (the disk has less left than OpenOptions::disk_free_min).
  absl::Status appends = absl::OkStatus();
};

struct StateOptions {
  std::string prefix = {};                          // only keys that begin so
  std::optional<std::string> after = std::nullopt;  // only keys above this one, in byte order
  size_t limit = SIZE_MAX;
};

// A log, or one of its databases. Close it by destroying it; see Close.
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

  // Takes the stream and all of its entries away; handles and cursors of it answer NOT_FOUND from
  // then on, also when a new stream gets the name. As durable as the stream when it returns. Space
  // comes back in the background. Errors: NOT_FOUND, FAILED_PRECONDITION (closed, latched, read
  // only), UNAVAILABLE.
  virtual absl::Status DropStream(std::string_view name) = 0;

  // Gives a stream another name; handles and cursors stay with it. With `replace`, a stream that
  // has the new name is dropped in the same commit. Errors: as DropStream, and ALREADY_EXISTS.
  virtual absl::Status RenameStream(std::string_view from, std::string_view to,
                                    bool replace = false) = 0;

  // Moves a stream to another database, where no stream may have its name; else as RenameStream.
  // Errors: also INVALID_ARGUMENT (database).
  virtual absl::Status MoveStream(std::string_view name, int database) = 0;

  // Makes a stream `to` of what `from` holds when this begins: its options, and its entries with
  // their ids, offsets and keys, without what is deleted or trimmed until it ends; and its consumer
  // groups as they are when it ends, with their consumers and what is pending. What producers may
  // repeat is not copied, nor are delayed appends. Blocks; appends go on meanwhile. The copy
  // appears as a whole, as durable as its options say, or, after an error or a crash, not at all.
  // Reads in the order of commits pass its entries over: they were told once, in `from`. Errors: as
  // RenameStream; INVALID_ARGUMENT (database, a copy to itself, or to where a group has its dead
  // letters); CANCELLED.
  virtual absl::Status CopyStream(std::string_view from, std::string_view to,
                                  const CopyOptions& options = {}) = 0;

  // Changes options of a stream; in force at once. Errors: as DropStream, and INVALID_ARGUMENT.
  virtual absl::Status AlterStream(std::string_view name, const StreamChanges& changes) = 0;

  // Sets the last id of a stream: ids of entries to come are above it. It may be raised, and set
  // back as far as to the largest id that an entry ever had. In force at once; as durable as the
  // stream when it returns. Errors: as DropStream; ABORTED: an entry had a larger id.
  virtual absl::Status SetLastId(std::string_view name, EntryId last_id,
                                 const LastIdOptions& options = {}) = 0;

  // Exchanges two databases with all that is of them: streams, their groups and delayed appends,
  // state, routes. In one commit, whatever they hold, and on the disk when it returns. Handles,
  // cursors and projections stay with what they were opened on; who waits for entries stays, too,
  // and is told by OnNamesChanged that any name may stand for another stream. An operation that
  // runs at the same moment happens in one of both databases.
  // Errors: INVALID_ARGUMENT (database), FAILED_PRECONDITION (closed, latched, read only),
  // UNAVAILABLE.
  virtual absl::Status SwapDatabases(int a, int b) = 0;

  // Does all of the transaction in one commit, or nothing; blocks until it is as durable as
  // `durability` says (at least `os`), or else as the strongest of its streams and groups. An empty
  // one is OK.
  // Errors: as Stream::Append, each of its appends naming its stream; INVALID_ARGUMENT when it is
  // larger than Limits::batch_bytes.
  virtual absl::StatusOr<CommitResult> Commit(
      Transaction&& transaction, std::optional<Durability> durability = std::nullopt) = 0;

  // The delayed appends of this database that wait (Stream::Schedule), in the order in which they
  // are due. Reads the store. Errors: those of the store.
  virtual absl::StatusOr<std::vector<ScheduledAppend>> ListScheduled(
      const ScheduledFilter& filter = {}) = 0;

  // Takes a delayed append back: once this is OK it never happens. As durable as its stream when it
  // returns. Errors: NOT_FOUND: it was appended or cancelled, or is of another database;
  // FAILED_PRECONDITION (closed, latched, read only); UNAVAILABLE.
  virtual absl::Status CancelScheduled(const Ticket& ticket) = 0;

  // Opens a version of a projection, which runs when it is told to. Finishes removing the state of
  // versions that were replaced. Errors: INVALID_ARGUMENT (options; a pattern that is not that of
  // the version so far); FAILED_PRECONDITION (a later version is the current one; read only;
  // closed); UNAVAILABLE (this version is open already: of each there is one at a time).
  virtual absl::StatusOr<Projection> OpenProjection(const ProjectionOptions& options,
                                                    ProjectionHandler handler) = 0;

  // Makes a consumer group of a stream, which is created when it is missing. `from`: the first
  // entry that it delivers (not Last; an offset only of a stream with one partition). As durable as
  // `options` say when it returns. Errors: ALREADY_EXISTS; INVALID_ARGUMENT (name of
  // 1..kGroupNameBytesMax bytes, options, from); and as OpenStream.
  virtual absl::StatusOr<Group> CreateGroup(std::string_view stream, std::string_view name,
                                            const GroupOptions& options = {},
                                            const Bound& from = Bound::Begin()) = 0;
  // Opens a consumer group. With `if_missing`, one that is not there is made as CreateGroup makes
  // it; of several that open it at the same moment, one makes it and all get it. `if_missing` and
  // `from` count only then. Errors: NOT_FOUND (stream or group, without `if_missing`); DATA_LOSS;
  // when it is made, as CreateGroup.
  virtual absl::StatusOr<Group> OpenGroup(
      std::string_view stream, std::string_view name,
      const std::optional<GroupOptions>& if_missing = std::nullopt,
      const Bound& from = Bound::Begin()) = 0;
  // Takes the group and all that is pending in it away; the stream keeps its entries. Who waits in
  // it gets NOT_FOUND. Errors: as OpenGroup; FAILED_PRECONDITION (closed, latched, read only).
  virtual absl::Status DestroyGroup(std::string_view stream, std::string_view name) = 0;
  // The names of the groups of a stream, in byte order. Errors: NOT_FOUND, DATA_LOSS.
  virtual absl::StatusOr<std::vector<std::string>> ListGroups(std::string_view stream) = 0;

  // State as transactions left it; nullopt when there is no such key. Reads the store.
  virtual absl::StatusOr<std::optional<std::string>> GetState(std::string_view space,
                                                              std::string_view key) = 0;
  // Keys and values of a space, in byte order of the keys.
  virtual absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ListState(
      std::string_view space, const StateOptions& options = {}) = 0;

  // The same log, with the streams and the state of another database: 0..kDatabases - 1. A log that
  // was opened is on database 0. Sync, Health, Reopen and Close are of the whole log, whichever
  // database they are called on. The one that was opened closes it when it is destroyed.
  // Errors: INVALID_ARGUMENT.
  virtual absl::StatusOr<std::unique_ptr<EventLog>> InDatabase(int database) = 0;

  // Starts reading. Errors: NOT_FOUND; INVALID_ARGUMENT (a partition that the stream does not have;
  // a bound or a field that does not apply; a position of another log); OUT_OF_RANGE (a position
  // that the log does not reach); DATA_LOSS.
  virtual absl::StatusOr<Cursor> Read(const ReadRequest& request) = 0;

  // Streams by name, in byte order. Reads the catalog from the disk; counts of each stream cost
  // about one look-up per partition.
  virtual absl::StatusOr<std::vector<StreamInfo>> ListStreams(const ListOptions& options = {}) = 0;
  virtual absl::StatusOr<StreamInfo> DescribeStream(std::string_view name) = 0;

  // Calls `changed` after a stream of any database was given a name, or has left one. As long as
  // none has left one, a Stream that was opened by a name is the one that has it.
  // Errors: FAILED_PRECONDITION (read only: such a log learns nothing by itself).
  virtual absl::StatusOr<Watch> OnNamesChanged(NamesCallback changed) = 0;

  // Does at once what is done in the background otherwise (OpenOptions::maintenance_interval):
  // drops expired streams, trims by retention, gives space back, looks at the disk, and appends
  // what was delayed and is due. Errors: of the first step that failed; FAILED_PRECONDITION (read
  // only).
  virtual absl::Status Maintain() = 0;

  // The log as a whole. Its owner answers at once, with the space that the last maintenance found;
  // a read-only log looks through the table files and the write-ahead log. Errors: of the store.
  virtual absl::StatusOr<LogInfo> Describe() = 0;

  // Adds a backup of the whole log, all of its databases, to `target` (evlog/backup.h): what
  // was acknowledged before the call, of whatever durability. The log is in use meanwhile.
  // Errors: as BackUpDirectory, and as Sync.
  virtual absl::StatusOr<BackupInfo> BackUp(std::string_view target,
                                            const BackupOptions& options = {}) = 0;

  // Publish and subscribe in memory, beside the log (evlog/channels.h). The same of all databases;
  // valid as long as one of this log's EventLogs is. Messages of channels that a route matches are
  // appended to its stream. A read-only log has channels of its own, without routes.
  virtual Channels& channels() = 0;

  // Adds a route from a pattern to a stream of this database, or replaces the one that there is;
  // on the disk, and in force for what is published afterwards, when it returns. Creates the stream
  // when it is missing. Errors: INVALID_ARGUMENT, and as CreateStream.
  virtual absl::Status AddRoute(const Route& route) = 0;
  // Errors: NOT_FOUND, FAILED_PRECONDITION (closed, latched, read only), UNAVAILABLE.
  virtual absl::Status RemoveRoute(std::string_view pattern, std::string_view stream) = 0;
  // The routes to streams of this database.
  virtual absl::StatusOr<std::vector<Route>> ListRoutes() = 0;

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
