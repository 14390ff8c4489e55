// The streams of a log: which there are, and those that are loaded.
//
// Nothing loads all streams: a stream is read from the disk when it is first asked for, and
// forgotten again when nobody holds it and there are more than `idle_streams_max` of them.
#ifndef EVLOG_LOG_CATALOG_H_
#define EVLOG_LOG_CATALOG_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/stream_options.h"
#include "log/base/bytes.h"
#include "log/base/mutex.h"
#include "log/catalog_codec.h"
#include "log/committer.h"
#include "log/databases.h"
#include "log/log_probe.h"
#include "log/store/store.h"
#include "log/stream_state.h"

namespace evlog {

enum class NameChange : uint8_t { kGiven, kLeft, kExpired };

// Is told that a stream was given a name, or has left one, be it because its time was up.
class NamesWatcher {
 public:
  virtual ~NamesWatcher() = default;
  // Under the catalog's lock: must be quick, and call nothing of the log. The database is named by
  // its home; no name: any of them.
  virtual void NameChanged(NameChange change, uint8_t database, std::string_view name) = 0;
};

// Databases are named by their homes here (databases.h).
class Catalog {
 public:
  // `committer` is null for a read-only log.
  Catalog(const Store* store, Committer* committer, const LogProbe* probe, size_t idle_streams_max);

  // Reads what it needs at the start, and again after the store was reopened: then every loaded
  // stream is made anew from the disk.
  absl::Status Load() ABSL_LOCKS_EXCLUDED(mu_);

  // Errors: NOT_FOUND, INVALID_ARGUMENT (name), DATA_LOSS.
  absl::StatusOr<std::shared_ptr<StreamState>> Find(uint8_t database, std::string_view name)
      ABSL_LOCKS_EXCLUDED(mu_);

  struct Found {
    std::shared_ptr<StreamState> stream;
    bool created = false;
  };
  // Creates the stream when there is none. Its row is written (kOs) when this returns; an append
  // that is synced later syncs it too.
  absl::StatusOr<Found> FindOrCreate(uint8_t database, std::string_view name,
                                     const StreamOptions& options) ABSL_LOCKS_EXCLUDED(mu_);

  // Takes the stream and all of its entries away. Its rows are written (kOs) when this returns.
  // Errors: NOT_FOUND, and those of the committer.
  absl::Status Drop(uint8_t database, std::string_view name) ABSL_LOCKS_EXCLUDED(mu_);

  // A stream's place: a name in a database.
  struct Name {
    uint8_t database = 0;
    std::string_view name;
  };
  // Gives the stream another name, in the same or another database; with `replace`, of a stream
  // that is dropped in the same commit. Errors: NOT_FOUND, ALREADY_EXISTS, INVALID_ARGUMENT (name).
  absl::Status Rename(const Name& from, const Name& to, bool replace) ABSL_LOCKS_EXCLUDED(mu_);

  // Changes its options. Errors: NOT_FOUND, INVALID_ARGUMENT.
  absl::StatusOr<std::shared_ptr<StreamState>> Alter(uint8_t database, std::string_view name,
                                                     const StreamChanges& changes)
      ABSL_LOCKS_EXCLUDED(mu_);

  // ---- catalog_changes.cc
  // Sets the last id of a stream. Errors: NOT_FOUND; ABORTED: an entry has a larger id.
  absl::StatusOr<std::shared_ptr<StreamState>> SetLastId(const Name& place, EntryId last_id,
                                                         const LastIdOptions& options)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Exchanges two databases, with all that is of them. Who waits for streams is told, and of names
  // that any may have changed.
  absl::Status SwapDatabases(Databases* databases, uint8_t a, uint8_t b) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- catalog_copy.cc
  // A stream with the options of `from`, which has no name yet, and which nobody else finds. If it
  // does not get one, it is dropped in the background after EndCopy, or after the next open.
  // Errors: ALREADY_EXISTS, INVALID_ARGUMENT (name).
  absl::StatusOr<std::shared_ptr<StreamState>> BeginCopy(const StreamState& from, const Name& to,
                                                         bool replace) ABSL_LOCKS_EXCLUDED(mu_);
  // Gives it its name, in the commit of `request`. Errors: ALREADY_EXISTS.
  absl::Status FinishCopy(const std::shared_ptr<StreamState>& copy, uint64_t copied_through,
                          bool replace, std::unique_ptr<Request> request) ABSL_LOCKS_EXCLUDED(mu_);
  void EndCopy(StreamId id) ABSL_LOCKS_EXCLUDED(mu_);
  // False: it is still being made.
  absl::StatusOr<bool> DropIfAbandoned(StreamId id) ABSL_LOCKS_EXCLUDED(mu_);

