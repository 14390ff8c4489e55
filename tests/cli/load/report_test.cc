// The report of a run, in all forms; the picture against a golden file.
#include "cli/load/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/load/plot.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGolden[] = EVLOG_TREE "/tests/cli/load/plot.golden.svg";

// Of `entries` a second, over a second; each takes a little longer than the one before.
Tally TallyOf(uint64_t entries, Nanos first) {
  Tally tally;
  tally.entries = entries;
  tally.bytes = entries * 100;
  for (uint64_t i = 0; i != entries; ++i) {
    tally.latency.Record(first + static_cast<Nanos>(i * i));
  }
  tally.last = 1'000'000'000;
  return tally;
}

LoadResult Example() {
  LoadResult result;
  result.shape.kind = LoadKind::kRead;
  result.shape.producers = 2;
  result.shape.durability = Durability::kOs;
  result.shape.rate = 1000;
  result.at = "/tmp/a<b>&c\n";
  Tally sent, delivered;
  for (int second = 0; second < 3; ++second) {
    const Tally s = TallyOf(1000 + static_cast<uint64_t>(second) * 100, 50'000);
    const Tally d = TallyOf(900, 200'000);
    sent.Merge(s);
    delivered.Merge(d);
    Interval interval;
    interval.begin = absl::Seconds(second);
    interval.end = absl::Seconds(second + 1);
    interval.measures[0] = Summarize(s, absl::Seconds(1));
    interval.measures[1] = Summarize(d, absl::Seconds(1));
    interval.errors = second == 1 ? 2 : 0;
    result.intervals.push_back(interval);
  }
  result.measures[0] = Summarize(sent, absl::Seconds(3));
  result.measures[1] = Summarize(delivered, absl::Seconds(3));
  result.curves[0] = CurveOf(sent.latency);
  result.curves[1] = CurveOf(delivered.latency);
  result.errors = {{"lost\nconnection", 1}, {"no room", 1}};
  result.elapsed = absl::Seconds(3);
  result.cpu = absl::Milliseconds(1234);
  result.sent = 3300;
  result.received = 2700;
  result.missing = 600;
  return result;
}

TEST(LoadReportTest, Text) {
  std::string text;
  AppendTextReport(Example(), &text);
  EXPECT_EQ(text,
            "bench read on /tmp/a<b>&c\\n: 2 producers, 1 consumer, 1 stream, 100 B, 1,000/s\n"
            "          ENTRIES  ENTRIES/S  MB/S  P50 MS  P90 MS  P99 MS  P99.9 MS  MAX MS\n"
            "append      3,300      1,100   0.1   0.350   1.028   1.417     1.483   1.488\n"
            "delivery    2,700        900   0.1   0.403   0.856   0.995     1.008   1.008\n"
            "3.000 s; this process used 1.234 s of processor\n"
            "not received: 600 of 3,300 entries\n"
            "1 error: lost\\nconnection\n"
            "1 error: no room\n");
}

TEST(LoadReportTest, Json) {
  std::string text;
  AppendJsonReport(Example(), &text);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const nlohmann::json json = nlohmann::json::parse(text);
  EXPECT_EQ(json["bench"], "read");
  EXPECT_EQ(json["at"], "/tmp/a<b>&c\n");
  EXPECT_EQ(json["durability"], "os");
  EXPECT_EQ(json["partitions"], nullptr);
  EXPECT_EQ(json["rate"], 1000);
  EXPECT_EQ(json["elapsed_ms"], 3000);
  EXPECT_EQ(json["cpu_ms"], 1234);
  EXPECT_EQ(json["missing"], 600);
  EXPECT_EQ(json["interrupted"], false);
  EXPECT_EQ(json["errors"].size(), 2u);
  EXPECT_EQ(json["errors"][1], (nlohmann::json{{"error", "no room"}, {"count", 1}}));
  ASSERT_EQ(json["measures"].size(), 2u);
  EXPECT_EQ(json["measures"][0]["measure"], "append");
  EXPECT_EQ(json["measures"][0]["entries"], 3300);
  EXPECT_EQ(json["measures"][0]["entries_per_s"], 1100);
  EXPECT_EQ(json["measures"][1]["bytes_per_s"], 90'000);
  EXPECT_EQ(json["measures"][1]["max_ns"], 200'000 + 899 * 899);
  ASSERT_EQ(json["intervals"].size(), 3u);
  EXPECT_EQ(json["intervals"][1]["begin_ms"], 1000);
  EXPECT_EQ(json["intervals"][1]["errors"], 2);
  EXPECT_EQ(json["intervals"][2]["measures"][0]["entries"], 1200);
}

TEST(LoadReportTest, JsonOfARunInWhichNothingCame) {
  std::string text;
  AppendJsonReport({}, &text);
  const nlohmann::json json = nlohmann::json::parse(text);
  EXPECT_EQ(json["measures"][0]["entries"], 0);
  EXPECT_EQ(json["intervals"].size(), 0u);
  EXPECT_EQ(json["errors"].size(), 0u);
  EXPECT_EQ(json["rate"], nullptr);
}

TEST(LoadReportTest, Csv) {
  const LoadResult result = Example();
  std::string text;
  AppendCsvHeader(&text);
  AppendCsvRows(result.shape, result.intervals[1], &text);
  EXPECT_EQ(text,
            "begin_ms,end_ms,measure,entries,requests,bytes,entries_per_s,bytes_per_s,p50_ns,"
            "p90_ns,p99_ns,p999_ns,max_ns,errors\n"
            "1000,2000,append,1100,1100,110000,1100,110000,350208,1028096,1236992,1253376,"
            "1257801,2\n"
            "1000,2000,delivery,900,900,90000,900,90000,403456,856064,995328,1008201,1008201,0\n");
}

TEST(CurveOfTest, GoesAsFarAsThereAreRequests) {
  EXPECT_TRUE(CurveOf({}).empty());
  LatencyHistogram histogram;
  for (int i = 1; i <= 1000; ++i) histogram.Record(i * 1000);
  const std::vector<CurvePoint> curve = CurveOf(histogram);
  EXPECT_EQ(curve.front().quantile, 0);
  EXPECT_EQ(curve.back().latency, 1'000'000);
  EXPECT_NEAR(curve.back().quantile, 0.999, 0.0001);
  for (size_t i = 1; i < curve.size(); ++i) {
    EXPECT_GT(curve[i].quantile, curve[i - 1].quantile);
    EXPECT_GE(curve[i].latency, curve[i - 1].latency);
  }
}

// EVLOG_WRITE_GOLDEN=1 writes it anew; look at it then.
TEST(PlotTest, IsGolden) {
  const std::string svg = PlotSvg(Example());
  if (std::getenv("EVLOG_WRITE_GOLDEN") != nullptr) std::ofstream(kGolden) << svg;
  std::ifstream file(kGolden);
  const std::string golden((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(svg, golden);
  EXPECT_THAT(svg, HasSubstr("/tmp/a&lt;b&gt;&amp;c\\n"));
}

TEST(PlotTest, OfNothingAndOfOneRequest) {
  for (const char* no_number : {"nan", "inf"}) {
    EXPECT_THAT(PlotSvg({}), Not(HasSubstr(no_number)));
  }
  LoadResult result;
  Tally tally;
  tally.entries = 1;
  tally.latency.Record(0);
  Interval interval;
  interval.end = absl::Nanoseconds(1);
  interval.measures[0] = Summarize(tally, absl::ZeroDuration());
  result.intervals.push_back(interval);
  result.measures[0] = interval.measures[0];
  result.curves[0] = CurveOf(tally.latency);
  for (const char* no_number : {"nan", "inf"}) {
    EXPECT_THAT(PlotSvg(result), Not(HasSubstr(no_number)));
  }
}

}  // namespace
}  // namespace evlog::cli
