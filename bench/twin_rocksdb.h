// Appends done straight on RocksDB.
#ifndef EVLOG_BENCH_TWIN_ROCKSDB_H_
#define EVLOG_BENCH_TWIN_ROCKSDB_H_

#include "bench/bench.h"

namespace evlog::bench {

// Batches of 100 (1,000) entries, each encoded into one value under one key.
absl::StatusOr<Measurement> RocksDbPacked100(const Context& context);
absl::StatusOr<Measurement> RocksDbPacked1000(const Context& context);

// Batches of 100 (1,000) entries, each entry under its own key, one WriteBatch per batch.
absl::StatusOr<Measurement> RocksDbKeyPerEntry100(const Context& context);
absl::StatusOr<Measurement> RocksDbKeyPerEntry1000(const Context& context);

// One Put per entry.
absl::StatusOr<Measurement> RocksDbPut(const Context& context);

// One WriteBatch per entry with the two rows that our single append makes: the entry inline in a
// row of family `dir` (26-byte key, about 140 bytes) and a reference to it in family `log` (12 and
// 30).
absl::StatusOr<Measurement> RocksDbTwoRows(const Context& context);

// One Put with sync per entry: by one thread; by 32; by 32 with concurrent memtable writes.
absl::StatusOr<Measurement> RocksDbSyncPut(const Context& context);
absl::StatusOr<Measurement> RocksDbSyncPut32(const Context& context);
absl::StatusOr<Measurement> RocksDbSyncPut32Concurrent(const Context& context);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_TWIN_ROCKSDB_H_
