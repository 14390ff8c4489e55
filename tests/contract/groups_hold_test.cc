// Retention that waits for consumer groups, and what ends its patience.
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "spdlog/logger.h"
#include "spdlog/sinks/ostream_sink.h"
#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class GroupsHoldTest : public GroupsTest {
 protected:
  static StreamOptions KeepThree(uint64_t unacknowledged, uint32_t partitions = 1) {
    StreamOptions options;
    options.partitions = partitions;
    options.retention = {.max_entries = 3, .exact = true};
    options.keep_unacknowledged_bytes = unacknowledged;
    return options;
  }
  void AddTen(Stream& stream) {
    for (int i = 0; i < 10; ++i) Add(stream, std::to_string(i));
  }
  static Deliveries Take(Group& group, uint64_t count) {
    absl::StatusOr<Deliveries> got = group.Read("c", {.count = count});
    EXPECT_OK(got);
    return *std::move(got);
  }
  std::string First() {
    EXPECT_OK(log().Maintain());
    const std::vector<std::string> values = ValuesOf(Read("s"));
    return values.empty() ? "none" : values.front();
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, GroupsHoldTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(GroupsHoldTest, WhatIsNotAcknowledgedStays) {
  Stream stream = Create("s", KeepThree(1 << 20));
  Group group = MakeGroup();
  AddTen(stream);
  EXPECT_EQ(First(), "0") << "nothing was delivered";
  const Deliveries two = Take(group, 2), three = Take(group, 3);
  ASSERT_OK(group.Ack(three.receipt));
  EXPECT_EQ(First(), "0") << "two are pending";
  ASSERT_OK(group.Ack(two.receipt));
  EXPECT_EQ(First(), "5") << "though nothing was appended";
  const Deliveries rest = Take(group, 100);
  EXPECT_EQ(First(), "5");
  ASSERT_OK(group.Ack(rest.receipt));
  EXPECT_EQ(First(), "7");
  AddTen(stream);
  EXPECT_EQ(First(), "0") << "what was kept anyway is not held: it is of the second ten";
  EXPECT_THAT(Read("s"), SizeIs(10));
}

TEST_P(GroupsHoldTest, TheSlowestGroupCounts) {
  Stream stream = Create("s", KeepThree(1 << 20));
  Group fast = MakeGroup({}, "fast");
  Group slow = MakeGroup({}, "slow");
  AddTen(stream);
  ASSERT_OK(fast.Ack(Take(fast, 100).receipt));
  EXPECT_EQ(First(), "0");
  ASSERT_OK(slow.Ack(Take(slow, 4).receipt));
  EXPECT_EQ(First(), "4");
  ASSERT_OK(slow.Alter({.paused = true}));
  EXPECT_EQ(First(), "4");
  ASSERT_OK(log().DestroyGroup("s", "slow"));
  EXPECT_EQ(First(), "7");
}

TEST_P(GroupsHoldTest, AGroupThatNobodyHasOpenCounts) {
  {
    Stream stream = Create("s", KeepThree(1 << 20));
    Group group = MakeGroup();
    AddTen(stream);
    ASSERT_OK(group.Ack(Take(group, 4).receipt));
  }
  Restart();
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s"));
  EXPECT_EQ(stream.options().keep_unacknowledged_bytes, 1u << 20);
  Add(stream, "10");
  EXPECT_EQ(First(), "4");
}

TEST_P(GroupsHoldTest, PastTheLimitTheOldestGo) {
  MetricsRegistry metrics;
  std::ostringstream lines;
  Close();
  OpenOptions options = Options();
  options.metrics = &metrics;
  options.logger = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines));
  Open(options);
  Stream stream = Create("s", KeepThree(5'100));
  Group group = MakeGroup();
  const std::string filling(1000, 'x');
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(stream.Append({{"v", std::to_string(i)}, {"filling", filling}}));
  }
  EXPECT_EQ(First(), "0");
  EXPECT_EQ(metrics.AddCounter("evlog_log_evicted_entries_total", "")->value(), 0u);
  for (int i = 5; i < 20; ++i) {
    ASSERT_OK(stream.Append({{"v", std::to_string(i)}, {"filling", filling}}));
  }
  EXPECT_EQ(First(), "12") << "five of them, and the three that retention keeps";
  EXPECT_EQ(metrics.AddCounter("evlog_log_evicted_entries_total", "")->value(), 12u);
  EXPECT_THAT(lines.str(), HasSubstr("retention removed 12 entries of stream \"s\" that group "
                                     "\"g\" has not acknowledged: it is 20 entries behind"));
  // The same again is not said at once.
  lines.str("");
  Add(stream, "20");
  EXPECT_EQ(First(), "13");
  EXPECT_THAT(lines.str(), Not(HasSubstr("retention")));
  EXPECT_EQ(Take(group, 1).runs[0].entries.begin()->fields.Find("v"), "13");
  Close();
}