  // The stream of that number. Errors: NOT_FOUND; those of the store.
  absl::StatusOr<std::shared_ptr<StreamState>> FindById(StreamId id) ABSL_LOCKS_EXCLUDED(mu_);
  // The same if it is in that database and its name matches; null: another one, or gone.
  absl::StatusOr<std::shared_ptr<StreamState>> FindMatching(StreamId id, uint8_t database,
                                                            std::string_view pattern)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Counts what may have given streams names; as long as it stands, they have not changed.
  uint64_t renames() const { return renames_.load(std::memory_order_acquire); }
  // `watcher` is told of changes after they were made, under the lock of the catalog, until it is
  // taken away again. Once UnwatchNames has returned, it is not any more.
  void WatchNames(NamesWatcher* watcher) ABSL_LOCKS_EXCLUDED(watch_mu_);
  void UnwatchNames(NamesWatcher* watcher) ABSL_LOCKS_EXCLUDED(watch_mu_);
  // Drops the stream of that number if its time has come at `now`. False: it has not, or there is
  // no such stream.
  absl::StatusOr<bool> DropIfDue(StreamId id, absl::Time now) ABSL_LOCKS_EXCLUDED(mu_);
  // Those that are loaded and keep not everything, to which something was appended since.
  std::vector<std::shared_ptr<StreamState>> TakeAppended() ABSL_LOCKS_EXCLUDED(mu_);

  // Streams of a database whose name matches, above `after`, in the order of their names.
  struct Listed {
    StreamId id;
    StreamRecord record;
  };
  absl::StatusOr<std::vector<Listed>> List(uint8_t database, std::string_view pattern,
                                           std::string_view after, size_t limit) const;

  // Read-only: shows readers of `stream` what has come since. The store stands still meanwhile.
  absl::Status Refresh(StreamState* stream) const;

  // The log is closed: wakes everyone who waits for entries.
  void Close() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  absl::StatusOr<std::shared_ptr<StreamState>> FindLocked(uint8_t database, std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckFree(const Name& place, bool replace) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Create(uint8_t database, std::string_view name, const StreamOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<std::vector<PartitionState>> FindPartitions(const StreamState& stream) const;
  void Announce(NameChange change, uint8_t database, std::string_view name)
      ABSL_LOCKS_EXCLUDED(watch_mu_);
  // Loaded streams as the reopened store has them.
  absl::Status Reload() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void DropIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Store* const store_;
  Committer* const committer_;
  const LogProbe* const probe_;
  const size_t idle_streams_max_;

  // Held over the loading and creating of a stream, so that there is only ever one state of it.
  Mutex mu_;
  // By the key of `names`.
  absl::flat_hash_map<std::string, std::shared_ptr<StreamState>, TransparentHash, std::equal_to<>>
      loaded_ ABSL_GUARDED_BY(mu_);
  size_t drop_idle_at_ ABSL_GUARDED_BY(mu_);  // look for idle ones when so many are loaded
  uint64_t next_stream_ ABSL_GUARDED_BY(mu_) = 1;
  absl::flat_hash_set<StreamId> copies_ ABSL_GUARDED_BY(mu_);  // that are being made
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  std::atomic<uint64_t> renames_{0};

  Mutex watch_mu_ ABSL_ACQUIRED_AFTER(mu_);
  std::vector<NamesWatcher*> watchers_ ABSL_GUARDED_BY(watch_mu_);
};

}  // namespace evlog

#endif  // EVLOG_LOG_CATALOG_H_
