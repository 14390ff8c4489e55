// Drops what is remembered of appends once nobody asks for it any more, while RocksDB compacts the
// files it is in: of dropped streams, and ids that no window can reach back to. A producer that
// goes on deletes its old ids itself; this is for those that do not come back.
#ifndef EVLOG_LOG_STORE_IDEMPOTENCE_FILTER_H_
#define EVLOG_LOG_STORE_IDEMPOTENCE_FILTER_H_

#include <memory>

#include "log/store/trim_view.h"
#include "rocksdb/compaction_filter.h"

namespace evlog {

std::shared_ptr<rocksdb::CompactionFilterFactory> NewIdempotenceFilterFactory(
    std::shared_ptr<const TrimView> view);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_IDEMPOTENCE_FILTER_H_
