// How the twins are set up: one place, so that anybody can judge whether they are treated well.
#ifndef EVLOG_BENCH_TWIN_OPTIONS_H_
#define EVLOG_BENCH_TWIN_OPTIONS_H_

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evlog::bench {

// Options of every RocksDB twin. Memory and disk budgets are those of our own defaults.
rocksdb::Options TwinRocksDbOptions();

// For scans of a whole family.
rocksdb::ReadOptions TwinScanOptions();

// Pragmas of every SQLite twin; `synchronous` is set by the twin.
inline constexpr const char* kTwinSqlitePragmas =
    "PRAGMA page_size=8192;"  // fewer pages per entry than 4096; 16384 was no faster
    "PRAGMA journal_mode=WAL;"
    "PRAGMA locking_mode=EXCLUSIVE;"  // one process: spares it the shared-memory index
    "PRAGMA cache_size=-32768;"       // KiB: 32 MiB, as RocksDB's block cache
    "PRAGMA temp_store=MEMORY;";

absl::Status FromRocksDb(const rocksdb::Status& status);

// A database of one family, or of `default` plus those named; handles in the order of `families`.
struct TwinDb {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;

  TwinDb() = default;
  TwinDb(TwinDb&&) = default;
  TwinDb& operator=(TwinDb&&) = delete;
  ~TwinDb();
};
absl::StatusOr<TwinDb> OpenTwin(const std::string& dir, const rocksdb::Options& options,
                                const std::vector<std::string>& families = {});

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_TWIN_OPTIONS_H_
