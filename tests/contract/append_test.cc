// What an append keeps, where it puts it, and what it answers.
#include <set>
#include <string>

#include "log/partitioner.h"
#include "tests/contract/contract_test.h"
#include "tests/support/model_log.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

EVLOG_CONTRACT_SUITE(AppendTest);

TEST_P(AppendTest, KeepsAnyBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const OwnedFields fields = {{all, all + all}, {std::string(3, '\0'), "\r\n"}, {"\xff", "\xfe"}};
  const std::vector<FieldView> views = ViewOf(fields);
  Stream stream = Create(std::string("na\0me\xff", 6));
  ASSERT_OK(stream.Append(views, {.key = all}));
  const std::vector<OwnedEntry> entries = Read(stream.name());
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].fields, fields);
  EXPECT_EQ(entries[0].key, all);
}

TEST_P(AppendTest, KeepsFieldsInOrderRepeatedAndEmpty) {
  Stream stream = Create("s");
  ASSERT_OK(stream.Append({{"a", "1"}, {"b", ""}, {"a", "2"}, {"", "3"}, {"a", "1"}}));
  const std::vector<OwnedEntry> entries = Read("s");
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].fields,
            (OwnedFields{{"a", "1"}, {"b", ""}, {"a", "2"}, {"", "3"}, {"a", "1"}}));
  EXPECT_EQ(entries[0].key, std::nullopt);
}

TEST_P(AppendTest, TellsAnEmptyKeyFromNone) {
  Stream stream = Create("s", {.partitions = 4});
  Add(stream, "a", {.key = ""});
  const AppendResult again = Add(stream, "b", {.key = ""});
  Add(stream, "c");
  const std::vector<OwnedEntry> entries = Read("s");
  ASSERT_THAT(entries, SizeIs(3));
  EXPECT_EQ(entries[0].key, "");
  EXPECT_EQ(entries[0].partition, again.partition);
  EXPECT_EQ(entries[2].key, std::nullopt);
}

TEST_P(AppendTest, RoutesEqualKeysToOnePartitionForEver) {
  std::set<uint16_t> used;
  for (int round = 0; round < 3; ++round) {
    ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s", {.partitions = 16}));
    for (int i = 0; i < 50; ++i) {
      const std::string key = "key" + std::to_string(i);
      const AppendResult result = Add(stream, key, {.key = key, .durability = Durability::kOs});
      EXPECT_EQ(result.partition, PartitionOf(key, 16));
      EXPECT_EQ(result.first_id.seq & 1023, result.partition);
      used.insert(result.partition);
    }
    Restart();
  }
  EXPECT_GT(used.size(), 8u);
}

TEST_P(AppendTest, GivesCallsWithoutAKeyThePartitionsInTurn) {
  Stream stream = Create("s", {.partitions = 3});
  std::vector<uint16_t> partitions;
  for (int i = 0; i < 7; ++i) partitions.push_back(Add(stream, "v").partition);
  for (int i = 1; i < 7; ++i) EXPECT_EQ(partitions[i], (partitions[i - 1] + 1) % 3);
}

TEST_P(AppendTest, PutsABatchWithoutKeysInOnePartition) {
  Stream stream = Create("s", {.partitions = 3});
  const uint16_t first = Add(stream, "v").partition;
  Batch batch;
  for (int i = 0; i < 10; ++i) ASSERT_OK(batch.Add({{"v", "b"}}));
  ASSERT_OK_AND_ASSIGN(const AppendResult result, stream.Append(std::move(batch)));
  EXPECT_EQ(result.partition, (first + 1) % 3);
  EXPECT_EQ(result.count, 10u);
  EXPECT_THAT(Read({.stream = "s", .partition = result.partition}), SizeIs(10));
  EXPECT_EQ(Add(stream, "v").partition, (first + 2) % 3);
}

TEST_P(AppendTest, SplitsABatchByKeyAndKeepsItsOrder) {
  Stream stream = Create("s", {.partitions = 5});
  ModelStream model({.partitions = 5});
  std::vector<NewEntry> entries;
  for (int i = 0; i < 60; ++i) {
    NewEntry entry;
    if (i % 4 != 0) entry.key = "k" + std::to_string(i % 7);
    entry.fields = {{"v", std::to_string(i)}};
    entries.push_back(std::move(entry));
  }
  ASSERT_OK_AND_ASSIGN(const AppendResult result, stream.Append(BatchOf(entries)));
  ASSERT_OK_AND_ASSIGN(const AppendResult expected, model.Append(clock_.Now(), entries));
  EXPECT_EQ(TextOf(result), TextOf(expected));
  EXPECT_EQ(Read("s"), model.entries());
}

