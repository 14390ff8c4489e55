// Consumer groups: what handing out and acknowledging costs, in time and in memory.
#ifndef EVLOG_BENCH_OURS_GROUPS_H_
#define EVLOG_BENCH_OURS_GROUPS_H_

#include "bench/bench.h"

namespace evlog::bench {

// E7. A fixture of entries; one consumer reads and acknowledges them, 100 or one at a time,
// durability `os`. Figure: bytes written for each entry.
absl::Status PrepareOursGroup(const Context& context);
absl::StatusOr<Measurement> OursGroupReadAck100(const Context& context);
absl::StatusOr<Measurement> OursGroupReadAck1(const Context& context);

// E11. Entries that are delivered and stay pending: 100 at a time to one consumer; one at a time to
// ten in turn, every second acknowledged. Figures: what they take in memory, and how long an
// acknowledgment and a claim take with few and with all of them pending (p50).
absl::StatusOr<Measurement> OursPendingRuns(const Context& context);
absl::StatusOr<Measurement> OursPendingSingles(const Context& context);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_OURS_GROUPS_H_
