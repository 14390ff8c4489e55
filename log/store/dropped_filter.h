// Drops rows of dropped streams while RocksDB compacts the files they are in: of families whose
// keys begin with the number of a stream.
#ifndef EVLOG_LOG_STORE_DROPPED_FILTER_H_
#define EVLOG_LOG_STORE_DROPPED_FILTER_H_

#include <memory>

#include "log/store/trim_view.h"
#include "rocksdb/compaction_filter.h"

namespace evlog {

std::shared_ptr<rocksdb::CompactionFilterFactory> NewDroppedFilterFactory(
    std::shared_ptr<const TrimView> view);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_DROPPED_FILTER_H_
