// Reads RocksDB's write-ahead log before RocksDB does, and tells a torn tail from lost data.
//
//   ASSIGN_OR_RETURN(WalScan scan, ScanWal(fs, dir));
//   if (scan.torn) RETURN_IF_ERROR(CutTornTail(fs, dir, scan));
//   ... rocksdb::DB::Open(dir)
//
// The rule. Let L be the last commit before the first damage (bytes that are no record, or a commit
// number that is not the one before plus one). RocksDB can replay up to L and no further, so all
// that lies behind it is lost. If some mark behind it says that a commit above L was on disk, or
// tables hold rows from behind it, then something was lost that had been promised: DATA_LOSS.
// Otherwise it is what a crash leaves: a torn tail, which is cut. Where no commit stands before the
// damage, L is unknown, and a mark proves the loss when it says that the commit before the first
// one behind the damage was on disk.
//
// It is cut physically because RocksDB itself skips a zeroed block and replays what lies behind it.
//
// What cannot be known from the log: the loss of its very end, marks included. So a watermark is
// written after a sync that nothing follows, and RocksDB is told to note in its MANIFEST which
// files it has synced. And with families flushed one by one, a cut may leave rows of half a commit,
// so the store flushes all families together (atomic_flush): its tables then always end where a
// live log begins.
#ifndef EVLOG_LOG_STORE_WAL_SCAN_H_
#define EVLOG_LOG_STORE_WAL_SCAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/file_system.h"

namespace evlog {

struct TornTail {
  struct File {
    std::string name;  // inside the directory, such as "000012.log"
    uint64_t size = 0;
    bool operator==(const File&) const = default;
  };
  std::string file;
  uint64_t offset = 0;  // its first byte to drop
  uint64_t size = 0;    // of the whole file
  // Later files that are not empty, in order; nothing in them counts.
  std::vector<File> files_after;
  uint64_t bytes_dropped = 0;  // in all these files
  // Whole commits behind the damage that nobody was promised; dropped as well.
  uint64_t commits_dropped = 0;
  std::string reason;  // what is wrong at the offset
  bool operator==(const TornTail&) const = default;
};

struct WalScan {
  // Of the commits that RocksDB will replay. Nothing when the log holds none: they are in its
  // tables. A log that holds only a watermark has a last commit, but no first.
  std::optional<uint64_t> first_commit;
  std::optional<uint64_t> last_commit;
  // The highest that any mark named; 0: none. With `lost`, above last_commit.
  uint64_t synced_through = 0;

  // RocksDB's highest sequence in tables, as the MANIFEST has it. 0: nothing was ever flushed.
  uint64_t flushed_sequence = 0;

  // What is to be cut before RocksDB may open the log.
  std::optional<TornTail> torn;
  // Says what was lost, when a mark proves that `torn` is more than a torn tail. Only ExamineWal
  // returns such a scan; ScanWal makes it the error.
  std::optional<std::string> lost;

  // With `lost`: there are tables that the MANIFEST does not name, so it may be the one that has
  // lost its end, and nothing of the write-ahead log; `lost` says so.
  bool manifest_in_doubt = false;
  // Which table is not as the MANIFEST says, or damaged where RocksDB must not find it. RocksDB's
  // secondary instances would pass over one that is missing, and show what was before it.
  std::optional<std::string> bad_table;

  // For logs and metrics.
  uint64_t files = 0;
  uint64_t bytes = 0;
  uint64_t records = 0;
  uint64_t foreign_records = 0;  // without a mark: RocksDB's own
};

// Reads all files `*.log` that RocksDB would replay, in the order of their numbers, block by block:
// its memory does not grow with them. An absent or empty directory is an empty scan. For the owner
// of the directory: files that come and go meanwhile look like damage.
//   DATA_LOSS: synced commits are missing; the text names file, byte offset and commits. Or the
//   MANIFEST is damaged, so that it cannot be said where the log begins. UNAVAILABLE: a file cannot
//   be read.
absl::StatusOr<WalScan> ScanWal(rocksdb::FileSystem& fs, const std::string& dir);

// The same, for `verify` and for an operator who accepts the loss: proven loss is in `lost`, no
// error.
absl::StatusOr<WalScan> ExamineWal(rocksdb::FileSystem& fs, const std::string& dir);

// Drops what `scan.torn` names, later files first, and syncs. After a crash in between, a new scan
// finds the same cut. Nothing to do when the scan is clean.
//   UNAVAILABLE: the file system refused; nothing before the offset was touched.
absl::Status CutTornTail(rocksdb::FileSystem& fs, const std::string& dir, const WalScan& scan);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_WAL_SCAN_H_
