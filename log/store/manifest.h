// What we need of RocksDB's MANIFEST before RocksDB is open: where the tables end and the
// write-ahead log begins.
//
// A file in the format of wal_reader.h. Each record is an edit: a sequence of (tag, value), applied
// one after the other; a group of edits counts when its last one is there.
#ifndef EVLOG_LOG_STORE_MANIFEST_H_
#define EVLOG_LOG_STORE_MANIFEST_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/file_system.h"

namespace evlog {

struct ManifestSummary {
  // RocksDB replays no WAL file with a lower number; 0: it replays all. It deletes those of lower
  // numbers newest first, so a crash can leave a hole in the commit numbers that is none.
  uint64_t first_live_wal = 0;
  // RocksDB's highest sequence that is in a table, or was (measured: 7.8.3 counts flushed rows
  // only). The live WAL files go on from there, or from before. As flushing drops a pair of Put and
  // SingleDelete, and counts it not, the store must never use SingleDelete.
  uint64_t flushed_sequence = 0;

  bool operator==(const ManifestSummary&) const = default;
};

// Tables by number, with their sizes in bytes.
using ManifestTables = std::map<uint64_t, uint64_t>;

// Nothing when `dir` holds no database. `tables`, unless it is null, gets those that are in use.
//   DATA_LOSS: it is damaged; RocksDB would refuse it as well. A last record cut short is no
//   damage. UNAVAILABLE: a file cannot be read.
absl::StatusOr<std::optional<ManifestSummary>> ReadManifest(rocksdb::FileSystem& fs,
                                                            const std::string& dir,
                                                            ManifestTables* tables = nullptr);

// What is wrong with the files of these tables, if anything: the first that is missing, has another
// size, or whose tail is damaged (table_tail.h). Errors: UNAVAILABLE.
absl::StatusOr<std::optional<std::string>> CheckTables(rocksdb::FileSystem& fs,
                                                       const std::string& dir,
                                                       const ManifestTables& tables);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_MANIFEST_H_
