// How long things took: a histogram of fixed size, so that a long run costs no more memory than a
// short one.
#ifndef EVLOG_CLI_LOAD_LATENCY_H_
#define EVLOG_CLI_LOAD_LATENCY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace evlog::cli {

// Nanoseconds, of a span or since 1970.
using Nanos = int64_t;

// Counts spans in buckets: one for each nanosecond below 128, and from there on 64 for each power
// of two up to 2^42 ns (73 minutes), so that what it answers is at most 0.8 % off; longer spans
// share the last bucket. 19 kB once something was recorded. Not thread-safe.
class LatencyHistogram {
 public:
  static constexpr int kExactBits = 7;   // spans below 2^7 have a bucket each
  static constexpr int kRangeBits = 42;  // spans from 2^42 on share the last one
  static constexpr size_t kPerPower = size_t{1} << (kExactBits - 1);
  static constexpr size_t kBuckets =
      (size_t{1} << kExactBits) + (kRangeBits - kExactBits) * kPerPower;

  // A span below zero, which a clock that steps back may give, counts as zero.
  void Record(Nanos span, uint64_t times = 1);
  void Merge(const LatencyHistogram& other);
  void Clear();

  uint64_t count() const { return count_; }
  Nanos max() const { return max_; }  // exact; 0 when nothing was recorded

  // The span that a share `q` of all spans, 0..1, does not exceed: the middle of its bucket, and
  // never more than max(). 0 when nothing was recorded.
  Nanos Quantile(double q) const;

 private:
  static size_t BucketOf(uint64_t span);
  static Nanos MiddleOf(size_t bucket);

  std::vector<uint64_t> buckets_;  // empty until something is recorded
  uint64_t count_ = 0;
  Nanos max_ = 0;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_LATENCY_H_