TEST_P(AppendTest, KeepsABatchOfManyChunksWhole) {
  Stream stream = Create("s", {.partitions = 2});
  Batch batch;
  const std::string value(1000, 'x');
  for (int i = 0; i < 3000; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_OK(batch.Add({{"v", n}, {"x", value}}, {.key = std::string_view(n).substr(0, 1)}));
  }
  ASSERT_OK_AND_ASSIGN(const AppendResult result, stream.Append(std::move(batch)));
  EXPECT_EQ(result.count, 3000u);
  Restart();
  const std::vector<std::string> values = ValuesOf(Read("s"));
  ASSERT_THAT(values, SizeIs(3000));
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(values[i], std::to_string(i));
}

TEST_P(AppendTest, EmptiesTheBatchWhateverTheOutcome) {
  Stream stream = Create("s");
  Batch batch;
  EXPECT_TRUE(batch.empty());
  ASSERT_OK(batch.Add({{"v", "a"}}));
  EXPECT_EQ(batch.size(), 1u);
  EXPECT_GT(batch.bytes(), 2u);
  ASSERT_OK(stream.Append(std::move(batch)));
  EXPECT_TRUE(batch.empty());  // NOLINT(bugprone-use-after-move): as batch.h promises
  EXPECT_EQ(batch.bytes(), 0u);
  ASSERT_OK(batch.Add({{"v", "b"}}));
  EXPECT_THAT(stream.Append(std::move(batch), {.key = "k"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(batch.empty());  // NOLINT(bugprone-use-after-move)
  ASSERT_OK(batch.Add({{"v", "c"}}));
  batch.Clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a"));
}

TEST_P(AppendTest, RefusesWhatIsEmpty) {
  Stream stream = Create("s");
  EXPECT_THAT(stream.Append(Batch()), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(stream.Append(Fields{}), StatusIs(absl::StatusCode::kInvalidArgument));
  Batch batch;
  ASSERT_OK(batch.Add({{"v", "a"}}));
  ASSERT_OK(batch.Add(Fields{}));
  EXPECT_THAT(stream.Append(std::move(batch)), StatusIs(absl::StatusCode::kInvalidArgument));
  Batch with_id;
  ASSERT_OK(with_id.Add({{"v", "a"}}));
  EXPECT_THAT(stream.Append(std::move(with_id), {.id = EntryId{1, 1}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Batch::Add")));
  EXPECT_THAT(Read("s"), IsEmpty());
  EXPECT_EQ(Add(stream, "first").offset, 0u);
}

TEST_P(AppendTest, AnswersEveryDurabilityAndShowsTheEntry) {
  for (const Durability kept : {Durability::kAsync, Durability::kOs, Durability::kSync}) {
    const std::string name = "s" + std::to_string(static_cast<int>(kept));
    Stream stream = Create(name, {.durability = kept});
    uint64_t count = 0;
    for (const std::optional<Durability> asked :
         {std::optional<Durability>(), std::optional(Durability::kAsync),
          std::optional(Durability::kOs), std::optional(Durability::kSync)}) {
      ASSERT_OK_AND_ASSIGN(const AppendResult result,
                           stream.Append({{"v", "x"}}, {.durability = asked}));
      EXPECT_EQ(result.offset, count++);
      EXPECT_EQ(result.position == Position(), asked.value_or(kept) == Durability::kAsync);
      // Acknowledged as its stream says, so shown; otherwise after a Sync at the latest.
      if (asked.value_or(kept) < kept || kept == Durability::kAsync) {
        ASSERT_OK(log().Sync());
      }
      EXPECT_THAT(Read(name), SizeIs(count));
    }
  }
}

TEST_P(AppendTest, OrdersPositionsAsCommits) {
  Stream a = Create("a");
  Stream b = Create("b", {.durability = Durability::kOs});
  const Position first = Add(a, "1").position;
  const Position second = Add(b, "2").position;
  const Position third = Add(a, "3").position;
  EXPECT_EQ(first.log_id, second.log_id);
  EXPECT_LT(first.commit, second.commit);
  EXPECT_LT(second.commit, third.commit);
  Restart();
  ASSERT_OK_AND_ASSIGN(a, log().OpenStream("a"));
  const Position later = Add(a, "4").position;
  EXPECT_EQ(later.log_id, first.log_id);
  EXPECT_LT(third.commit, later.commit);
}

TEST_P(AppendTest, KeepsEverythingOverARestart) {
  Stream stream = Create("s", {.partitions = 2});
  for (int i = 0; i < 200; ++i) {
    Add(stream, std::to_string(i), {.durability = Durability::kAsync});
  }
  ASSERT_OK(log().Sync());
  const std::vector<OwnedEntry> before = Read("s");
  ASSERT_THAT(before, SizeIs(200));
  Restart();
  EXPECT_EQ(Read("s"), before);
  ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream("s"));
  EXPECT_EQ(info.entries, 200u);
}

}  // namespace
}  // namespace evlog
