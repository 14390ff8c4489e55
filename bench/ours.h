// The same work done on evlog, through its public face.
#ifndef EVLOG_BENCH_OURS_H_
#define EVLOG_BENCH_OURS_H_

#include "bench/bench.h"

namespace evlog::bench {

// One thread, one stream of one partition, durability `os`.
absl::StatusOr<Measurement> OursAppendBatch100(const Context& context);
absl::StatusOr<Measurement> OursAppendBatch1000(const Context& context);
absl::StatusOr<Measurement> OursAppendSingle(const Context& context);
// Batches of one entry by AppendAsync; ends when the last completion has run.
absl::StatusOr<Measurement> OursAppendAsyncSingle(const Context& context);

// Durability `sync`: one thread, 32 blocking threads, one thread with 1,000 appends in flight.
absl::StatusOr<Measurement> OursSyncSingle(const Context& context);
absl::StatusOr<Measurement> OursSync32(const Context& context);
absl::StatusOr<Measurement> OursSyncAsync1000(const Context& context);

// Fixtures: one stream; 100 streams appended to in turn. Batches of 100 entries.
absl::Status PrepareOursOneStream(const Context& context);
absl::Status PrepareOursInterleaved(const Context& context);

// A stream read from its first entry to its last, every field decoded: a second pass; after the
// page cache was dropped; one of the 100 interleaved streams, another one each round, likewise
// cold.
absl::StatusOr<Measurement> OursReplayWarm(const Context& context);
absl::StatusOr<Measurement> OursReplayCold(const Context& context);
absl::StatusOr<Measurement> OursReplayInterleavedCold(const Context& context);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_OURS_H_
