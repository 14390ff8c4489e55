// What the registry is told of a log and of its groups.
#include <gmock/gmock.h>

#include <map>
#include <string>

#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using Sample = MetricsRegistry::Sample;

class MetricsTest : public GroupsTest {
 protected:
  void SetUp() override {
    GroupsTest::SetUp();
    Close();
    OpenWith(Options());
  }
  void TearDown() override {
    Close();
    GroupsTest::TearDown();
  }
  void OpenWith(OpenOptions options) {
    options.metrics = &metrics_;
    options.maintenance_interval = absl::InfiniteDuration();
    Open(options);
  }

  // Of a name, or a name and the value of its last label.
  int64_t Value(std::string_view name, std::string_view label = {}) {
    for (const Sample& sample : metrics_.Samples()) {
      if (sample.name != name) continue;
      if (label.empty() || sample.labels.back().second == label) return sample.value;
    }
    return -1;
  }
  uint64_t Count(std::string_view name) {
    for (const Sample& sample : metrics_.Samples()) {
      if (sample.name == name) return sample.histogram->count();
    }
    return 0;
  }

  MetricsRegistry metrics_;
};

TEST_P(MetricsTest, WhatIsWrittenAndRemovedIsCounted) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  for (int i = 0; i < 100; ++i) Add(stream, "v");
  ASSERT_OK(log().Sync());
  EXPECT_EQ(Value("evlog_log_entries_total"), 100);
  EXPECT_GE(Count("evlog_log_commit_seconds"), 1u);
  EXPECT_GE(Count("evlog_log_sync_seconds"), 1u);
  EXPECT_EQ(Value("evlog_log_unsynced_commits"), 0);
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 90, .exact = true}}));
  const EntryId last = Read("s").back().id;
  ASSERT_OK(stream.Delete({&last, 1}));
  EXPECT_EQ(Value("evlog_log_trimmed_entries_total"), 10);
  EXPECT_EQ(Value("evlog_log_deleted_entries_total"), 1);
  EXPECT_EQ(Value("evlog_log_latched"), 0);
  EXPECT_EQ(Value("evlog_log_appends_refused"), 0);
  EXPECT_EQ(Value("evlog_log_stalled"), 0);
  EXPECT_GT(Value("evlog_log_wal_bytes"), 0);
  EXPECT_GT(Value("evlog_log_memtable_bytes"), 0);
  EXPECT_GE(Value("evlog_log_block_cache_bytes"), 0);
  EXPECT_GE(Value("evlog_log_compaction_pending_bytes"), 0);
  EXPECT_GE(Value("evlog_log_tail_cache_bytes"), 0);
  Close();
  EXPECT_EQ(Value("evlog_log_latched"), -1) << "a closed log says nothing any more";
  EXPECT_EQ(Value("evlog_log_entries_total"), 100);
}

TEST_P(MetricsTest, GroupsThatNobodyReadsAreWatchedToo) {
  AddThree();
  MakeGroup({}, "idle");
  Group busy = MakeGroup({}, "busy");
  Close();
  OpenWith(Options());
  EXPECT_EQ(Value("evlog_groups_watched"), 2);
  EXPECT_EQ(Value("evlog_groups_unwatched"), 0);
  EXPECT_EQ(Value("evlog_groups_lag_entries"), 6);
  EXPECT_EQ(Value("evlog_group_lag_entries", "idle"), 3);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(Value("evlog_group_lag_seconds", "idle"), 5000);
  ASSERT_OK_AND_ASSIGN(Group again, log().OpenGroup("s", "busy"));
  ReadAll(again, "ann", 2);
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(Value("evlog_group_lag_entries", "busy"), 1);
  EXPECT_EQ(Value("evlog_group_pending_entries", "busy"), 2);
  EXPECT_EQ(Value("evlog_group_pending_seconds", "busy"), 2000);
  EXPECT_EQ(Value("evlog_group_pending_seconds", "idle"), 0);
  EXPECT_EQ(Value("evlog_group_consumers", "busy"), 1);
  EXPECT_EQ(Value("evlog_groups_lag_entries"), 4);
  EXPECT_EQ(Value("evlog_groups_pending_entries"), 2);
  ASSERT_OK(log().DropStream("s"));
  EXPECT_EQ(Value("evlog_groups_watched"), 0);
  EXPECT_EQ(Value("evlog_group_lag_entries"), -1);
}

TEST_P(MetricsTest, WhatIsDeliveredAgainAndGivenUpIsCounted) {
  AddThree();
  Group group = MakeGroup({.ack_wait = absl::Seconds(1), .max_deliveries = 2, .dead_letters = "d"});
  EXPECT_EQ(ReadAll(group, "ann").size(), 3u);
  EXPECT_EQ(Value("evlog_groups_redelivered_entries_total"), 0);
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(ReadAll(group, "ann").size(), 3u);
  EXPECT_EQ(Value("evlog_groups_redelivered_entries_total"), 3);
  EXPECT_EQ(Value("evlog_groups_dead_letters_total"), 0);
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(ReadAll(group, "ann").size(), 0u);
  EXPECT_EQ(Value("evlog_groups_dead_letters_total"), 3);
}

INSTANTIATE_TEST_SUITE_P(Logs, MetricsTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

}  // namespace
}  // namespace evlog
