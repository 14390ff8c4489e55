#include "evlog/prometheus.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "log/base/sample_list.h"

namespace evlog {
namespace {

TEST(PrometheusTest, NothingIsNothing) { EXPECT_EQ(PrometheusText(MetricsRegistry()), ""); }

TEST(PrometheusTest, EachNameIsDescribedOnceAndInOrder) {
  MetricsRegistry registry;
  registry.AddGauge("evlog_b", "A level.\nOf \"things\" \\ more.")->Set(-4);
  registry.AddCounter("evlog_a_total", "A count.")->Add(3);
  const uint64_t collector = registry.AddCollector([](std::vector<MetricsRegistry::Sample>* to) {
    SampleList list(to);
    list.Gauge("evlog_c", "By name.", int64_t{2}).labels = {{"group", "b"}};
    list.Gauge("evlog_c", "By name.", int64_t{1}).labels = {{"group", "a"}, {"stream", "s"}};
    list.Counter("evlog_d_seconds_total", "Time.", 1'500'000, 1'000'000);
    list.Gauge("evlog_b", "Not shown.", int64_t{5});
  });
  EXPECT_EQ(PrometheusText(registry),
            "# HELP evlog_a_total A count.\n"
            "# TYPE evlog_a_total counter\n"
            "evlog_a_total 3\n"
            "# HELP evlog_b A level.\\nOf \"things\" \\\\ more.\n"
            "# TYPE evlog_b gauge\n"
            "evlog_b 1\n"
            "# HELP evlog_c By name.\n"
            "# TYPE evlog_c gauge\n"
            "evlog_c{group=\"a\",stream=\"s\"} 1\n"
            "evlog_c{group=\"b\"} 2\n"
            "# HELP evlog_d_seconds_total Time.\n"
            "# TYPE evlog_d_seconds_total counter\n"
            "evlog_d_seconds_total 1.5\n");
  registry.RemoveCollector(collector);
  EXPECT_EQ(PrometheusText(registry),
            "# HELP evlog_a_total A count.\n"
            "# TYPE evlog_a_total counter\n"
            "evlog_a_total 3\n"
            "# HELP evlog_b A level.\\nOf \"things\" \\\\ more.\n"
            "# TYPE evlog_b gauge\n"
            "evlog_b -4\n");
}

TEST(PrometheusTest, LabelsHoldAnyBytes) {
  MetricsRegistry registry;
  registry.AddCollector([](std::vector<MetricsRegistry::Sample>* to) {
    SampleList list(to);
    for (const char* name : {"a\"b\\c\nd", "\xff\xc3\xa9\x01", ""}) {
      list.Gauge("g", "G.", int64_t{1}).labels = {{"stream", name}};
    }
  });
  EXPECT_EQ(PrometheusText(registry),
            "# HELP g G.\n# TYPE g gauge\n"
            "g{stream=\"\"} 1\n"
            "g{stream=\"a\\\"b\\\\c\\nd\"} 1\n"
            "g{stream=\"\\\\xff\xc3\xa9\x01\"} 1\n");
}

TEST(PrometheusTest, HistogramsHaveTheBucketsThatAreUsed) {
  MetricsRegistry registry;
  Histogram* const sizes = registry.AddHistogram("sizes", "Sizes.");
  EXPECT_EQ(PrometheusText(registry),
            "# HELP sizes Sizes.\n# TYPE sizes histogram\n"
            "sizes_bucket{le=\"+Inf\"} 0\nsizes_sum 0\nsizes_count 0\n");
  for (const uint64_t value : {2, 3, 9, 9}) sizes->Record(value);
  EXPECT_EQ(PrometheusText(registry),
            "# HELP sizes Sizes.\n# TYPE sizes histogram\n"
            "sizes_bucket{le=\"3\"} 2\n"
            "sizes_bucket{le=\"7\"} 2\n"
            "sizes_bucket{le=\"15\"} 4\n"
            "sizes_bucket{le=\"+Inf\"} 4\n"
            "sizes_sum 23\n"
            "sizes_count 4\n");
  sizes->Record(0);
  sizes->Record(UINT64_MAX);
  const std::string text = PrometheusText(registry);
  EXPECT_NE(text.find("sizes_bucket{le=\"0\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("sizes_bucket{le=\"18446744073709551615\"} 6\n"), std::string::npos) << text;
}

TEST(PrometheusTest, HistogramsAreInTheUnitOfTheirName) {
  MetricsRegistry registry;
  registry.AddHistogram("time_seconds", "Time.", 1'000'000)->Record(1'500'000);
  EXPECT_EQ(PrometheusText(registry),
            "# HELP time_seconds Time.\n# TYPE time_seconds histogram\n"
            "time_seconds_bucket{le=\"2.097151\"} 1\n"
            "time_seconds_bucket{le=\"+Inf\"} 1\n"
            "time_seconds_sum 1.5\n"
            "time_seconds_count 1\n");
}

}  // namespace
}  // namespace evlog
