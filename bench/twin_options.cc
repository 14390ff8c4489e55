#include "bench/twin_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "log/base/status.h"

namespace evlog::bench {

rocksdb::Options TwinRocksDbOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  // Budgets: 64 MiB of memtables over all families, 256 MiB of write-ahead log, 32 MiB of blocks.
  options.write_buffer_size = size_t{64} << 20;
  options.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(size_t{64} << 20);
  options.max_write_buffer_number = 4;  // so that a writer need not wait for a flush
  options.max_total_wal_size = uint64_t{256} << 20;
  options.compression = rocksdb::kLZ4Compression;
  options.max_background_jobs = 2;
  // One writer at a time does not need the concurrent memtable; the twins with many threads that do
  // want it set it.
  options.allow_concurrent_memtable_write = false;
  // Lets the kernel read ahead: a cold scan of packed batches is 2.3 times as fast, and a cold Get
  // not slower.
  options.advise_random_on_open = false;
  options.info_log_level = rocksdb::FATAL_LEVEL;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(size_t{32} << 20);
  // 4 KiB scans slower. 64 KiB scans a quarter faster when warm, but a Get of one batch costs twice
  // as much when cold; a log that also serves those would not take it.
  table.block_size = size_t{16} << 10;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::ReadOptions TwinScanOptions() {
  rocksdb::ReadOptions options;
  options.fill_cache = false;  // a third faster; an own readahead_size was slower than the kernel's
  options.total_order_seek = true;
  return options;
}

absl::Status FromRocksDb(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError(status.ToString());
}

TwinDb::~TwinDb() {
  if (db == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  db->Close().PermitUncheckedError();
}

absl::StatusOr<TwinDb> OpenTwin(const std::string& dir, const rocksdb::Options& options,
                                const std::vector<std::string>& families) {
  TwinDb twin;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, options);
  for (const std::string& family : families) descriptors.emplace_back(family, options);
  rocksdb::DB* db = nullptr;
  RETURN_IF_ERROR(FromRocksDb(rocksdb::DB::Open(options, dir, descriptors, &twin.handles, &db)));
  twin.db.reset(db);
  return twin;
}

}  // namespace evlog::bench