TEST_P(GroupsHoldTest, PartitionsWaitForThemselves) {
  Stream stream = Create("s", KeepThree(1 << 20, 4));
  Group group = MakeGroup();
  for (int i = 0; i < 40; ++i) Add(stream, std::to_string(i), {.key = std::to_string(i % 8)});
  const Deliveries all = Take(group, 100);
  // All of the others is acknowledged, of this one all but the last.
  const uint16_t held = all.runs[0].entries.begin()->partition;
  std::vector<EntryId> of_held, others;
  for (const Delivery& run : all.runs) {
    for (const EntryView& entry : run.entries) {
      (entry.partition == held ? of_held : others).push_back(entry.id);
    }
  }
  ASSERT_OK(group.Ack(others));
  ASSERT_OK(log().Maintain());
  std::vector<EntryId> left = IdsOf(Read({.stream = "s", .partition = held}));
  EXPECT_EQ(left, of_held);
  EXPECT_LE(Read("s").size(), of_held.size() + 3);
  std::vector<EntryId> last = {of_held.back()};
  of_held.pop_back();
  ASSERT_OK(group.Ack(of_held));
  ASSERT_OK(log().Maintain());
  left = IdsOf(Read({.stream = "s", .partition = held}));
  EXPECT_EQ(left.back(), last[0]);
  EXPECT_LE(left.size(), 3u) << "all of them are among the newest three";
  ASSERT_OK(group.Ack(last));
  ASSERT_OK(log().Maintain());
  EXPECT_LE(Read("s").size(), 3u);
}

TEST_P(GroupsHoldTest, RetentionByAgeWaitsToo) {
  StreamOptions options;
  options.retention = {.max_age = absl::Seconds(10), .exact = true};
  options.keep_unacknowledged_bytes = 1 << 20;
  Stream stream = Create("s", options);
  Group group = MakeGroup();
  AddTen(stream);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(First(), "0");
  ASSERT_OK(group.Ack(Take(group, 6).receipt));
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(First(), "6");
  ASSERT_OK(group.Ack(Take(group, 100).receipt));
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(First(), "none");
}

TEST_P(GroupsHoldTest, ATrimStopsThereWhereItIsAsked) {
  Stream stream = Create("s");
  Group group = MakeGroup();
  AddTen(stream);
  ASSERT_OK(group.Ack(Take(group, 4).receipt));
  TrimOptions trim;
  trim.keep = {.max_entries = 1, .exact = true};
  trim.references = References::kOnlyAcknowledged;
  trim.dry_run = true;
  ASSERT_OK_AND_ASSIGN(TrimResult result, stream.Trim(trim));
  EXPECT_EQ(result.entries, 4u);
  const std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_OK_AND_ASSIGN(Stream theirs, reader->OpenStream("s"));
  ASSERT_OK_AND_ASSIGN(result, theirs.Trim(trim));
  EXPECT_EQ(result.entries, 4u);
  trim.dry_run = false;
  ASSERT_OK_AND_ASSIGN(result, stream.Trim(trim));
  EXPECT_EQ(result.entries, 4u);
  EXPECT_EQ(ValuesOf(Read("s")).front(), "4");
  trim.keep = {.min_id = EntryId::Max(), .exact = true};
  ASSERT_OK_AND_ASSIGN(result, stream.Trim(trim));
  EXPECT_EQ(result.entries, 0u);
  trim.references = References::kKeep;
  ASSERT_OK(stream.Trim(trim));
  EXPECT_THAT(Read("s"), IsEmpty());
}

TEST_P(GroupsHoldTest, IsAlteredAndTakenBack) {
  Stream stream = Create("s", {.retention = {.max_entries = 3, .exact = true}});
  Group group = MakeGroup();
  StreamChanges changes;
  changes.keep_unacknowledged_bytes = 1 << 20;
  ASSERT_OK(log().AlterStream("s", changes));
  AddTen(stream);
  EXPECT_EQ(First(), "0");
  changes.keep_unacknowledged_bytes = 0;
  ASSERT_OK(log().AlterStream("s", changes));
  EXPECT_EQ(First(), "7");
}

}  // namespace
}  // namespace evlog
