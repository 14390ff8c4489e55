// How a store is opened: the directory, its lock and format, the write-ahead log, then RocksDB.

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fstream>
#include <random>
#include <utility>

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/base/test_point.h"
#include "log/store/rocksdb_options.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"
#include "log/store/store_db.h"
#include "log/store/wal_scan.h"
#include "spdlog/logger.h"

namespace evlog {

namespace {

// The file that makes a directory an evlog directory, and its only line.
constexpr std::string_view kMarkerFile = "/EVLOG";
constexpr std::string_view kMarkerPrefix = "evlog format ";
constexpr size_t kMarkerBytesMax = 64;
constexpr std::string_view kLockFile = "/LOCK";

// The pid of the process that holds a lock of `path`, or 0. From the kernel's table: opening the
// file here and closing it again would drop a lock that this process itself holds.
pid_t LockHolder(const std::string& path) {
  struct stat file = {};
  if (::stat(path.c_str(), &file) != 0) return 0;
  const std::string inode =
      fmt::format("{:02x}:{:02x}:{}", major(file.st_dev), minor(file.st_dev), file.st_ino);
  std::ifstream locks("/proc/locks");
  // 1: POSIX  ADVISORY  WRITE 4711 fe:00:131092 0 EOF
  std::string number, kind, mode, access, where, rest;
  pid_t pid = 0;
  while (locks >> number >> kind >> mode >> access >> pid >> where && std::getline(locks, rest)) {
    if (where == inode) return pid;
  }
  return 0;
}

uint64_t RandomLogId() {
  std::random_device random;
  uint64_t id = 0;
  while (id == 0) id = uint64_t{random()} << 32 | random();
  return id;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::Open(std::string directory, StoreOptions options,
                                                   StoreEnvironment environment) {
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  if (directory.empty()) return InvalidArgument("the directory's name is empty");
  std::unique_ptr<Store> store(
      new Store(std::move(directory), std::move(options), std::move(environment)));
  Db& db = *store->db_;
  db.fs = store->environment_.file_system ? store->environment_.file_system
                                          : rocksdb::FileSystem::Default();
  db.env = rocksdb::NewCompositeEnv(WithWalGate(db.fs, db.gate));
  if (store->read_only()) {
    RETURN_IF_ERROR(store->OpenSecondary());
  } else {
    RETURN_IF_ERROR(store->OpenOwner());
  }
  return store;
}

bool Store::IsHeld(const std::string& directory) {
  return LockHolder(directory + std::string(kLockFile)) != 0;
}

absl::StatusOr<std::optional<std::string>> Store::ExamineLog(std::string directory,
                                                             StoreEnvironment environment) {
  const std::shared_ptr<rocksdb::FileSystem> fs =
      environment.file_system ? environment.file_system : rocksdb::FileSystem::Default();
  // Beside a live owner files come and go, which looks like damage.
  if (IsHeld(directory)) return std::nullopt;
  ASSIGN_OR_RETURN(WalScan scan, ExamineWal(*fs, directory + "/db"));
  return std::move(scan.lost);
}

absl::Status Store::OpenOwner() {
  RETURN_IF_ERROR(PrepareDirectory());
  ASSIGN_OR_RETURN(const bool exists, HasDatabase());
  if (exists) RETURN_IF_ERROR(RecoverWal());
  EVLOG_TEST_POINT("recovery.after_sync");
  RETURN_IF_ERROR(OpenDb(!exists));
  EVLOG_TEST_POINT("recovery.after_open");
  RETURN_IF_ERROR(FindLastCommit());
  db_->trims->SetDurable(last_commit_);  // the WAL was synced before it was read
  return LoadLogId();
}

absl::Status Store::OpenSecondary() {
  ASSIGN_OR_RETURN(const bool is_log, ReadMarker());
  if (!is_log) {
    if (!db_->fs->FileExists(directory_, {}, nullptr).ok()) {
      return Error(absl::StatusCode::kNotFound, "{}: no such directory", directory_);
    }
    return Error(absl::StatusCode::kFailedPrecondition, "{}: not an evlog directory", directory_);
  }
  if (!options_.despite_loss) {
    // RocksDB would open a damaged log as a shorter one, here as anywhere.
    ASSIGN_OR_RETURN(const std::optional<std::string> lost, ExamineLog(directory_, environment_));
    if (lost) return DataLoss("{}", *lost);
  }
  RETURN_IF_ERROR(Annotate(OpenSecondaryDb(), directory_));
  return FindLastCommit();
}

// The marker's format version is checked before anything else is touched.
absl::StatusOr<bool> Store::ReadMarker() const {
  const std::string path = directory_ + std::string(kMarkerFile);
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  const rocksdb::IOStatus opened = db_->fs->NewSequentialFile(path, {}, &file, nullptr);
  if (opened.IsNotFound() || opened.IsPathNotFound()) return false;
  if (!opened.ok()) return FromRocksDb(opened);
  char scratch[kMarkerBytesMax];
  rocksdb::Slice read;
  const rocksdb::IOStatus status = file->Read(sizeof scratch, {}, &read, scratch, nullptr);
  if (!status.ok()) return FromRocksDb(status);
  const std::string_view text = ToView(read);
  const std::string expected = fmt::format("{}{}\n", kMarkerPrefix, kFormatVersion);
  if (text == expected) return true;
  if (text.substr(0, kMarkerPrefix.size()) != kMarkerPrefix || text.back() != '\n') {
    return DataLoss("{}: {} is not what evlog writes there", path, Quoted(text));
  }
  return Error(absl::StatusCode::kFailedPrecondition,
               "{}: has format {}, this evlog reads and writes format {}; use the evlog that wrote "
               "it",
               directory_,
               text.substr(kMarkerPrefix.size(), text.size() - kMarkerPrefix.size() - 1),
               kFormatVersion);
}

absl::Status Store::WriteMarker() const {
  const std::string path = directory_ + std::string(kMarkerFile);
  const std::string temporary = path + ".new";
  rocksdb::FileSystem& fs = *db_->fs;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus status = fs.NewWritableFile(temporary, {}, &file, nullptr);
  if (status.ok()) {
    status = file->Append(fmt::format("{}{}\n", kMarkerPrefix, kFormatVersion), {}, nullptr);
  }
  if (status.ok()) status = file->Sync({}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  if (status.ok()) status = fs.RenameFile(temporary, path, {}, nullptr);
  std::unique_ptr<rocksdb::FSDirectory> dir;
  if (status.ok()) status = fs.NewDirectory(directory_, {}, &dir, nullptr);
  if (status.ok()) status = dir->FsyncWithDirOptions({}, nullptr, rocksdb::DirFsyncOptions());
  return Annotate(FromRocksDb(status), path);
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
  ASSIGN_OR_RETURN(bool is_log, ReadMarker());
  if (!is_log) {
    std::vector<std::string> children;
    const rocksdb::IOStatus listed = fs.GetChildren(directory_, {}, &children, nullptr);
    if (!listed.ok()) return Annotate(FromRocksDb(listed), directory_);
    for (const std::string& child : children) {
      if (child == "." || child == ".." || child == "LOCK" || child == "EVLOG.new") continue;
      return Error(absl::StatusCode::kFailedPrecondition,
                   "{}: not an evlog directory (it holds {}, and no file EVLOG)", directory_,
                   Quoted(child));
    }
    if (!options_.create_if_missing) {
      return Error(absl::StatusCode::kNotFound, "{}: an empty directory, not a log", directory_);
    }
  }
  RETURN_IF_ERROR(Lock());
  ASSIGN_OR_RETURN(is_log, ReadMarker());  // again, now that nobody else can be writing it
  if (!is_log) RETURN_IF_ERROR(WriteMarker());
  return Annotate(FromRocksDb(fs.CreateDirIfMissing(db_directory(), {}, nullptr)), directory_);
}

absl::Status Store::Lock() {
  const std::string path = directory_ + std::string(kLockFile);
  const rocksdb::IOStatus status = db_->fs->LockFile(path, {}, &db_->lock, nullptr);
  if (status.ok()) return absl::OkStatus();
  const std::string text = status.ToString();
  if (text.find("current process") != std::string::npos) {
    return Error(absl::StatusCode::kUnavailable, "{}: this process has the log open already",
                 directory_);
  }
  if (const pid_t pid = LockHolder(path); pid != 0) {
    return Error(absl::StatusCode::kUnavailable, "{}: held by another process, pid {}", directory_,
                 pid);
  }
  return Annotate(FromRocksDb(status), directory_);
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
  rocksdb::DBOptions options = MakeDbOptions(db_->env.get(), sizes);
  options.create_if_missing = create;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(options, db_directory(), MakeFamilies(sizes, db_->trims), &handles, &db);
  if (!status.ok()) return Annotate(FromRocksDb(status), directory_);
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
  if (status.ok()) {
    ByteReader reader(value);
    log_id_ = reader.ReadVarint();
    if (!reader.ok()) return DataLoss("malformed meta row {}: {}", kMetaLogId, Quoted(value));
    return absl::OkStatus();
  }
  if (!status.IsNotFound()) return FromRocksDb(status);
  // A new log, or one whose first opening was cut short: its first commit names it.
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
  return absl::OkStatus();
}

}  // namespace evlog
