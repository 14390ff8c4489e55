// The store: rows in families, written atomically in one order, on RocksDB.
//
// The one place that knows RocksDB. Writes come from one thread at a time (the committer); reads
// from any. See docs/format.md for the files.
#ifndef EVLOG_LOG_STORE_STORE_H_
#define EVLOG_LOG_STORE_STORE_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "log/key_codec.h"
#include "log/store/commit_mark.h"
#include "log/store/environment.h"
#include "log/store/table_file.h"

namespace rocksdb {
class BackupEngine;
class Env;
class Iterator;
class WriteBatch;
}  // namespace rocksdb

namespace spdlog {
class logger;
}

namespace evlog {

struct AcceptedLoss;
struct WalScan;

inline constexpr uint32_t kFormatVersion = 5;

struct StoreOptions {
  bool create_if_missing = true;
  bool read_only = false;  // a secondary instance, beside the owner
  // Read-only: opens what is left of a log whose WAL is proven to have lost commits; for `verify`,
  // which reports that itself.
  bool despite_loss = false;
  // Leaves the tables as they are: no compactions. For a copy that is opened to be looked at.
  bool still = false;
  size_t memtable_bytes = size_t{42} << 20;
  size_t block_cache_bytes = size_t{32} << 20;
  std::shared_ptr<spdlog::logger> logger;
};

// Rows to be written together. Reusable after Clear.
class StoreBatch {
 public:
  StoreBatch();
  ~StoreBatch();

  // Begins anew, with the mark of the commit.
  void Begin(const CommitMark& mark);
  void Put(Family family, std::string_view key, std::string_view value);
  void Delete(Family family, std::string_view key);

 private:
  friend class Store;
  struct Handles;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
  const Handles* handles_ = nullptr;
};

class Store;

// Walks a range of one family. Short-lived by design: it keeps the store from being reopened. It
// stays on its thread, which meanwhile calls nothing of the store that locks it a second time, as
// that would wait for a Reopen that waits for the iterator: Get is here, too. Asserted.
// After a failed move `Valid()` is false and `status()` says why; check it at the end of every
// walk.
class StoreIterator {
 public:
  ~StoreIterator();
  StoreIterator(StoreIterator&&) noexcept;

  void Seek(std::string_view key);         // to the first row at or after `key`
  void SeekForPrev(std::string_view key);  // to the last row at or before `key`
  void SeekToFirst();
  void SeekToLast();
  void Next();
  void Prev();
  bool Valid() const;
  std::string_view key() const;
  std::string_view value() const;
  absl::Status status() const;

  // A row of any family. As Store::Get.
  absl::StatusOr<std::optional<std::string>> Get(Family family, std::string_view key) const;

 private:
  friend class Store;
  explicit StoreIterator(const Store* store);

