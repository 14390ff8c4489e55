// Appends done straight on a plain file, synced.
#ifndef EVLOG_BENCH_TWIN_FILE_H_
#define EVLOG_BENCH_TWIN_FILE_H_

#include "bench/bench.h"

namespace evlog::bench {

// write + fdatasync per entry, at the end of a growing file.
absl::StatusOr<Measurement> FileGrowing(const Context& context);

// The same within a file that was written with zeros and synced before, so that no sync has to wait
// for the file system's own journal.
absl::StatusOr<Measurement> FilePreallocated(const Context& context);

// 32 threads, one entry at a time: who finds nobody writing leads, writes what all waiting threads
// brought with one write and one fdatasync, and wakes them.
absl::StatusOr<Measurement> FileGroupCommit32(const Context& context);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_TWIN_FILE_H_
