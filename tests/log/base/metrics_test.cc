#include "evlog/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <vector>

namespace evlog {
namespace {

TEST(CounterTest, AddsUp) {
  Counter counter;
  EXPECT_EQ(counter.value(), 0u);
  counter.Add();
  counter.Add(41);
  EXPECT_EQ(counter.value(), 42u);
}

TEST(GaugeTest, RisesAndFalls) {
  Gauge gauge;
  gauge.Add(5);
  gauge.Add(-8);
  EXPECT_EQ(gauge.value(), -3);
  gauge.Set(INT64_MAX);
  EXPECT_EQ(gauge.value(), INT64_MAX);
}

TEST(HistogramTest, BucketsArePowersOfTwo) {
  const struct {
    uint64_t value;
    int bucket;
  } cases[] = {
      {0, 0},           {1, 1},
      {2, 2},           {3, 2},
      {4, 3},           {7, 3},
      {8, 4},           {(1ull << 32) - 1, 32},
      {1ull << 32, 33}, {(1ull << 63) - 1, 63},
      {1ull << 63, 64}, {UINT64_MAX, 64},
  };
  for (const auto& c : cases) {
    Histogram histogram;
    histogram.Record(c.value);
    EXPECT_EQ(histogram.buckets()[c.bucket], 1u) << c.value;
    EXPECT_EQ(histogram.count(), 1u);
    EXPECT_EQ(histogram.sum(), c.value);
  }
}

TEST(HistogramTest, QuantileIsTheTopOfItsBucket) {
  Histogram histogram;
  for (const double q : {0.0, 0.5, 1.0}) EXPECT_EQ(histogram.Quantile(q), 0u);
  // Ten values: 0, then 1, then six of [4, 8), then two of [1024, 2048).
  histogram.Record(0);
  histogram.Record(1);
  for (const uint64_t v : {4, 5, 5, 6, 7, 7}) histogram.Record(v);
  histogram.Record(1024);
  histogram.Record(2047);
  const struct {
    double quantile;
    uint64_t expected;
  } cases[] = {
      {0.0, 0},     {0.1, 0},     {0.11, 1},   {0.2, 1}, {0.21, 7}, {0.5, 7},          {0.8, 7},
      {0.81, 2047}, {0.99, 2047}, {1.0, 2047}, {-1, 0},  {7, 2047}, {std::nan(""), 0},
  };
  for (const auto& c : cases) EXPECT_EQ(histogram.Quantile(c.quantile), c.expected) << c.quantile;
}

TEST(HistogramTest, QuantileReachesTheLargestValue) {
  Histogram histogram;
  histogram.Record(UINT64_MAX);
  EXPECT_EQ(histogram.Quantile(0), UINT64_MAX);
  EXPECT_EQ(histogram.Quantile(1), UINT64_MAX);
  Histogram half;
  half.Record((1ull << 63) - 1);
  EXPECT_EQ(half.Quantile(0.5), (1ull << 63) - 1);
}

TEST(MetricsRegistryTest, SameNameIsSameMetricAndTheFirstHelpStays) {
  MetricsRegistry registry;
  Counter* appends = registry.AddCounter("evlog_log_appends_total", "Appends.");
  EXPECT_EQ(registry.AddCounter("evlog_log_appends_total", "Something else."), appends);
  EXPECT_NE(registry.AddCounter("evlog_log_reads_total", "Reads."), appends);
  const auto samples = registry.Samples();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].help, "Appends.");
}

TEST(MetricsRegistryTest, SamplesAreOrderedByNameAndTyped) {
  using Type = MetricsRegistry::Sample::Type;
  MetricsRegistry registry;
  EXPECT_TRUE(registry.Samples().empty());
  registry.AddHistogram("c", "C.")->Record(9);
  registry.AddCounter("b", "B.")->Add(3);
  registry.AddGauge("a", "A.")->Set(-4);
  const auto samples = registry.Samples();
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].name, "a");
  EXPECT_EQ(samples[0].type, Type::kGauge);
  EXPECT_EQ(samples[0].value, -4);
  EXPECT_EQ(samples[0].histogram, nullptr);
  EXPECT_EQ(samples[1].name, "b");
  EXPECT_EQ(samples[1].type, Type::kCounter);
  EXPECT_EQ(samples[1].value, 3);
  EXPECT_EQ(samples[2].name, "c");
  EXPECT_EQ(samples[2].type, Type::kHistogram);
  ASSERT_NE(samples[2].histogram, nullptr);
  EXPECT_EQ(samples[2].histogram->sum(), 9u);
}

TEST(MetricsRegistryTest, RefreshesRunBeforeSamplesUntilTheyAreRemoved) {
  MetricsRegistry registry;
  Gauge* const depth = registry.AddGauge("depth", "Depth.");
  int64_t now = 5;
  const uint64_t first = registry.AddRefresh([&] { depth->Set(now); });
  int runs = 0;
  const uint64_t second = registry.AddRefresh([&] { ++runs; });
  EXPECT_NE(first, second);
  EXPECT_EQ(registry.Samples()[0].value, 5);
  registry.RemoveRefresh(first);
  now = 6;
  EXPECT_EQ(registry.Samples()[0].value, 5);
  EXPECT_EQ(runs, 2);
}

TEST(MetricsRegistryTest, CollectorsTellUntilTheyAreRemovedAndAreAddedUp) {
  using Sample = MetricsRegistry::Sample;
  MetricsRegistry registry;
  registry.AddCounter("all", "All.")->Add(1);
  const auto tell = [](int64_t value) {
    return [value](std::vector<Sample>* samples) {
      samples->push_back({"lag", "Lag.", Sample::Type::kGauge, value, nullptr, 1, {{"g", "b"}}});
      samples->push_back({"lag", "Lag.", Sample::Type::kGauge, value, nullptr, 1, {{"g", "a"}}});
      samples->push_back({"all", "Also.", Sample::Type::kCounter, value, nullptr, 1, {}});
    };
  };
  registry.AddCollector(tell(10));
  const uint64_t second = registry.AddCollector(tell(100));
  const auto samples = registry.Samples();
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].name, "all");
  EXPECT_EQ(samples[0].value, 111);
  EXPECT_EQ(samples[0].help, "All.");
  EXPECT_EQ(samples[1].labels[0].second, "a");
  EXPECT_EQ(samples[1].value, 110);
  EXPECT_EQ(samples[2].labels[0].second, "b");
  EXPECT_EQ(samples[2].value, 110);
  registry.RemoveCollector(second);
  EXPECT_EQ(registry.Samples()[1].value, 10);
}

TEST(MetricsRegistryTest, NothingIsLostBetweenThreads) {
  MetricsRegistry registry;
  constexpr int kThreads = 4;
  constexpr int kRounds = 5000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&registry] {
      for (int i = 0; i < kRounds; ++i) {
        registry.AddCounter("total", "All.")->Add();
        registry.AddHistogram("sizes", "All.")->Record(static_cast<uint64_t>(i));
        if (i % 100 == 0) registry.Samples();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(registry.AddCounter("total", "")->value(), uint64_t{kThreads} * kRounds);
  EXPECT_EQ(registry.AddHistogram("sizes", "")->count(), uint64_t{kThreads} * kRounds);
}

TEST(MetricsRegistryDeathTest, ANameHasOneType) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  MetricsRegistry registry;
  registry.AddCounter("evlog_x", "");
  EXPECT_DEATH(registry.AddGauge("evlog_x", ""), "evlog_x was added under another type");
}

}  // namespace
}  // namespace evlog
