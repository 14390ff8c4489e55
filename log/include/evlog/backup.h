// Backups of a log, each of which shares with the ones before it the tables that they have in
// common, and what they are restored to.
//
// A backup is taken while the log is in use, by its owner or by another process, and neither stops
// the owner nor locks the log's directory: it holds the log's files open as they stand at one
// moment, which takes milliseconds, and copies them afterwards. It is what a process killed at that
// moment would have left: everything acknowledged before the call began is in it, but for appends
// of durability `async` that were not written yet (EventLog::BackUp writes them first). Streams,
// groups with what is pending, positions, projections, routes, delayed appends: all of it.
//
// The files are copied, checked and removed by RocksDB's BackupEngine; docs/operations.md tells how
// a target looks.
#ifndef EVLOG_BACKUP_H_
#define EVLOG_BACKUP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evlog {

struct BackupProgress {
  uint64_t bytes = 0;  // copied so far
  // At most so many are to be copied: files that the target has already are passed over.
  uint64_t bytes_max = 0;
};

// Called for each MiB that was copied, by one thread at a time, which need not be the caller's.
// False stops: CANCELLED. Empty: never.
using BackupProgressCallback = std::function<bool(const BackupProgress&)>;

struct BackupOptions {
  // So many backups stay in the target, the newest; older ones are removed once this one is
  // complete. 0: all.
  size_t keep = 0;
  uint64_t bytes_per_second = 0;  // copies no faster; 0: as fast as it goes
  BackupProgressCallback progress = nullptr;
};

struct RestoreOptions {
  uint64_t backup = 0;  // its id; 0: the newest
  uint64_t bytes_per_second = 0;
  BackupProgressCallback progress = nullptr;
};

struct BackupInfo {
  uint64_t id = 0;   // 1 and up, in the order in which they were made
  absl::Time taken;  // to the second
  // Files of it are missing: it cannot be restored. (VerifyBackup reads the files, too.)
  bool damaged = false;
  uint32_t format = 0;        // of the log
  uint64_t log_id = 0;        // of the log; a restored one has the same
  uint64_t last_commit = 0;   // the newest commit that is in it
  uint64_t bytes = 0;         // of its files, those that it shares with others included
  uint64_t bytes_copied = 0;  // only when it was just made: what was not in the target before
};

// Adds a backup of the log in `directory` to `target`, a directory of its own, which is made when
// it is missing. Blocks. On the disk when it returns. An error, or the end of the process, leaves
// the target as it was, but for files that the next backup removes.
//
// While it runs it holds each file of the log open; the soft limit of open files is raised to the
// hard one for that. It needs memory for the write-ahead log, at most twice
// OpenOptions::memtable_bytes.
//
// Errors:
//   NOT_FOUND           no such directory
//   FAILED_PRECONDITION not an evlog directory, or of another format; the target holds backups of
//                       another log, or something else
//   UNAVAILABLE         another backup to this target is under way; files cannot be read or
//                       written; the log's files change too fast to be caught at one moment
//   DATA_LOSS           the log is damaged
//   RESOURCE_EXHAUSTED  the target's disk is full; too many files for the limit of open ones
//   PERMISSION_DENIED, CANCELLED
absl::StatusOr<BackupInfo> BackUpDirectory(std::string_view directory, std::string_view target,
                                           const BackupOptions& options = {});

// The backups that were completed, oldest first. Errors: NOT_FOUND (no such directory),
// FAILED_PRECONDITION (holds no backups of evlog), DATA_LOSS, UNAVAILABLE.
absl::StatusOr<std::vector<BackupInfo>> ListBackups(std::string_view target);

// Reads all files of a backup and compares their checksums. Errors: DATA_LOSS, which names the
// file; NOT_FOUND (no such backup); CANCELLED; as ListBackups.
absl::Status VerifyBackup(std::string_view target, uint64_t backup);

// Makes `directory` what the log was. It must not exist, or be empty. Blocks. It appears as a
// whole, checked and on the disk, or, after an error or a crash, not at all: until then the files
// stand beside it in `directory`.restoring, which the next attempt removes.
// Errors: ALREADY_EXISTS (the directory holds something); NOT_FOUND (no such backup); DATA_LOSS (a
// file of the backup is damaged or missing); FAILED_PRECONDITION (of another format);
// RESOURCE_EXHAUSTED; UNAVAILABLE; PERMISSION_DENIED; CANCELLED.
absl::StatusOr<BackupInfo> RestoreBackup(std::string_view target, std::string_view directory,
                                         const RestoreOptions& options = {});

}  // namespace evlog

#endif  // EVLOG_BACKUP_H_