  const Store* store_;
  std::shared_lock<std::shared_mutex> lock_;  // of the store, against reopening
  struct Bounds;
  std::unique_ptr<Bounds> bounds_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

struct ScanOptions {
  bool bulk = false;  // a long scan, which does not displace what is in the block cache
};

// Numbers of commits.
struct Watermarks {
  uint64_t written = 0;  // a process that dies leaves everything up to here
  uint64_t synced = 0;   // and a power loss everything up to here; maybe more
};

// The write-ahead log, as it stands.
struct WalReport {
  uint64_t files = 0;
  uint64_t bytes = 0;
  uint64_t last_commit = 0;              // 0: it holds none
  uint64_t torn_bytes = 0;               // of an end that the next opening drops
  std::optional<std::string> lost;       // what it proves to be lost
  std::optional<std::string> bad_table;  // beside it: the table that is not as the MANIFEST says
};

struct StoreUse {
  uint64_t wal_bytes = 0;          // files of the write-ahead log
  uint64_t memtable_bytes = 0;     // memory for what is not in tables yet
  uint64_t block_cache_bytes = 0;  // memory for what was read from tables
  uint64_t compaction_bytes = 0;   // about: of tables that compaction has to write anew
  bool stalled = false;            // writes wait, as flushes or compactions are behind
};

class Store {
 public:
  // Errors: as evlog::Open and OpenReadOnly say.
  static absl::StatusOr<std::unique_ptr<Store>> Open(std::string directory, StoreOptions options,
                                                     StoreEnvironment environment);
  // What the write-ahead log of a directory proves to be lost, if anything. Takes no lock; says
  // nothing of a directory that is open in some process.
  static absl::StatusOr<std::optional<std::string>> ExamineLog(std::string directory,
                                                               StoreEnvironment environment);
  // Whether some process, this one included, owns the directory.
  static bool IsHeld(const std::string& directory);
  // Which one; 0: one that is not known here.
  static std::optional<pid_t> HolderOf(const std::string& directory);
  // The id of the log; nullopt: it was never opened to its end. Errors: as OpenReadOnly says.
  static absl::StatusOr<std::optional<uint64_t>> IdOf(const std::string& directory);
  // What a scan of the write-ahead log of a directory finds that nobody holds. Errors: DATA_LOSS
  // (the MANIFEST is damaged), UNAVAILABLE.
  static absl::StatusOr<WalReport> ReportLog(const std::string& directory);
  // As evlog::AcceptLoss says.
  static absl::StatusOr<AcceptedLoss> AcceptLoss(std::string directory,
                                                 StoreEnvironment environment);
  ~Store();

  // What recovery found: the last commit of which anything is left, and how far it was synced at
  // least.
  uint64_t last_commit() const { return last_commit_; }
  uint64_t log_id() const { return log_id_; }
  bool read_only() const { return options_.read_only; }
  const std::string& directory() const { return directory_; }

  // Ties the batch to this store: once before its first use, and again after Reopen.
  void Attach(StoreBatch* batch) const;

  // Writes the rows; one caller at a time. After an error the outcome is unknown.
  absl::Status Write(const StoreBatch& batch);
  // Everything written before the call is on the disk when it returns OK. Beside Write, from any
  // thread.
  absl::Status Sync();

  absl::StatusOr<std::optional<std::string>> Get(Family family, std::string_view key) const;
  StoreIterator Scan(Family family, KeyRange range, ScanOptions options = {}) const;
  StoreIterator ScanAll(Family family) const { return Scan(family, {}, {}); }

  // Read-only: takes in what the owner wrote meanwhile. Opens anew when the owner has deleted files
  // that it had not seen yet.
  absl::Status CatchUp();

  // What the write-ahead log of a directory says, which its owner may be writing: marks that it has
  // made so far. nullopt: it says nothing, so all that was written is in tables, and synced. Reads
  // all of the write-ahead log. Errors: UNAVAILABLE.
  absl::StatusOr<std::optional<Watermarks>> ReadWatermarks() const;

  // Closes and opens again, with recovery; waits for iterators. On an error the store stays closed
  // and reads answer UNAVAILABLE until a later Reopen.
  absl::Status Reopen();

  // ---- store_files.cc
  // The files of a family, with what is in them. Reads what it has not read before.
  absl::StatusOr<std::vector<TableFile>> ListFiles(Family family) const;
  // Forgets what it knows of files that are not among these names.
  void ForgetFiles(const absl::flat_hash_set<std::string>& known) const;
  // Deletes the files, but for those of level 0, that lie wholly in one of the ranges. Their rows
  // are gone for every reader, whatever they are.
  absl::Status DeleteFiles(Family family, const std::vector<KeyRange>& ranges) const;
  // Writes the file anew, without what is trimmed. Blocks until it is done. Leaves a file alone
  // that is being written anew already, or gone.
  absl::Status Rewrite(Family family, const TableFile& file) const;

