// Drops rows of trimmed entries and dropped streams while RocksDB compacts the files they are in.
#ifndef EVLOG_LOG_STORE_TRIM_FILTER_H_
#define EVLOG_LOG_STORE_TRIM_FILTER_H_

#include <memory>

#include "log/key_codec.h"
#include "log/store/trim_view.h"
#include "rocksdb/compaction_filter.h"

namespace evlog {

// Filters for `log`, `dir` or `holes`.
std::shared_ptr<rocksdb::CompactionFilterFactory> NewTrimFilterFactory(
    Family family, std::shared_ptr<const TrimView> view);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_TRIM_FILTER_H_
