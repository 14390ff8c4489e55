// How a store is opened: the directory, its lock and format, the write-ahead log, then RocksDB.

#include <random>
#include <utility>

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/base/test_point.h"
#include "log/store/file_tools.h"
#include "log/store/marker.h"
#include "log/store/rocksdb_options.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"
#include "log/store/store_damage.h"
#include "log/store/store_db.h"
#include "log/store/wal_scan.h"
#include "spdlog/logger.h"

namespace evlog {

namespace {

constexpr int kLooksMax = 4;
// While files come and go: each look lists them anew.
constexpr int kLiveLooksMax = 100;

uint64_t RandomLogId() {
  std::random_device random;
  uint64_t id = 0;
  while (id == 0) id = uint64_t{random()} << 32 | random();
  return id;
}

// The scan of a directory that nobody holds, else nothing: beside a live owner files come and go,
// which looks like damage. As one may also come and go during the scan, what is wrong must be found
// twice.
absl::StatusOr<std::optional<WalScan>> ExamineUnheld(rocksdb::FileSystem& fs,
                                                     const std::string& directory) {
  std::optional<TornTail> before;
  for (int look = 1;; ++look) {
    if (Store::IsHeld(directory)) return std::nullopt;
    absl::StatusOr<WalScan> scan = ExamineWal(fs, directory + "/db");
    if (Store::IsHeld(directory)) return std::nullopt;
    if (scan.ok() && (!scan->torn || scan->torn == before)) return *std::move(scan);
    if (scan.ok() && scan->bad_table && look != kLooksMax) continue;
    if (look == kLooksMax && !scan.ok()) return scan.status();
    if (look == kLooksMax) return *std::move(scan);
    before = scan.ok() ? std::move(scan->torn) : std::nullopt;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::MakeClosed(std::string directory,
                                                         StoreOptions options,
                                                         StoreEnvironment environment) {
  directory = WithoutSlashes(directory);
  if (directory.empty()) return InvalidArgument("the directory's name is empty");
  std::unique_ptr<Store> store(
      new Store(std::move(directory), std::move(options), std::move(environment)));
  Db& db = *store->db_;
  db.fs = store->environment_.file_system ? store->environment_.file_system
                                          : rocksdb::FileSystem::Default();
  db.env = rocksdb::NewCompositeEnv(store->read_only() ? WithWalEnds(db.fs, db.ends)
                                                       : WithWalGate(db.fs, db.gate));
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(std::string directory, StoreOptions options,
                                                   StoreEnvironment environment) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                   MakeClosed(std::move(directory), std::move(options), std::move(environment)));
  if (store->read_only()) {
    RETURN_IF_ERROR(store->OpenSecondary());
  } else {
    RETURN_IF_ERROR(store->OpenOwner());
  }
  return store;
}

bool Store::IsHeld(const std::string& directory) {
  return DirectoryLock::HolderOf(directory).has_value();
}

absl::StatusOr<std::optional<std::string>> Store::ExamineLog(std::string directory,
                                                             StoreEnvironment environment) {
  const std::shared_ptr<rocksdb::FileSystem> fs =
      environment.file_system ? environment.file_system : rocksdb::FileSystem::Default();
  const absl::StatusOr<std::optional<Marker>> marker = ReadMarker(*fs, directory);
  const bool named = marker.ok() && marker->has_value();  // an error is for Open to say
  ASSIGN_OR_RETURN(const std::optional<WalScan> scan, ExamineUnheld(*fs, directory));
  return scan ? FindLoss(*scan, named ? (*marker)->log_id : 0) : std::nullopt;
}

std::optional<pid_t> Store::HolderOf(const std::string& directory) {
  const std::optional<DirectoryLock::Holder> holder = DirectoryLock::HolderOf(directory);
  return holder ? std::optional(holder->pid) : std::nullopt;
}

absl::StatusOr<std::optional<uint64_t>> Store::IdOf(const std::string& directory) {
  rocksdb::FileSystem& fs = *rocksdb::FileSystem::Default();
  ASSIGN_OR_RETURN(const std::optional<Marker> marker, ReadMarker(fs, directory));
  if (marker) return marker->log_id == 0 ? std::nullopt : std::optional(marker->log_id);
  if (!fs.FileExists(directory, {}, nullptr).ok()) {
    return Error(absl::StatusCode::kNotFound, "{}: no such directory", directory);
  }
  return Error(absl::StatusCode::kFailedPrecondition, "{}: not an evlog directory", directory);
}

absl::StatusOr<WalReport> Store::ReportLog(const std::string& directory) {
  rocksdb::FileSystem& fs = *rocksdb::FileSystem::Default();
  ASSIGN_OR_RETURN(const std::optional<Marker> marker, ReadMarker(fs, directory));
  ASSIGN_OR_RETURN(const std::optional<WalScan> scan, ExamineUnheld(fs, directory));
  WalReport report;
  if (!scan) return report;  // somebody has begun to hold it
  report.files = scan->files;
  report.bytes = scan->bytes;
  report.last_commit = scan->last_commit.value_or(0);
  if (scan->torn) report.torn_bytes = scan->torn->bytes_dropped;
  report.bad_table = scan->bad_table;
  if (!scan->bad_table) report.lost = FindLoss(*scan, marker ? marker->log_id : 0);
  return report;
}

// Beside an owner, files come and go, and the end may look torn: what is found so far counts.
absl::StatusOr<std::optional<Watermarks>> Store::ReadWatermarks() const {
  absl::StatusOr<WalScan> scan = ExamineWal(*db_->fs, db_directory());
  for (int look = 1; absl::IsNotFound(scan.status()) && look != kLiveLooksMax; ++look) {
    scan = ExamineWal(*db_->fs, db_directory());
  }
  RETURN_IF_ERROR(scan.status());
  if (!scan->last_commit) return std::nullopt;
  const uint64_t before = scan->first_commit.value_or(*scan->last_commit + 1) - 1;  // in tables
  return Watermarks{*scan->last_commit,
                    std::min(*scan->last_commit, std::max(scan->synced_through, before))};
}

absl::Status Store::OpenOwner() {
  RETURN_IF_ERROR(PrepareDirectory());
  ASSIGN_OR_RETURN(const bool exists, HasDatabase());
  if (exists) {
    RETURN_IF_ERROR(RecoverWal());
  } else if (const std::optional<std::string> lost = FindLoss({}, marker_log_id_)) {
    return DataLoss("{}: {}", directory_, *lost);
  }
  EVLOG_TEST_POINT("recovery.after_sync");
  RETURN_IF_ERROR(OpenDb(!exists));
  EVLOG_TEST_POINT("recovery.after_open");
  RETURN_IF_ERROR(FindLastCommit());
  if (const std::optional<std::string> missing = FindMissing()) {
    return DataLoss("{}: {}", directory_, *missing);
  }
  db_->trims->SetDurable(last_commit_);  // the WAL was synced before it was read
  RETURN_IF_ERROR(LoadLogId());
  if (log_id_ == 0) RETURN_IF_ERROR(NameLog());
  EVLOG_TEST_POINT("recovery.after_id");
  if (marker_log_id_ != 0) return absl::OkStatus();
  RETURN_IF_ERROR(WriteMarker(*db_->fs, directory_, {log_id_}));
  marker_log_id_ = log_id_;
  return absl::OkStatus();
}

absl::Status Store::NoteSynced(uint64_t commit) {
  if (read_only() || marker_log_id_ == 0 || commit <= marker_synced_) return absl::OkStatus();
  RETURN_IF_ERROR(WriteMarker(*db_->fs, directory_, {marker_log_id_, commit}));
  marker_synced_ = commit;
  return absl::OkStatus();
}

absl::Status Store::OpenSecondary() {
  ASSIGN_OR_RETURN(const std::optional<Marker> marker, ReadMarker(*db_->fs, directory_));
  if (!marker) {
    if (!db_->fs->FileExists(directory_, {}, nullptr).ok()) {
      return Error(absl::StatusCode::kNotFound, "{}: no such directory", directory_);
    }
    return Error(absl::StatusCode::kFailedPrecondition, "{}: not an evlog directory", directory_);
  }
  marker_log_id_ = marker->log_id;
  marker_synced_ = marker->synced;
  // RocksDB would open a damaged log as a shorter one, here as anywhere.
  ASSIGN_OR_RETURN(const std::optional<WalScan> scan, ExamineUnheld(*db_->fs, directory_));
  const std::optional<std::string> lost = scan ? FindLoss(*scan, marker_log_id_) : std::nullopt;
  if (lost && !options_.despite_loss) return DataLoss("{}: {}", directory_, *lost);
  // Beside an owner, or despite a loss, nothing has looked at them.
  if (!scan || lost) RETURN_IF_ERROR(CheckTails(*db_->fs, db_directory()));
  db_->ends->Set(db_directory(), scan ? scan->torn : std::nullopt);
  RETURN_IF_ERROR(Annotate(OpenSecondaryDb(), directory_));
  if (scan) {
    wal_last_commit_ = scan->last_commit.value_or(0);
    ASSIGN_OR_RETURN(db_->unread, FindUnread(*db_->db, *db_->fs, db_->env.get(), db_directory()));
  } else {
    marker_synced_ = 0;  // its owner has looked, and what it wrote since may not be seen yet
  }
  RETURN_IF_ERROR(FindLastCommit());
  if (options_.despite_loss && (lost || FindMissing())) return absl::OkStatus();
  if (const std::optional<std::string> missing = FindMissing()) {
    return DataLoss("{}: {}", directory_, *missing);
  }
  return LoadLogId();
}

absl::Status Store::PrepareDirectory() {
  rocksdb::FileSystem& fs = *db_->fs;
  const rocksdb::IOStatus found = fs.FileExists(directory_, {}, nullptr);
  if (!found.ok()) {
    if (!options_.create_if_missing) {
      return Error(absl::StatusCode::kNotFound, "{}: no such directory", directory_);
    }
    const rocksdb::IOStatus made = fs.CreateDirIfMissing(directory_, {}, nullptr);
    if (!made.ok()) return Annotate(FromRocksDb(made), directory_);
  }
  ASSIGN_OR_RETURN(std::optional<Marker> marker, ReadMarker(fs, directory_));
  if (!marker) {
    std::vector<std::string> children;
    const rocksdb::IOStatus listed = fs.GetChildren(directory_, {}, &children, nullptr);
    if (!listed.ok()) return Annotate(FromRocksDb(listed), directory_);
    for (const std::string& child : children) {
      if (child == "." || child == ".." || child == "LOCK" || child == kMarkerTemporary) continue;
      return Error(absl::StatusCode::kFailedPrecondition,
                   "{}: not an evlog directory (it holds {}, and no file EVLOG)", directory_,
                   Quoted(child));
    }
    if (!options_.create_if_missing) {
      return Error(absl::StatusCode::kNotFound, "{}: an empty directory, not a log", directory_);
    }
  }
  RETURN_IF_ERROR(db_->lock.Acquire(&fs, directory_));
  ASSIGN_OR_RETURN(marker, ReadMarker(fs, directory_));  // again: nobody else can write it now
  if (marker) {
    marker_log_id_ = marker->log_id;
    marker_synced_ = marker->synced;
  } else {
    RETURN_IF_ERROR(WriteMarker(fs, directory_, {}));
  }
  return Annotate(FromRocksDb(fs.CreateDirIfMissing(db_directory(), {}, nullptr)), directory_);
}

// Whether db/ holds a database. RocksDB would take one whose CURRENT is gone for a new one, and
// delete all its files.
absl::StatusOr<bool> Store::HasDatabase() const {
  if (db_->fs->FileExists(db_directory() + "/CURRENT", {}, nullptr).ok()) return true;
  std::vector<std::string> children;
  const rocksdb::IOStatus listed = db_->fs->GetChildren(db_directory(), {}, &children, nullptr);
  if (!listed.ok()) return FromRocksDb(listed);
  for (const std::string& child : children) {
    if (child.ends_with(".sst")) {
      return DataLoss("{}/CURRENT is missing, though there is {}", db_directory(), child);
    }
    uint64_t size = 0;
    if (child.ends_with(".log") &&
        db_->fs->GetFileSize(db_directory() + "/" + child, {}, &size, nullptr).ok() && size != 0) {
      return DataLoss("{}/CURRENT is missing, though {} has {} bytes", db_directory(), child, size);
    }
  }
  return false;
}

absl::Status Store::RecoverWal() {
  ASSIGN_OR_RETURN(const WalScan scan, ScanWal(*db_->fs, db_directory()));
  if (const std::optional<std::string> lost = FindLoss(scan, marker_log_id_)) {
    return DataLoss("{}: {}", directory_, *lost);
  }
  wal_last_commit_ = scan.last_commit.value_or(0);
  EVLOG_TEST_POINT("recovery.after_scan");
  if (!scan.torn) return SyncWalFiles();
  if (options_.logger) {
    options_.logger->warn("{}: {} at byte {} ({}): {} bytes and {} unacknowledged commits dropped",
                          directory_, scan.torn->file, scan.torn->offset, scan.torn->reason,
                          scan.torn->bytes_dropped, scan.torn->commits_dropped);
  }
  RETURN_IF_ERROR(CutTornTail(*db_->fs, db_directory(), scan));
  EVLOG_TEST_POINT("recovery.after_cut");
  return SyncWalFiles();
}

// What a crashed process wrote may still be in the page cache only, and RocksDB never syncs the
// files of an earlier run. Without this a later commit could be on the disk, and one before it not.
absl::Status Store::SyncWalFiles() const {
  std::vector<std::string> children;
  rocksdb::IOStatus status = db_->fs->GetChildren(db_directory(), {}, &children, nullptr);
  for (const std::string& child : children) {
    if (!status.ok()) break;
    if (!child.ends_with(".log")) continue;
    std::unique_ptr<rocksdb::FSWritableFile> file;
    status = db_->fs->ReopenWritableFile(db_directory() + "/" + child, {}, &file, nullptr);
    if (status.ok()) status = file->Sync({}, nullptr);
    if (status.ok()) status = file->Close({}, nullptr);
  }
  return Annotate(FromRocksDb(status), db_directory());
}

absl::Status Store::OpenDb(bool create) {
  const RocksDbSizes sizes{options_.memtable_bytes, options_.block_cache_bytes};
  rocksdb::DBOptions options = MakeDbOptions(db_->env.get(), db_directory(), sizes);
  options.create_if_missing = create;
  if (forget_wals_) options.track_and_verify_wals_in_manifest = false;
  db_->flushes = std::make_shared<FlushGate>(options.write_buffer_manager, sizes.memtable_bytes);
  options.listeners.push_back(db_->flushes);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyDescriptor> families = MakeFamilies(sizes, db_->trims);
  if (options_.still) {
    for (auto& family : families) family.options.disable_auto_compactions = true;
  }
  const rocksdb::Status status =
      rocksdb::DB::Open(options, db_directory(), families, &handles, &db);
  if (!status.ok()) return Annotate(NameDamage(FromRocksDb(status)), directory_);
  db_->db.reset(db);
  std::copy(handles.begin(), handles.end(), db_->handles.of.begin());
  db_->trims->Attach(db, handles[static_cast<size_t>(Family::kTrims)]);
  return absl::OkStatus();
}

// Every commit leaves a row in `log`, or else its number in the meta row; or it is still in the
// WAL.
absl::Status Store::FindLastCommit() {
  last_commit_ = wal_last_commit_;
  rocksdb::ReadOptions read;
  read.ignore_range_deletions = true;  // as Store::Scan
  rocksdb::ColumnFamilyHandle* log = db_->handles.of[static_cast<size_t>(Family::kLog)];
  std::unique_ptr<rocksdb::Iterator> last(db_->db->NewIterator(read, log));
  last->SeekToLast();
  if (last->Valid()) {
    ASSIGN_OR_RETURN(const LogLocation location, DecodeLogKey(ToView(last->key())));
    last_commit_ = std::max(last_commit_, location.commit);
  }
  RETURN_IF_ERROR(FromRocksDb(last->status()));
  std::string value;
  const rocksdb::Status status = db_->db->Get(
      read, db_->handles.of[static_cast<size_t>(Family::kMeta)], ToSlice(kMetaLastCommit), &value);
  if (status.IsNotFound()) return absl::OkStatus();
  RETURN_IF_ERROR(FromRocksDb(status));
  ByteReader reader(value);
  last_commit_ = std::max(last_commit_, reader.ReadVarint());
  if (!reader.ok()) return DataLoss("malformed meta row {}: {}", kMetaLastCommit, Quoted(value));
  return absl::OkStatus();
}

absl::Status Store::LoadLogId() {
  std::string value;
  const rocksdb::Status status = db_->db->Get(
      {}, db_->handles.of[static_cast<size_t>(Family::kMeta)], ToSlice(kMetaLogId), &value);
  log_id_ = 0;
  if (status.ok()) {
    ByteReader reader(value);
    log_id_ = reader.ReadVarint();
    if (!reader.ok()) return DataLoss("malformed meta row {}: {}", kMetaLogId, Quoted(value));
  } else if (!status.IsNotFound()) {
    return FromRocksDb(status);
  }
  if (marker_log_id_ == 0 || log_id_ == marker_log_id_) return absl::OkStatus();
  return DataLoss("{}: EVLOG names log {:016x}, but the database holds {}", directory_,
                  marker_log_id_,
                  log_id_ != 0 ? fmt::format("log {:016x}", log_id_) : "one without a name");
}

// A new log, or one whose first opening was cut short: its first commit names it.
absl::Status Store::NameLog() {
  log_id_ = RandomLogId();
  std::string id, commit;
  AppendVarint(&id, log_id_);
  AppendVarint(&commit, last_commit_ + 1);
  StoreBatch batch;
  Attach(&batch);
  batch.Begin({MarkKind::kCommit, last_commit_ + 1, 0});
  batch.Put(Family::kMeta, kMetaLogId, id);
  batch.Put(Family::kMeta, kMetaLastCommit, commit);
  RETURN_IF_ERROR(Write(batch));
  ++last_commit_;
  return Sync();
}

absl::Status Store::Reopen() {
  std::unique_lock lock(mu_);
  db_->Close();
  if (read_only()) return OpenSecondary();
  RETURN_IF_ERROR(RecoverWal());
  RETURN_IF_ERROR(OpenDb(false));
  RETURN_IF_ERROR(FindLastCommit());
  db_->trims->SetDurable(last_commit_);
  return LoadLogId();
}

}  // namespace evlog