  PartitionStart StartOf(PartitionId partition) const;
  // Everything up to this commit is on the disk: what it trimmed may be dropped.
  void SetDurable(uint64_t commit);
  // Ids of appends from before `ms` may be dropped: no window reaches back to them.
  void ForgetIdempotence(uint64_t ms);
  // Of the file system that the directory is on.
  absl::StatusOr<uint64_t> FreeBytes() const;
  // Adds what the store holds to the backups of the engine, and gives the backup's id.
  absl::StatusOr<uint32_t> AddTo(rocksdb::BackupEngine& engine, const std::string& metadata) const;
  // What the engine's source of bytes is to be.
  rocksdb::Env* env() const;
  // Notes beside the database how far it is on the disk, so that an end that is lost later is
  // missed. For an owner that closes it; does nothing when it is noted already.
  absl::Status NoteSynced(uint64_t commit);
  // That the log ends before what was noted; nullopt: it does not.
  std::optional<std::string> FindMissing() const;
  // What it takes beside its tables. Reads the directory. Errors: UNAVAILABLE: closed.
  absl::StatusOr<StoreUse> MeasureUse() const;
  // A file that takes so many bytes, to be given back when the disk is full.
  absl::Status HoldReserve(uint64_t bytes) const;
  absl::Status ReleaseReserve() const;

  // Checks the checksums of all table files. Reads everything.
  absl::Status VerifyChecksums() const;

 private:
  friend class StoreIterator;
  friend class StorePeer;  // of the tests
  struct Db;

  // With the lock held.
  absl::Status CheckFilters() const;
  absl::StatusOr<std::optional<std::string>> GetLocked(Family family, std::string_view key) const;

  Store(std::string directory, StoreOptions options, StoreEnvironment environment);
  // Of a directory whose name is checked; nothing is open.
  static absl::StatusOr<std::unique_ptr<Store>> MakeClosed(std::string directory,
                                                           StoreOptions options,
                                                           StoreEnvironment environment);
  // What the scan, and the id that EVLOG names, prove to be lost.
  static std::optional<std::string> FindLoss(const WalScan& scan, uint64_t marker_log_id);
  absl::Status ReadCensus(Family family, TableFile* file) const;
  // store_open.cc
  absl::Status OpenOwner();
  absl::Status OpenSecondary();
  // store_follow.cc
  // Where RocksDB's list of its files stands.
  struct Edition {
    std::string manifest;
    uint64_t manifest_bytes = 0;
    bool operator==(const Edition&) const = default;
  };
  absl::StatusOr<Edition> ReadEdition() const;
  absl::Status OpenSecondaryDb();
  // False: the owner began another MANIFEST, and the instance must be opened anew.
  absl::StatusOr<bool> CatchUpWhole();
  // store_open.cc
  absl::Status OpenDb(bool create);
  absl::Status NameDamage(const absl::Status& status) const;
  absl::Status PrepareDirectory();
  absl::StatusOr<bool> HasDatabase() const;
  absl::Status RecoverWal();
  absl::Status SyncWalFiles() const;
  absl::Status FindLastCommit();
  absl::Status LoadLogId();
  absl::Status NameLog();
  std::string db_directory() const { return directory_ + "/db"; }

  const std::string directory_;
  const StoreOptions options_;
  const StoreEnvironment environment_;
  uint64_t last_commit_ = 0;
  uint64_t log_id_ = 0;
  uint64_t marker_log_id_ = 0;    // what EVLOG says; 0: nothing yet
  uint64_t marker_synced_ = 0;    // and how far it says that the log reaches
  uint64_t wal_last_commit_ = 0;  // what the scan of the WAL found
  bool forget_wals_ = false;      // opens without what RocksDB has noted of the WAL's files
  std::string manifest_;          // read-only: the one that is followed

  mutable std::shared_mutex mu_;  // held shared by reads, exclusively to open and close
  std::unique_ptr<Db> db_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_STORE_H_
