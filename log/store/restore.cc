// How a log comes back from a backup, and how backups are looked at.

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "evlog/backup.h"
#include "log/base/status.h"
#include "log/base/test_point.h"
#include "log/store/backup_target.h"
#include "log/store/copy_meter.h"
#include "log/store/file_tools.h"
#include "log/store/marker.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"

namespace evlog {

namespace {

// Stands in a directory that is being restored, so that one of the user's is never taken for it.
constexpr char kUnfinished[] = "RESTORING";

// RocksDB leaves that to the kernel.
absl::Status SyncFiles(rocksdb::FileSystem& fs, const std::string& directory) {
  std::vector<std::string> children;
  RETURN_IF_ERROR(FromRocksDb(fs.GetChildren(directory, {}, &children, nullptr)));
  for (const std::string& child : children) {
    if (child == "." || child == "..") continue;
    const std::string path = directory + "/" + child;
    std::unique_ptr<rocksdb::FSWritableFile> file;
    rocksdb::IOStatus status = fs.ReopenWritableFile(path, {}, &file, nullptr);
    if (status.ok()) status = file->Fsync({}, nullptr);
    if (status.ok()) status = file->Close({}, nullptr);
    RETURN_IF_ERROR(Annotate(FromRocksDb(status), path));
  }
  return SyncDirectory(fs, directory);
}

absl::Status CheckEmpty(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) return absl::OkStatus();
  if (std::filesystem::is_empty(directory, error) && !error) return absl::OkStatus();
  return Error(absl::StatusCode::kAlreadyExists,
               "{}: holds something already; a log is restored to a directory that is empty or "
               "does not exist",
               directory);
}

// A directory with all in it, but for the file that is named last: that goes, and it after it.
absl::Status RemoveTree(rocksdb::FileSystem& fs, const std::string& directory,
                        const std::string& last) {
  std::vector<std::string> children;
  rocksdb::IOStatus status = fs.GetChildren(directory, {}, &children, nullptr);
  for (const std::string& child : children) {
    if (!status.ok() || child == "." || child == ".." || child == last) continue;
    const std::string path = directory + "/" + child;
    bool is_directory = false;
    status = fs.IsDirectory(path, {}, &is_directory, nullptr);
    if (!status.ok()) break;
    if (is_directory) {
      RETURN_IF_ERROR(RemoveTree(fs, path, ""));
    } else {
      status = fs.DeleteFile(path, {}, nullptr);
    }
  }
  if (status.ok() && !last.empty()) {
    status = fs.DeleteFile(directory + "/" + last, {}, nullptr);
    if (status.IsNotFound() || status.IsPathNotFound()) status = rocksdb::IOStatus::OK();
  }
  if (status.ok()) status = fs.DeleteDir(directory, {}, nullptr);
  return Annotate(FromRocksDb(status), directory);
}

// What an earlier attempt left.
absl::Status RemoveUnfinished(rocksdb::FileSystem& fs, const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) return absl::OkStatus();
  if (!std::filesystem::exists(directory + "/" + kUnfinished, error) &&
      !std::filesystem::is_empty(directory, error)) {
    return Error(absl::StatusCode::kAlreadyExists,
                 "{}: is in the way, and was not left by an interrupted restore", directory);
  }
  return RemoveTree(fs, directory, kUnfinished);  // that mark is the last to go
}

absl::Status MakeUnfinished(rocksdb::FileSystem& fs, const std::string& directory) {
  rocksdb::IOStatus status = fs.CreateDir(directory, {}, nullptr);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  if (status.ok()) {
    status = fs.NewWritableFile(directory + "/" + kUnfinished, {}, &file, nullptr);
  }
  if (status.ok()) status = file->Close({}, nullptr);
  return Annotate(FromRocksDb(status), directory);
}

// From `unfinished`, where all is there, to `directory`.
absl::Status Finish(rocksdb::FileSystem& fs, const std::string& unfinished,
                    const std::string& directory, uint64_t log_id, uint64_t last_commit) {
  RETURN_IF_ERROR(SyncFiles(fs, unfinished + "/db"));
  RETURN_IF_ERROR(WriteMarker(fs, unfinished, {log_id, last_commit}));
  // Not a log that RocksDB would open as a shorter one.
  ASSIGN_OR_RETURN(const std::optional<std::string> lost, Store::ExamineLog(unfinished, {}));
  if (lost) return DataLoss("{}", *lost);
  EVLOG_TEST_POINT("restore.checked");
  RETURN_IF_ERROR(SyncDirectory(fs, unfinished));
  // Over an empty directory, if there is one. The mark goes last: it does no harm in a log.
  RETURN_IF_ERROR(
      Annotate(FromRocksDb(fs.RenameFile(unfinished, directory, {}, nullptr)), directory));
  const std::string parent = std::filesystem::path(directory).parent_path().string();
  RETURN_IF_ERROR(SyncDirectory(fs, parent.empty() ? "." : parent));
  return FromRocksDb(fs.DeleteFile(directory + "/" + kUnfinished, {}, nullptr));
}

}  // namespace

