// Replays done straight on RocksDB: a scan from the first key to the last, every field decoded.
#ifndef EVLOG_BENCH_TWIN_REPLAY_H_
#define EVLOG_BENCH_TWIN_REPLAY_H_

#include "bench/bench.h"

namespace evlog::bench {

// Fill the fixtures: batches of 100 entries, packed under one key each or a key per entry.
absl::Status PrepareRocksDbPacked(const Context& context);
absl::Status PrepareRocksDbKeyPerEntry(const Context& context);

// Open, read all unmeasured, read all again.
absl::StatusOr<Measurement> RocksDbPackedScanWarm(const Context& context);
absl::StatusOr<Measurement> RocksDbKeyPerEntryScanWarm(const Context& context);

// Drop the page cache, open, read all.
absl::StatusOr<Measurement> RocksDbPackedScanCold(const Context& context);
absl::StatusOr<Measurement> RocksDbKeyPerEntryScanCold(const Context& context);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_TWIN_REPLAY_H_
