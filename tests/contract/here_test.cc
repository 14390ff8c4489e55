// Groups and streams on a thread that waits for nobody.

#include "embedded/here.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/commit_here.h"
#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HereTest : public GroupsTest {
 protected:
  // Whether it was begun; the outcome is there when this returns, since this thread commits.
  bool Read(Group& group, const GroupReadOptions& options = {}, const char* consumer = "x") {
    read_ = absl::UnknownError("not called");
    const CommitHere here;
    return Here::Read(group, consumer, options,
                      [this](absl::StatusOr<Deliveries> got) { read_ = std::move(got); });
  }
  bool Ack(Group& group, std::span<const EntryId> ids) {
    acked_ = absl::UnknownError("not called");
    const CommitHere here;
    return Here::Ack(group, ids,
                     [this](absl::StatusOr<uint64_t> acked) { acked_ = std::move(acked); });
  }
  // A group that reads from the tail; kinds of logs without one read from the store.
  bool has_tail() const { return GetParam().tail_cache_bytes != 0; }

  absl::StatusOr<Deliveries> read_;
  absl::StatusOr<uint64_t> acked_;
};

TEST_P(HereTest, ReadsWhatIsInMemoryAndAcknowledges) {
  AddThree();
  Group group = MakeGroup();
  EXPECT_EQ(Read(group, {.count = 1}), has_tail());
  EXPECT_THAT(has_tail() ? ValuesOf(*read_) : ReadAll(group, "x", 1), ElementsAre("a"));
  // What the store was read for is in memory now.
  ASSERT_TRUE(Read(group, {.count = 1}));
  ASSERT_OK(read_);
  EXPECT_THAT(ValuesOf(*read_), ElementsAre("b"));
  EXPECT_EQ(group.Describe()->pending, 2u);
  const std::vector<EntryId> ids = IdsOf(*read_);
  ASSERT_TRUE(Ack(group, ids));
  EXPECT_THAT(acked_, IsOkAndHolds(1));
  ASSERT_TRUE(Ack(group, ids));
  EXPECT_THAT(acked_, IsOkAndHolds(0));
  ASSERT_TRUE(Read(group, {.acknowledge = true}));
  EXPECT_THAT(ValuesOf(*read_), ElementsAre("c"));
  EXPECT_EQ(group.Describe()->pending, 1u);
}

TEST_P(HereTest, NothingIsAnAnswerAndMakesTheConsumerKnown) {
  Create("s");
  Group group = MakeGroup();
  ASSERT_TRUE(Read(group));
  EXPECT_THAT(ValuesOf(*read_), IsEmpty());
  ASSERT_TRUE(Read(group));
  EXPECT_THAT(ValuesOf(*read_), IsEmpty());
  const absl::StatusOr<GroupDescription> is = group.Describe();
  ASSERT_OK(is);
  ASSERT_EQ(is->consumers.size(), 1u);
  EXPECT_EQ(is->consumers[0].name, "x");
}

TEST_P(HereTest, LeavesToOthersWhatMayTakeTime) {
  AddThree();
  Group due = MakeGroup({.ack_wait = absl::Seconds(5)}, "due");
  EXPECT_THAT(ReadAll(due, "dead"), ElementsAre("a", "b", "c"));
  ASSERT_TRUE(Read(due));
  EXPECT_THAT(ValuesOf(*read_), IsEmpty());
  EXPECT_EQ(read_->due, clock_.Now() + absl::Seconds(5));
  clock_.Advance(absl::Seconds(5));
  EXPECT_FALSE(Read(due)) << "what comes again is on the disk";
  EXPECT_THAT(ReadAll(due, "x"), ElementsAre("a", "b", "c"));

  Group ordered = MakeGroup({.order = GroupOptions::Order::kOrdered}, "ordered");
  EXPECT_FALSE(Read(ordered));
  EXPECT_FALSE(Read(due, {.claim_idle = absl::ZeroDuration()}));
  EXPECT_FALSE(Read(due, {.count = 0})) << "which is wrong, and for Read to say";
  EXPECT_FALSE(Read(due, {}, ""));

  Stream stream = *log().OpenStream("s");
  for (int i = 0; i < 1200; ++i) Add(stream, std::to_string(i));
  EXPECT_FALSE(Read(due, {.count = 2000})) << "that is much";
  EXPECT_FALSE(Ack(due, std::vector<EntryId>(Here::kEntriesMax + 1)));
  EXPECT_EQ(Read(due, {.count = 10}), has_tail());
}

