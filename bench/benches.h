// The list of all benches.
#ifndef EVLOG_BENCH_BENCHES_H_
#define EVLOG_BENCH_BENCHES_H_

#include <span>

#include "bench/bench.h"

namespace evlog::bench {

std::span<const Bench> AllBenches();
// Parts of them.
std::span<const Bench> ChannelBenches();
std::span<const Bench> ServerBenches();

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_BENCHES_H_
