// Copies of streams.
#include <string>
#include <utility>
#include <vector>

#include "evlog/verify.h"
#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

EVLOG_CONTRACT_SUITE(CopyTest);

// Everything of a stream but what it is called.
void ExpectSame(EventLog& log, const std::string& a, const std::string& b) {
  ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> first, ReadAll(log, {.stream = a}));
  ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> second, ReadAll(log, {.stream = b}));
  EXPECT_EQ(first, second);
  ASSERT_OK_AND_ASSIGN(StreamInfo info, log.DescribeStream(a));
  ASSERT_OK_AND_ASSIGN(const StreamInfo copied, log.DescribeStream(b));
  EXPECT_EQ(info.options, copied.options);
  EXPECT_EQ(info.entries, copied.entries);
  EXPECT_EQ(info.bytes, copied.bytes);
  EXPECT_EQ(info.last_id, copied.last_id);
  ASSERT_EQ(info.partitions.size(), copied.partitions.size());
  for (size_t p = 0; p < info.partitions.size(); ++p) {
    const PartitionInfo& one = info.partitions[p];
    const PartitionInfo& other = copied.partitions[p];
    EXPECT_EQ(one.first_offset, other.first_offset) << p;
    EXPECT_EQ(one.next_offset, other.next_offset) << p;
    EXPECT_EQ(one.entries, other.entries) << p;
    EXPECT_EQ(one.last_id, other.last_id) << p;
    EXPECT_EQ(one.max_deleted_id, other.max_deleted_id) << p;
  }
}

TEST_P(CopyTest, HoldsWhatTheOriginalDoes) {
  Stream stream = Create("s", {.partitions = 3, .retention = {.max_entries = 100'000}});
  for (int i = 0; i < 200; ++i) {
    const std::string key = std::to_string(i % 17);
    Add(stream, std::string(static_cast<size_t>(i) * 20, 'x'), {.key = key});
  }
  const std::vector<OwnedEntry> all = Read("s");
  ASSERT_OK(stream.Trim({.keep = {.min_id = all[30].id, .exact = true}}));
  ASSERT_OK(stream.Delete(std::vector<EntryId>{all[40].id, all[41].id, all[199].id}));
  ASSERT_OK(log().CopyStream("s", "t"));
  for (int round = 0; round < 2; ++round) {
    ExpectSame(log(), "s", "t");
    EXPECT_THAT(Read("t"), SizeIs(167));
    Restart();
  }
  ASSERT_OK_AND_ASSIGN(Stream copy, log().OpenStream("t"));
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  for (const char* key : {"1", "2", "3", "4"}) {
    Add(stream, "more", {.key = key});
    Add(copy, "more", {.key = key});
  }
  ExpectSame(log(), "s", "t");
  ASSERT_OK(log().DropStream("s"));
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(Read("t"), SizeIs(171));
}

TEST_P(CopyTest, InManySlices) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  for (int i = 0; i < 40; ++i) {
    Batch batch;
    for (int j = 0; j < 10; ++j) ASSERT_OK(batch.Add({{"v", std::string(10'000, 'y')}}));
    ASSERT_OK(stream.Append(std::move(batch)));
  }
  ASSERT_OK(log().CopyStream("s", "t"));
  ExpectSame(log(), "s", "t");
}

TEST_P(CopyTest, SaysHowFarItHasCome) {
  Stream stream = Create("s", {.partitions = 2, .durability = Durability::kOs});
  const std::string value(100'000, 'x');
  for (int i = 0; i < 60; ++i) Add(stream, value, {.key = std::to_string(i)});
  std::vector<std::pair<uint64_t, uint64_t>> told;
  const auto note = [&told](uint64_t copied, uint64_t all) { told.emplace_back(copied, all); };
  ASSERT_OK(log().CopyStream("s", "t", {.progress = note}));
  ASSERT_GE(told.size(), 6u);  // of a MiB each
  EXPECT_EQ(told.back(), std::make_pair(uint64_t{60}, uint64_t{60}));
  for (size_t i = 1; i < told.size(); ++i) EXPECT_GT(told[i].first, told[i - 1].first);
  // What is trimmed is none of it.
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 7, .exact = true}}));
  told.clear();
  ASSERT_OK(log().CopyStream("s", "u", {.progress = note}));
  EXPECT_EQ(told.back().first, told.back().second);
  EXPECT_THAT(Read("u"), SizeIs(7));
}

TEST_P(CopyTest, OfAnEmptyAndOfATrimmedStream) {
  Stream stream = Create("s", {.partitions = 2});
  ASSERT_OK(log().CopyStream("s", "empty"));
  ExpectSame(log(), "s", "empty");
  for (int i = 0; i < 9; ++i) Add(stream, "v", {.key = std::to_string(i)});
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 0, .exact = true}}));
  ASSERT_OK(log().CopyStream("s", "trimmed"));
  for (int round = 0; round < 2; ++round) {
    ExpectSame(log(), "s", "trimmed");
    Restart();
  }
  ASSERT_OK(log().Maintain());  // takes the rows away
  ASSERT_OK(log().CopyStream("s", "again"));
  ExpectSame(log(), "s", "again");
}

TEST_P(CopyTest, NamesAreTaken) {
  Stream stream = Create("s");
  Add(stream, "a");
  Stream other = Create("t");
  Add(other, "b");
  EXPECT_THAT(log().CopyStream("s", "t"), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(ValuesOf(Read("t")), ElementsAre("b"));
  EXPECT_THAT(log().CopyStream("s", "s"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log().CopyStream("none", "u"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(log().CopyStream("s", ""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log().CopyStream("s", "u", {.database = 16}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(log().CopyStream("s", "t", {.replace = true}));
  EXPECT_THAT(ValuesOf(Read("t")), ElementsAre("a"));
  EXPECT_THAT(other.Append({{"v", "x"}}), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(CopyTest, ToAnotherDatabase) {
  Stream stream = Create("s");
  Add(stream, "a");
  ASSERT_OK(log().CopyStream("s", "s", {.database = 7}));
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> seven, log().InDatabase(7));
    ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> entries, ReadAll(*seven, {.stream = "s"}));
    EXPECT_THAT(ValuesOf(entries), ElementsAre("a"));
  }
  ASSERT_OK_AND_ASSIGN(const std::vector<StreamInfo> here, log().ListStreams());
  EXPECT_THAT(here, SizeIs(1));
}

TEST_P(CopyTest, StoppedItLeavesNothing) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  Add(stream, "a");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(log().CopyStream("s", "t", {.stop = stop.get_token()}),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(log().DescribeStream("t"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK(log().Maintain());
  ASSERT_OK(log().CopyStream("s", "t"));
  ExpectSame(log(), "s", "t");
}

TEST_P(CopyTest, KeepsItsNameAndOptionsApart) {
  Stream stream = Create("s");
  Add(stream, "a");
  ASSERT_OK(log().CopyStream("s", "t"));
  ASSERT_OK(log().AlterStream("t", {.durability = Durability::kOs}));
  ASSERT_OK(log().RenameStream("t", "u"));
  ASSERT_OK_AND_ASSIGN(const StreamInfo original, log().DescribeStream("s"));
  EXPECT_EQ(original.options.durability, Durability::kSync);
  EXPECT_THAT(ValuesOf(Read("u")), ElementsAre("a"));
  Restart();
  EXPECT_THAT(ValuesOf(Read("u")), ElementsAre("a"));
}

}  // namespace
}  // namespace evlog
