// How RocksDB is set up: one place for every option that we change, with the reason.
#ifndef EVLOG_LOG_STORE_ROCKSDB_OPTIONS_H_
#define EVLOG_LOG_STORE_ROCKSDB_OPTIONS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "log/store/trim_view.h"
#include "rocksdb/db.h"
#include "rocksdb/options.h"

namespace evlog {

struct RocksDbSizes {
  size_t memtable_bytes = 0;
  size_t block_cache_bytes = 0;
};

// Of the database in `directory`, which need not be there yet.
rocksdb::DBOptions MakeDbOptions(rocksdb::Env* env, const std::string& directory,
                                 const RocksDbSizes& sizes);

// The options of the same database opened as a secondary instance, beside its owner.
rocksdb::DBOptions MakeSecondaryDbOptions(rocksdb::Env* env, const std::string& directory);

// One descriptor a family, in the order of Family. Compactions drop what `trims` says is gone;
// null: a secondary instance, which compacts nothing.
std::vector<rocksdb::ColumnFamilyDescriptor> MakeFamilies(const RocksDbSizes& sizes,
                                                          std::shared_ptr<const TrimView> trims);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_ROCKSDB_OPTIONS_H_
