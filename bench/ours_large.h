// Large logs: what they write, what they take in memory, and what they cost to open and read.
#ifndef EVLOG_BENCH_OURS_LARGE_H_
#define EVLOG_BENCH_OURS_LARGE_H_

#include "bench/bench.h"

namespace evlog::bench {

// E9. Batches of 100 to so many streams in turn, durability `os`; figures: write amplification
// with everything that the process writes until the log is closed, and the peak of RssAnon.
absl::StatusOr<Measurement> OursSustained1(const Context& context);
absl::StatusOr<Measurement> OursSustained100(const Context& context);
absl::StatusOr<Measurement> OursSustained1000(const Context& context);
// The same with memtables a tenth as large: as deep as a log of ten times the entries.
absl::StatusOr<Measurement> OursSustainedDeep1(const Context& context);
absl::StatusOr<Measurement> OursSustainedDeep1000(const Context& context);

// E10. Streams of ten entries, each appended alone with the offset that it is expected to get, in
// ten passes over all streams in random order; then opened and loaded one by one. Figures: time to
// open, times to load (p99) with nothing and with everything in the page cache, peak of RssAnon.
absl::StatusOr<Measurement> OursAggregates(const Context& context);

// E12. The first entry read from the beginning, by a new cursor each time: as the stream was
// written, and after five sixths of it were trimmed.
absl::StatusOr<Measurement> OursFirstRead(const Context& context);
absl::StatusOr<Measurement> OursFirstReadTrimmed(const Context& context);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_OURS_LARGE_H_
