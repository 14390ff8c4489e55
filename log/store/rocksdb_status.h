// rocksdb::Status and IOStatus as absl::Status.
#ifndef EVLOG_LOG_STORE_ROCKSDB_STATUS_H_
#define EVLOG_LOG_STORE_ROCKSDB_STATUS_H_

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace evlog {

// Corruption is DATA_LOSS, no space RESOURCE_EXHAUSTED, a missing path NOT_FOUND, a refused one
// PERMISSION_DENIED, any other failure of input or output UNAVAILABLE. The message is RocksDB's.
absl::Status FromRocksDb(const rocksdb::Status& status);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_ROCKSDB_STATUS_H_
