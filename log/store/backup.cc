#include "evlog/backup.h"

#include <memory>
#include <string>
#include <utility>

#include "log/base/status.h"
#include "log/base/test_point.h"
#include "log/store/backup_target.h"
#include "log/store/copy_meter.h"
#include "log/store/directory_image.h"
#include "log/store/file_tools.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"

namespace evlog {

namespace {

// `store` is an image of the log.
absl::StatusOr<BackupInfo> Add(const BackupTarget& target, const Store& store,
                               const std::shared_ptr<rocksdb::FileSystem>& fs, uint64_t bytes,
                               const BackupOptions& options) {
  const auto meter = std::make_shared<CopyMeter>(options.progress, bytes);
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(WithCopyMeter(fs, meter));
  rocksdb::BackupEngineOptions engine_options = target.EngineOptions(env.get());
  engine_options.backup_rate_limit = options.bytes_per_second;
  rocksdb::BackupEngine* opened = nullptr;
  RETURN_IF_ERROR(
      Annotate(FromRocksDb(rocksdb::BackupEngine::Open(engine_options, store.env(), &opened)),
               target.directory()));
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  EVLOG_TEST_POINT("backup.opened");
  const absl::StatusOr<uint32_t> id =
      store.AddTo(*engine, EncodeBackupNote({kFormatVersion, store.log_id(), store.last_commit()}));
  if (meter->stopped()) return absl::CancelledError("the backup was stopped");
  if (!id.ok()) return Annotate(id.status(), target.directory());
  EVLOG_TEST_POINT("backup.added");
  const uint64_t copied = meter->bytes();
  if (options.keep != 0) {
    RETURN_IF_ERROR(
        Annotate(FromRocksDb(engine->PurgeOldBackups(static_cast<uint32_t>(options.keep))),
                 fmt::format("{}: backup {} is complete, older ones could not be removed",
                             target.directory(), *id)));
  }
  ASSIGN_OR_RETURN(const std::vector<BackupInfo> backups, ListOf(*engine, target.directory()));
  ASSIGN_OR_RETURN(BackupInfo backup, Choose(backups, *id, target.directory()));
  backup.bytes_copied = copied;
  return backup;
}

}  // namespace

absl::StatusOr<BackupInfo> BackUpDirectoryOn(const StoreEnvironment& environment,
                                             std::string_view directory, std::string_view target,
                                             const BackupOptions& options) {
  const std::shared_ptr<rocksdb::FileSystem> fs = FileSystemOf(environment);
  const std::string source = WithoutSlashes(directory);
  BackupTarget backups(WithoutSlashes(target), fs);
  RETURN_IF_ERROR(backups.Own());
  absl::StatusOr<BackupInfo> backup = [&]() -> absl::StatusOr<BackupInfo> {
    ASSIGN_OR_RETURN(const DirectoryImage image, DirectoryImage::Take(source, backups.staging()));
    EVLOG_TEST_POINT("backup.imaged");
    StoreOptions store_options;
    store_options.create_if_missing = false;
    store_options.still = true;
    // As after a crash: what was torn is cut off, and what was lost is an error.
    absl::StatusOr<std::unique_ptr<Store>> store =
        Store::Open(backups.staging(), store_options, {});
    if (!store.ok()) return Annotate(store.status(), source);
    RETURN_IF_ERROR(backups.Claim((*store)->log_id()));
    return Add(backups, **store, fs, image.bytes(), options);
  }();
  const absl::Status removed = backups.RemoveStaging();
  if (backup.ok() && !removed.ok()) return removed;
  return backup;
}

absl::StatusOr<BackupInfo> BackUpDirectory(std::string_view directory, std::string_view target,
                                           const BackupOptions& options) {
  return BackUpDirectoryOn({}, directory, target, options);
}

}  // namespace evlog
