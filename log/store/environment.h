// What a store stands on: a file system that tests may replace.
#ifndef EVLOG_LOG_STORE_ENVIRONMENT_H_
#define EVLOG_LOG_STORE_ENVIRONMENT_H_

#include <memory>

namespace rocksdb {
class FileSystem;
}

namespace evlog {

struct StoreEnvironment {
  std::shared_ptr<rocksdb::FileSystem> file_system;  // null: the machine's
};

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_ENVIRONMENT_H_