TEST_P(HereTest, WhatIsGoneIsNotItsBusiness) {
  AddThree();
  Group group = MakeGroup();
  EXPECT_THAT(ReadAll(group, "x", 1), ElementsAre("a"));
  ASSERT_OK(log().DestroyGroup("s", "g"));
  const std::vector<EntryId> ids = {{1, 1}};
  EXPECT_FALSE(Ack(group, ids));
  EXPECT_FALSE(Read(group));
  Group second = MakeGroup();
  ASSERT_OK(log().DropStream("s"));
  EXPECT_FALSE(Ack(second, ids));
  EXPECT_FALSE(Read(second));
  Close();
  EXPECT_FALSE(Ack(second, ids));
  EXPECT_FALSE(Read(second));
}

TEST_P(HereTest, HoldsItsLimits) {
  AddThree();
  Group group = MakeGroup({.max_in_flight = 2});
  EXPECT_THAT(ReadAll(group, "x", 1), ElementsAre("a"));
  ASSERT_TRUE(Read(group));
  EXPECT_THAT(ValuesOf(*read_), ElementsAre("b"));
  ASSERT_TRUE(Read(group));
  EXPECT_THAT(ValuesOf(*read_), IsEmpty());
  EXPECT_TRUE(read_->limited);
}

// They are one row of its journal, and each is told how it ended.
TEST_P(HereTest, WhatATurnDoesToAGroupIsDoneTogether) {
  AddThree();
  Group group = MakeGroup();
  EXPECT_THAT(ReadAll(group, "x", 1), ElementsAre("a"));  // what was read for it is in memory
  const std::vector<EntryId> first = {ContractTest::Read("s")[0].id};
  std::vector<absl::StatusOr<Deliveries>> reads;
  std::vector<absl::StatusOr<uint64_t>> acks;
  const auto read = [&](const char* consumer, bool acknowledge = false) {
    return Here::Read(group, consumer, {.count = 1, .acknowledge = acknowledge},
                      [&](auto got) { reads.push_back(std::move(got)); });
  };
  const auto ack = [&] {
    return Here::Ack(group, first, [&](auto acked) { acks.push_back(std::move(acked)); });
  };
  {
    const CommitHere here;
    ASSERT_TRUE(read("y"));
    ASSERT_TRUE(ack());
    ASSERT_TRUE(ack());  // has nothing to do, and is done before them
    ASSERT_TRUE(read("z", true));
    ASSERT_TRUE(read("z"));
  }
  ASSERT_EQ(reads.size(), 3u);
  ASSERT_EQ(acks.size(), 2u);
  EXPECT_THAT(acks, ElementsAre(IsOkAndHolds(0), IsOkAndHolds(1)));
  std::vector<std::string> values;
  for (const auto& got : reads) {
    ASSERT_OK(got);
    for (const std::string& value : ValuesOf(*got)) values.push_back(value);
  }
  EXPECT_THAT(values, ElementsAre("b", "c"));
  const auto check = [&] {
    const absl::StatusOr<GroupDescription> is = log().OpenGroup("s", "g")->Describe();
    ASSERT_OK(is);
    EXPECT_EQ(is->pending, 1u);
    EXPECT_EQ(is->entries_read, 3u);
    ASSERT_EQ(is->consumers.size(), 3u);
    EXPECT_EQ(is->consumers[1].name, "y");
    EXPECT_EQ(is->consumers[1].pending, 1u);
  };
  check();
  if (GetParam().files == LogKind::Files::kMemory) return;
  Restart();
  check();
}

