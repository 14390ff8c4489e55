// Splits entries over threads.
#ifndef EVLOG_BENCH_THREADS_H_
#define EVLOG_BENCH_THREADS_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"

namespace evlog::bench {

// Calls `work(first, end)` on so many threads at once, each with its share of [0, entries), and
// waits for all. The first error, by thread.
absl::Status RunOnThreads(int threads, uint64_t entries,
                          const std::function<absl::Status(uint64_t, uint64_t)>& work);

// Pins the calling thread to one processor: the n-th of those that it may run on, or, where there
// are fewer, one of those behind the first.
void PinThread(int n);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_THREADS_H_
