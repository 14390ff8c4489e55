// Puts a directory into the state "written long ago, not read since".
#ifndef EVLOG_BENCH_PAGE_CACHE_H_
#define EVLOG_BENCH_PAGE_CACHE_H_

#include <string>

#include "absl/status/status.h"

namespace evlog::bench {

// Fsyncs every file below `dir` and drops its pages from the page cache. Nobody may have them open
// for writing.
absl::Status DropPageCache(const std::string& dir);

// Writes out whatever is dirty on the file system of `dir`, so that one side does not pay for what
// the side before it left behind.
absl::Status SettleFileSystem(const std::string& dir);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_PAGE_CACHE_H_