absl::StatusOr<std::vector<BackupInfo>> ListBackups(std::string_view target) {
  const BackupTarget backups(WithoutSlashes(target), FileSystemOf({}));
  RETURN_IF_ERROR(backups.Check());
  ASSIGN_OR_RETURN(const auto engine,
                   OpenForReading(backups, rocksdb::Env::Default(), rocksdb::Env::Default(), 0));
  return ListOf(*engine, backups.directory());
}

absl::Status VerifyBackup(std::string_view target, uint64_t backup) {
  const BackupTarget backups(WithoutSlashes(target), FileSystemOf({}));
  RETURN_IF_ERROR(backups.Check());
  ASSIGN_OR_RETURN(const auto engine,
                   OpenForReading(backups, rocksdb::Env::Default(), rocksdb::Env::Default(), 0));
  ASSIGN_OR_RETURN(const std::vector<BackupInfo> all, ListOf(*engine, backups.directory()));
  ASSIGN_OR_RETURN(const BackupInfo chosen, Choose(all, backup, backups.directory()));
  return Annotate(
      FromRocksDb(engine->VerifyBackup(static_cast<rocksdb::BackupID>(chosen.id), true)),
      fmt::format("{}: backup {}", backups.directory(), chosen.id));
}

absl::StatusOr<BackupInfo> RestoreBackupOn(const StoreEnvironment& environment,
                                           std::string_view target, std::string_view directory,
                                           const RestoreOptions& options) {
  const std::shared_ptr<rocksdb::FileSystem> fs = FileSystemOf(environment);
  const BackupTarget backups(WithoutSlashes(target), fs);
  const std::string to = WithoutSlashes(directory);
  if (to.empty()) return InvalidArgument("the directory's name is empty");
  RETURN_IF_ERROR(backups.Check());
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
  BackupInfo chosen;
  {
    ASSIGN_OR_RETURN(const auto engine, OpenForReading(backups, env.get(), env.get(), 0));
    ASSIGN_OR_RETURN(const std::vector<BackupInfo> all, ListOf(*engine, backups.directory()));
    ASSIGN_OR_RETURN(chosen, Choose(all, options.backup, backups.directory()));
  }
  if (chosen.format != kFormatVersion) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{}: backup {} is of format {}, this evlog reads and writes format {}",
                 backups.directory(), chosen.id, chosen.format, kFormatVersion);
  }
  RETURN_IF_ERROR(CheckEmpty(to));
  const std::string unfinished = to + ".restoring";
  RETURN_IF_ERROR(RemoveUnfinished(*fs, unfinished));
  RETURN_IF_ERROR(MakeUnfinished(*fs, unfinished));
  const auto meter = std::make_shared<CopyMeter>(options.progress, chosen.bytes);
  const std::unique_ptr<rocksdb::Env> metered = rocksdb::NewCompositeEnv(WithCopyMeter(fs, meter));
  absl::Status status = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const auto engine,
                     OpenForReading(backups, env.get(), metered.get(), options.bytes_per_second));
    RETURN_IF_ERROR(
        Annotate(FromRocksDb(engine->RestoreDBFromBackup(static_cast<rocksdb::BackupID>(chosen.id),
                                                         unfinished + "/db", unfinished + "/db")),
                 fmt::format("{}: backup {}", backups.directory(), chosen.id)));
    EVLOG_TEST_POINT("restore.copied");
    return Finish(*fs, unfinished, to, chosen.log_id, chosen.last_commit);
  }();
  if (status.ok()) return chosen;
  if (meter->stopped()) status = absl::CancelledError("the restore was stopped");
  // What cannot be removed now, the next attempt removes.
  RemoveUnfinished(*fs, unfinished).IgnoreError();
  return status;
}

absl::StatusOr<BackupInfo> RestoreBackup(std::string_view target, std::string_view directory,
                                         const RestoreOptions& options) {
  return RestoreBackupOn({}, target, directory, options);
}

}  // namespace evlog