// Of a stream: what EventLog::Read finds from there on, as far as it is in memory.
TEST_P(HereTest, ReadsAStreamOnlyInMemory) {
  Stream stream = Create("s");
  std::vector<EntryId> ids;
  for (const char* value : {"a", "b", "c", "d"}) ids.push_back(Add(stream, value).first_id);
  const auto read = [&](EntryId after, uint64_t limit) -> std::optional<std::string> {
    ReadRequest request{.stream = "s", .from = Bound::ExclusiveId(after), .until = Bound::End()};
    request.limit = limit;
    std::optional<Cursor> cursor = Here::Read(stream, request);
    if (!cursor) return std::nullopt;
    std::string values;
    ChunkView view;
    while (cursor->Next(&view).value_or(false)) {
      for (const EntryView& entry : view) values += (*entry.fields.begin()).value;
    }
    return values;
  };
  EXPECT_EQ(read(ids[3], 10), "") << "the end is known";
  EXPECT_EQ(read(EntryId::Max(), 10), "");
  const auto expected = [&](const char* values) {
    return has_tail() ? std::optional<std::string>(values) : std::nullopt;
  };
  EXPECT_EQ(read(ids[1], 10), expected("cd"));
  EXPECT_EQ(read(ids[0], 2), expected("bc"));
  EXPECT_EQ(read(EntryId{ids[0].ms, ids[0].seq}, 1), expected("b"));
  // Who goes on where a reader of the disk has stopped has its window.
  ReadRequest first{.stream = "s", .until = Bound::End()};
  first.limit = 1;
  EXPECT_THAT(ValuesOf(ContractTest::Read(first)), ElementsAre("a"));
  EXPECT_EQ(read(ids[0], 2), "bc");
  EXPECT_EQ(read(ids[2], 1), "d");
  // What was not enough is left to whoever comes next.
  EXPECT_THAT(ValuesOf(ContractTest::Read(first)), ElementsAre("a"));
  for (int i = 0; i < 1200; ++i) Add(stream, "x");
  EXPECT_EQ(read(ids[0], 2000), std::nullopt) << "that is much";
  EXPECT_EQ(read(ids[0], 2), "bc");
  ASSERT_OK(stream.Delete(std::vector<EntryId>{ids[1]}));
  if (has_tail()) {
    EXPECT_EQ(read(ids[0], 2), "cd");
  }

  // Nothing else.
  const auto begins = [&](const ReadRequest& request) {
    return Here::Read(stream, request).has_value();
  };
  EXPECT_FALSE(begins({.stream = "s", .direction = Direction::kBackward}));
  Stream wide = Create("wide", {.partitions = 2});
  EXPECT_FALSE(Here::Read(wide, {.stream = "wide", .until = Bound::End()}).has_value());
  ASSERT_OK(log().DropStream("s"));
  EXPECT_EQ(read(ids[3], 10), std::nullopt);
  Close();
  EXPECT_EQ(read(ids[3], 10), std::nullopt);
}

TEST_P(HereTest, AppendsAndTrimsAsOne) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  const auto append = [&](int entries, const TrimOptions& trim) {
    Batch batch;
    for (int i = 0; i < entries; ++i) EXPECT_OK(batch.Add({{"v", std::to_string(i)}}));
    absl::StatusOr<AppendResult> appended = absl::UnknownError("not called");
    AppendOptions options;
    options.done_at_once = true;
    {
      const CommitHere here;
      Here::AppendAndTrim(stream, std::move(batch), options, trim,
                          [&](const absl::StatusOr<AppendResult>& r) { appended = r; });
    }
    EXPECT_OK(appended);
    return appended->offset;
  };
  TrimOptions exact;
  exact.keep = {.max_entries = 3, .exact = true};
  ASSERT_TRUE(Here::CanTrim(stream, exact));
  EXPECT_EQ(append(2, exact), 0u);
  EXPECT_THAT(ValuesOf(ContractTest::Read("s")), ElementsAre("0", "1"));
  EXPECT_EQ(append(2, exact), 2u);
  EXPECT_THAT(ValuesOf(ContractTest::Read("s")), ElementsAre("1", "0", "1"));
  // More than is kept.
  EXPECT_EQ(append(7, exact), 4u);
  EXPECT_THAT(ValuesOf(ContractTest::Read("s")), ElementsAre("4", "5", "6"));
  exact.limit = 2;
  EXPECT_EQ(append(4, exact), 11u);
  EXPECT_THAT(ValuesOf(ContractTest::Read("s")), ElementsAre("6", "0", "1", "2", "3"));
  exact.keep.max_entries = 0;
  exact.limit = UINT64_MAX;
  EXPECT_EQ(append(1, exact), 15u);
  EXPECT_THAT(ContractTest::Read("s"), IsEmpty());
  TrimOptions about;
  about.keep = {.max_entries = 50};
  EXPECT_EQ(append(249, about), 16u);
  EXPECT_EQ(log().DescribeStream("s")->partitions[0].first_offset, 200u);
  if (GetParam().files != LogKind::Files::kMemory) {
    Restart();
    const absl::StatusOr<StreamInfo> is = log().DescribeStream("s");
    EXPECT_EQ(is->entries, 65u);
    EXPECT_EQ(is->partitions[0].first_offset, 200u);
    EXPECT_EQ(is->partitions[0].next_offset, 265u);
  }

  about.keep.max_bytes = 100;
  EXPECT_FALSE(Here::CanTrim(stream, about));
  about.keep = {.min_id = EntryId{1, 0}};
  EXPECT_FALSE(Here::CanTrim(stream, about));
  exact.references = References::kOnlyAcknowledged;
  EXPECT_FALSE(Here::CanTrim(stream, exact));
  exact.references = References::kKeep;
  EXPECT_TRUE(Here::CanTrim(stream, exact));
  EXPECT_FALSE(Here::CanTrim(Create("wide", {.partitions = 2}), exact));
  EXPECT_FALSE(Here::CanTrim(Create("sure", {.durability = Durability::kSync}), exact));
}

INSTANTIATE_TEST_SUITE_P(Logs, HereTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

}  // namespace
}  // namespace evlog
