// The histogram of latencies, against all values in order.
#include "cli/load/latency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/rng.h"

namespace evlog::cli {
namespace {

// The exact answer.
Nanos QuantileOf(const std::vector<Nanos>& sorted, double q) {
  const double rank = std::ceil(q * static_cast<double>(sorted.size()));
  return sorted[static_cast<size_t>(std::max(rank, 1.0)) - 1];
}

TEST(LatencyHistogramTest, IsAtMostOnePercentOff) {
  Rng rng(TestSeed(7));
  std::vector<Nanos> spans;
  LatencyHistogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    spans.push_back(static_cast<Nanos>(rng.Skewed(42)));
    histogram.Record(spans.back());
  }
  std::sort(spans.begin(), spans.end());
  EXPECT_EQ(histogram.count(), spans.size());
  EXPECT_EQ(histogram.max(), spans.back());
  for (double q = 0; q <= 1; q += 0.001) {
    const auto exact = static_cast<double>(QuantileOf(spans, q));
    EXPECT_LE(std::abs(static_cast<double>(histogram.Quantile(q)) - exact), exact * 0.01) << q;
  }
  EXPECT_EQ(histogram.Quantile(1), spans.back());
}

TEST(LatencyHistogramTest, EverySpanFallsIntoItsOwnBucket) {
  // Each power of two, what is beside it, and what is between.
  for (int power = 0; power < LatencyHistogram::kRangeBits; ++power) {
    const Nanos first = Nanos{1} << power;
    for (const Nanos span : {first - 1, first, first + 1, first + first / 3, first * 2 - 1}) {
      LatencyHistogram histogram;
      histogram.Record(span, 3);
      histogram.Record(Nanos{1} << 50);  // so that the largest one does not bound the answer
      const double off = std::abs(static_cast<double>(histogram.Quantile(0.5) - span));
      EXPECT_LE(off, static_cast<double>(span) * 0.008) << span;
      EXPECT_EQ(histogram.count(), 4u);
    }
  }
}

TEST(LatencyHistogramTest, SmallSpansAreExact) {
  LatencyHistogram histogram;
  for (Nanos span = 0; span < 128; ++span) histogram.Record(span);
  for (int i = 1; i <= 128; ++i) EXPECT_EQ(histogram.Quantile(i / 128.0), i - 1);
}

TEST(LatencyHistogramTest, TakesWhateverAClockSays) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.Quantile(0.5), 0);
  histogram.Record(-5);
  EXPECT_EQ(histogram.Quantile(0.5), 0);
  EXPECT_EQ(histogram.max(), 0);
  histogram.Record(INT64_MAX, 2);
  EXPECT_EQ(histogram.max(), INT64_MAX);
  EXPECT_EQ(histogram.Quantile(1), INT64_MAX);
  histogram.Record(1, 0);
  EXPECT_EQ(histogram.count(), 3u);
}

TEST(LatencyHistogramTest, MergedIsAsIfRecordedInOne) {
  Rng rng(TestSeed(8));
  LatencyHistogram one, other, whole;
  for (int i = 0; i < 1000; ++i) {
    const auto span = static_cast<Nanos>(rng.Skewed(30));
    (rng.Percent(30) ? one : other).Record(span);
    whole.Record(span);
  }
  LatencyHistogram merged;
  merged.Merge(one);
  merged.Merge(LatencyHistogram());
  merged.Merge(other);
  EXPECT_EQ(merged.count(), whole.count());
  EXPECT_EQ(merged.max(), whole.max());
  for (double q = 0; q <= 1; q += 0.01) EXPECT_EQ(merged.Quantile(q), whole.Quantile(q));
  merged.Clear();
  EXPECT_EQ(merged.count(), 0u);
  EXPECT_EQ(merged.Quantile(0.9), 0);
  merged.Merge(one);
  EXPECT_EQ(merged.Quantile(0.9), one.Quantile(0.9));
}

}  // namespace
}  // namespace evlog::cli
