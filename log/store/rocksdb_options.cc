#include "log/store/rocksdb_options.h"

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "log/key_codec.h"
#include "log/store/dropped_filter.h"
#include "log/store/file_census.h"
#include "log/store/idempotence_filter.h"
#include "log/store/trim_filter.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/listener.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "rocksdb/write_buffer_manager.h"

namespace evlog {

namespace {

// RocksDB up to 7.9 keeps the reason of a flush with the family, not with the flush, and asserts
// (Debian's build has the assertions) that all families of an atomic flush have the same: a flush
// of fewer families for another reason that comes before the first one runs ends the process
// (facebook/rocksdb#11111). So there is one reason only, the limit of the memtables together: none
// of the WAL, none of a family that comes first, and never Flush or CompactRange. It is this one as
// a flush for a full family loses count of its references when the next file of the WAL cannot be
// made, which is asserted too.
constexpr size_t kNoFamilyIsFullFirst = size_t{1} << 30;
constexpr size_t kArenaBlockBytes = size_t{1} << 20;

// A secondary instance must write nothing, so it has no LOG file either.
class SilentLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// RocksDB shall not recover from a failed write on its own: our latch stands until Reopen, and a
// flush that it starts to recover would sync the log file whose write failed, which Debian's build
// asserts not to happen.
class NoRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

rocksdb::ColumnFamilyOptions FamilyOptions(Family family, const RocksDbSizes& sizes,
                                           const std::shared_ptr<rocksdb::Cache>& cache,
                                           const std::shared_ptr<const TrimView>& trims) {
  rocksdb::ColumnFamilyOptions options;
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = 2 * sizes.memtable_bytes + kNoFamilyIsFullFirst;
  options.arena_block_size = std::min(kArenaBlockBytes, sizes.memtable_bytes / 8);
  options.max_write_buffer_number = 4;
  options.level_compaction_dynamic_level_bytes = true;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  // Memory is bounded whatever the number of files.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // In small parts, and not compressed: the index of a file of small rows is a megabyte, which a
  // look-up among millions of streams would read, decompress and cache for 4 KiB of it.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.enable_index_compression = false;
  table.format_version = 5;  // this and the checksum: as table_tail.h expects them
  table.checksum = rocksdb::kXXH3;
  // Chunks are 1 to 64 KiB and read one after the other; directory rows are small and looked up.
  // Most partitions were never trimmed, and are asked for all the same: by loading and compaction.
  if (family == Family::kTrims) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.partition_filters = true;
  }
  table.block_size = family == Family::kLog ? size_t{16} << 10 : size_t{4} << 10;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  const bool trimmed = family == Family::kLog || family == Family::kDir || family == Family::kHoles;
  if (trimmed && trims != nullptr) {
    options.compaction_filter_factory = NewTrimFilterFactory(family, trims);
    if (family != Family::kHoles) {
      options.table_properties_collector_factories.push_back(NewCensusFactory(family));
    }
  }
  if (family == Family::kIdempotence && trims != nullptr) {
    options.compaction_filter_factory = NewIdempotenceFilterFactory(trims);
  }
  const bool of_groups =
      family == Family::kGroups || family == Family::kPending || family == Family::kJournal;
  if (of_groups && trims != nullptr) {
    options.compaction_filter_factory = NewDroppedFilterFactory(trims);
  }
  if (family == Family::kJournal) {
    // A row of a group comes next to the one before it, among all that they were written over.
    options.memtable_insert_with_hint_prefix_extractor.reset(
        rocksdb::NewFixedPrefixTransform(sizeof(GroupKey)));
  }
  return options;
}

// RocksDB starts that many threads, whether there are files for them or not, for each family, and
// beside an owner for each step of its MANIFEST. With its default of 16 opening a small log takes
// 250 threads, and `evlog info` 5,000.
int FileOpeningThreads(rocksdb::Env* env, const std::string& directory) {
  constexpr ptrdiff_t kFilesOfAThread = 64;
  constexpr ptrdiff_t kThreadsMax = 16;
  std::vector<std::string> children;
  if (!env->GetChildren(directory, &children).ok()) return 1;
  const ptrdiff_t files =
      std::count_if(children.begin(), children.end(),
                    [](const std::string& child) { return child.ends_with(".sst"); });
  return static_cast<int>(std::min(kThreadsMax, 1 + files / kFilesOfAThread));
}

}  // namespace

rocksdb::DBOptions MakeDbOptions(rocksdb::Env* env, const std::string& directory,
                                 const RocksDbSizes& sizes) {
  rocksdb::DBOptions options;
  options.env = env;
  options.max_file_opening_threads = FileOpeningThreads(env, directory);
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  // Before RocksDB opens, our own scan has judged the WAL and cut what was torn (wal_scan.h); what
  // is left must be whole.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  // The loss of a whole file of the WAL, which no mark in a later file can prove.
  options.track_and_verify_wals_in_manifest = true;
  // All families at once: no table then holds rows of a commit whose other rows were cut off the
  // WAL.
  options.atomic_flush = true;
  options.avoid_flush_during_recovery = true;  // a restart is then as fast as reading the WAL
  options.recycle_log_file_num = 0;            // our WAL reader reads the plain format only
  options.manual_wal_flush = false;            // each write reaches the operating system
  options.max_total_wal_size = UINT64_MAX;
  // One committer writes: the concurrent machinery would only cost.
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  options.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(sizes.memtable_bytes);
  options.max_background_jobs = 2;
  // Lets the kernel read ahead: scans of files that are not cached are then more than twice as
  // fast.
  options.advise_random_on_open = false;
  options.bytes_per_sync = size_t{1} << 20;  // no burst of dirty pages at the end of a flush
  options.skip_stats_update_on_db_open = true;
  options.max_log_file_size = size_t{1} << 20;
  options.keep_log_file_num = 2;
  options.max_bgerror_resume_count = 0;
  options.listeners.push_back(std::make_shared<NoRecovery>());
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

rocksdb::DBOptions MakeSecondaryDbOptions(rocksdb::Env* env, const std::string& directory) {
  rocksdb::DBOptions options;
  options.env = env;
  options.max_file_opening_threads = FileOpeningThreads(env, directory);
  options.max_open_files = -1;  // the owner may delete files that we still read
  options.advise_random_on_open = false;
  options.info_log = std::make_shared<SilentLogger>();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const RocksDbSizes& sizes,
                                                          std::shared_ptr<const TrimView> trims) {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(sizes.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    families.emplace_back(FamilyName(family), FamilyOptions(family, sizes, cache, trims));
  }
  return families;
}

}  // namespace evlog
