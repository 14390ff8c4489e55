// A file system in memory, for RocksDB and for us.
#ifndef EVLOG_TESTS_SUPPORT_MEM_FS_H_
#define EVLOG_TESTS_SUPPORT_MEM_FS_H_

#include <memory>

#include "rocksdb/file_system.h"

namespace evlog {

// RocksDB's own one, whose files say that they can be synced beside a write: without that, SyncWAL
// is not supported.
std::shared_ptr<rocksdb::FileSystem> NewMemFs();

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_MEM_FS_H_
