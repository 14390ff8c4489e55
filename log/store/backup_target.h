// A directory that holds backups.
//
//   EVLOG-BACKUPS      evlog backups 1 / log 00f1e2d3c4b5a697: whose backups these are
//   LOCK               held by who adds one
//   meta, private, shared_checksum    RocksDB's
//   staging            while a backup is made: the log's files as of one moment
#ifndef EVLOG_LOG_STORE_BACKUP_TARGET_H_
#define EVLOG_LOG_STORE_BACKUP_TARGET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/backup.h"
#include "log/store/directory_lock.h"
#include "log/store/environment.h"
#include "rocksdb/env.h"
#include "rocksdb/utilities/backup_engine.h"

namespace evlog {

// What a backup says of itself: RocksDB keeps it with the backup.
struct BackupNote {
  uint32_t format = 0;
  uint64_t log_id = 0;
  uint64_t last_commit = 0;
};
std::string EncodeBackupNote(const BackupNote& note);
// DATA_LOSS: not what evlog writes there.
absl::StatusOr<BackupNote> DecodeBackupNote(std::string_view text);

// The machine's file system, or that of the tests.
std::shared_ptr<rocksdb::FileSystem> FileSystemOf(const StoreEnvironment& environment);

class BackupTarget {
 public:
  BackupTarget(std::string directory, std::shared_ptr<rocksdb::FileSystem> fs)
      : directory_(std::move(directory)), fs_(std::move(fs)) {}

  // Makes the directory when it is missing, locks it, and removes what was left over. Errors:
  // FAILED_PRECONDITION (it holds something else), UNAVAILABLE (somebody holds the lock).
  absl::Status Own();
  // Once owned: the target is of this log, or becomes so. FAILED_PRECONDITION: it is of another.
  absl::Status Claim(uint64_t log_id);
  // For reading. NOT_FOUND, FAILED_PRECONDITION.
  absl::Status Check() const;

  const std::string& directory() const { return directory_; }
  std::string staging() const { return directory_ + "/staging"; }
  absl::Status RemoveStaging() const;
  rocksdb::BackupEngineOptions EngineOptions(rocksdb::Env* env) const;

 private:
  std::string marker_path() const { return directory_ + "/EVLOG-BACKUPS"; }
  // 0: there is no marker.
  absl::StatusOr<uint64_t> ReadMarker() const;

  const std::string directory_;
  const std::shared_ptr<rocksdb::FileSystem> fs_;
  DirectoryLock lock_;
};

// The backups of an engine, oldest first, damaged ones included.
absl::StatusOr<std::vector<BackupInfo>> ListOf(const rocksdb::BackupEngineReadOnlyBase& engine,
                                               const std::string& directory);
// For reading only.
absl::StatusOr<std::unique_ptr<rocksdb::BackupEngineReadOnly>> OpenForReading(
    const BackupTarget& target, rocksdb::Env* backup_env, rocksdb::Env* db_env,
    uint64_t bytes_per_second);
// The one that is asked for; 0: the newest. NOT_FOUND; DATA_LOSS: it is damaged.
absl::StatusOr<BackupInfo> Choose(const std::vector<BackupInfo>& backups, uint64_t id,
                                  const std::string& directory);

// Backups on another file system, for tests of failure.
absl::StatusOr<BackupInfo> BackUpDirectoryOn(const StoreEnvironment& environment,
                                             std::string_view directory, std::string_view target,
                                             const BackupOptions& options);
absl::StatusOr<BackupInfo> RestoreBackupOn(const StoreEnvironment& environment,
                                           std::string_view target, std::string_view directory,
                                           const RestoreOptions& options);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_BACKUP_TARGET_H_
