// Appends done straight on SQLite: one table (id INTEGER PRIMARY KEY, fields BLOB), WAL mode, a
// prepared statement.
#ifndef EVLOG_BENCH_TWIN_SQLITE_H_
#define EVLOG_BENCH_TWIN_SQLITE_H_

#include "bench/bench.h"

namespace evlog::bench {

// A transaction per 100 entries, synchronous=NORMAL: nothing is synced at a commit, and a power
// loss leaves a consistent prefix, which is what our durability `os` promises too.
absl::StatusOr<Measurement> SqliteBatch100(const Context& context);

// A transaction per entry, synchronous=FULL: on the disk when it returns.
absl::StatusOr<Measurement> SqliteSyncInsert(const Context& context);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_TWIN_SQLITE_H_
