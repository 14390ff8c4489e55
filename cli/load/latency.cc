#include "cli/load/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace evlog::cli {

size_t LatencyHistogram::BucketOf(uint64_t span) {
  constexpr uint64_t kExact = uint64_t{1} << kExactBits;
  if (span < kExact) return span;
  span = std::min(span, (uint64_t{1} << kRangeBits) - 1);
  // Which power of two above the exact ones, and the leading bits below its first.
  const int power = std::bit_width(span) - kExactBits;
  return kExact + static_cast<size_t>(power - 1) * kPerPower + ((span >> power) - kPerPower);
}

Nanos LatencyHistogram::MiddleOf(size_t bucket) {
  constexpr size_t kExact = size_t{1} << kExactBits;
  if (bucket < kExact) return static_cast<Nanos>(bucket);
  const size_t power = (bucket - kExact) / kPerPower + 1;
  const size_t lowest = ((bucket - kExact) % kPerPower + kPerPower) << power;
  return static_cast<Nanos>(lowest + (size_t{1} << power) / 2);
}

void LatencyHistogram::Record(Nanos span, uint64_t times) {
  if (times == 0) return;
  if (buckets_.empty()) buckets_.resize(kBuckets);
  span = std::max<Nanos>(span, 0);
  buckets_[BucketOf(static_cast<uint64_t>(span))] += times;
  count_ += times;
  max_ = std::max(max_, span);
}

void LatencyHistogram::Merge(const LatencyHistogram& other) {
  if (other.count_ == 0) return;
  if (buckets_.empty()) buckets_.resize(kBuckets);
  for (size_t i = 0; i != kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

void LatencyHistogram::Clear() {
  if (count_ == 0) return;
  std::fill(buckets_.begin(), buckets_.end(), 0);
  count_ = 0;
  max_ = 0;
}

Nanos LatencyHistogram::Quantile(double q) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const uint64_t rank = std::clamp<uint64_t>(static_cast<uint64_t>(wanted), 1, count_);
  if (rank == count_) return max_;
  uint64_t seen = 0;
  for (size_t i = 0; i != kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::min(MiddleOf(i), max_);
  }
  return max_;
}

}  // namespace evlog::cli
