#include "cli/load/result.h"

#include <cmath>

namespace evlog::cli {

Summary Summarize(const Tally& tally, absl::Duration span) {
  Summary summary;
  summary.entries = tally.entries;
  summary.bytes = tally.bytes;
  summary.requests = tally.latency.count();
  summary.p50 = tally.latency.Quantile(0.5);
  summary.p90 = tally.latency.Quantile(0.9);
  summary.p99 = tally.latency.Quantile(0.99);
  summary.p999 = tally.latency.Quantile(0.999);
  summary.max = tally.latency.max();
  summary.span = span;
  return summary;
}

uint64_t LoadResult::ErrorTotal() const {
  uint64_t total = 0;
  for (const auto& [what, times] : errors) total += times;
  return total;
}

std::vector<CurvePoint> CurveOf(const LatencyHistogram& histogram) {
  std::vector<CurvePoint> points;
  if (histogram.count() == 0) return points;
  // Eight places for each halving of the rest, until the rest is less than one.
  for (int i = 0;; ++i) {
    const double rest = std::exp2(-i / 8.0);
    if (rest * static_cast<double>(histogram.count()) < 1) break;
    points.push_back({1 - rest, histogram.Quantile(1 - rest)});
  }
  points.push_back({1 - 1 / static_cast<double>(histogram.count() + 1), histogram.max()});
  return points;
}

}  // namespace evlog::cli
