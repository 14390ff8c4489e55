// Ids and offsets: what evlog/entry_id.h and evlog/append.h say of them.
#include <string>

#include "log/partitioner.h"
#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kMs = 1'700'000'000'000;  // where ManualClock starts

EVLOG_CONTRACT_SUITE(IdsTest);

TEST_P(IdsTest, TakeTheClocksMillisecondsAndCountWithinOne) {
  Stream stream = Create("s");
  EXPECT_EQ(Add(stream, "a").first_id, (EntryId{kMs, 0}));
  EXPECT_EQ(Add(stream, "b").first_id, (EntryId{kMs, 1}));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(Add(stream, "c").first_id, (EntryId{kMs + 1, 0}));
  EXPECT_THAT(IdsOf(Read("s")), ElementsAre(EntryId{kMs, 0}, EntryId{kMs, 1}, EntryId{kMs + 1, 0}));
}

TEST_P(IdsTest, DoNotFallWhenTheClockStepsBack) {
  Stream stream = Create("s");
  EXPECT_EQ(Add(stream, "a").first_id, (EntryId{kMs, 0}));
  clock_.Advance(-absl::Hours(1));
  EXPECT_EQ(Add(stream, "b").first_id, (EntryId{kMs, 1}));
  Restart();
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  EXPECT_EQ(Add(stream, "c").first_id, (EntryId{kMs, 2}));
  clock_.Advance(absl::Hours(1) + absl::Milliseconds(2));
  EXPECT_EQ(Add(stream, "d").first_id, (EntryId{kMs + 2, 0}));
}

TEST_P(IdsTest, BeginAtOneBeforeTimeBegan) {
  clock_.Set(absl::UnixEpoch() - absl::Hours(1));
  Stream one = Create("one");
  EXPECT_EQ(Add(one, "a").first_id, (EntryId{0, 1}));  // 0-0 is never given
  Stream two = Create("two", {.partitions = 2});
  EXPECT_EQ(Add(two, "a").first_id, (EntryId{0, 1 << kPartitionBits}));
}

TEST_P(IdsTest, OfOneStreamDoNotMoveThoseOfAnother) {
  Stream a = Create("a");
  Stream b = Create("b");
  Add(a, "1");
  EXPECT_EQ(Add(b, "1").first_id, (EntryId{kMs, 0}));
  EXPECT_EQ(Add(a, "2").offset, 1u);
  EXPECT_EQ(Add(b, "2").offset, 1u);
}

TEST_P(IdsTest, NameTheirPartition) {
  Stream stream = Create("s", {.partitions = 8});
  for (uint64_t n = 0; n < 40; ++n) {
    const std::string key = std::to_string(n);
    const AppendResult result = Add(stream, key, {.key = key});
    EXPECT_EQ(result.partition, PartitionOf(key, 8));
    EXPECT_EQ(result.first_id, (EntryId{kMs, n << kPartitionBits | result.partition}));
  }
  for (const OwnedEntry& entry : Read("s")) {
    EXPECT_EQ(entry.id.seq & (kPartitionsMax - 1), entry.partition);
  }
}

TEST_P(IdsTest, OfAManyPartitionedStreamStandInTheSameOrderEverywhere) {
  Stream stream = Create("s", {.partitions = kPartitionsMax});
  for (uint64_t n = 0; n < kPartitionsMax + 5; ++n) {
    const AppendResult result = Add(stream, "v", {.durability = Durability::kOs});
    EXPECT_EQ(result.partition, n % kPartitionsMax);
    EXPECT_EQ(result.offset, n / kPartitionsMax);
  }
  ASSERT_OK(log().Sync());
  uint64_t n = 0;
  for (const OwnedEntry& entry : Read("s")) {
    EXPECT_EQ(entry.id, (EntryId{kMs, n << kPartitionBits | entry.partition}));
    ++n;
  }
  EXPECT_EQ(n, kPartitionsMax + 5u);
}

TEST_P(IdsTest, MayBeGivenWhenTheyAreAboveTheLast) {
  Stream stream = Create("s");
  EXPECT_EQ(Add(stream, "a", {.id = EntryId{5, 7}}).first_id, (EntryId{5, 7}));
  EXPECT_EQ(Add(stream, "b", {.id = EntryId{5, 8}}).offset, 1u);
  for (const EntryId id : {EntryId{5, 8}, EntryId{5, 7}, EntryId{4, 9}, EntryId{0, 1}}) {
    EXPECT_THAT(stream.Append({{"v", "x"}}, {.id = id}),
                StatusIs(absl::StatusCode::kAborted, HasSubstr("5-8")));
  }
  EXPECT_THAT(stream.Append({{"v", "x"}}, {.id = EntryId::Min()}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0-0")));
  EXPECT_EQ(Add(stream, "c").first_id, (EntryId{kMs, 0}));
  EXPECT_THAT(IdsOf(Read("s")), ElementsAre(EntryId{5, 7}, EntryId{5, 8}, EntryId{kMs, 0}));
}

TEST_P(IdsTest, GoOnAfterOneFromTheFuture) {
  Stream stream = Create("s");
  Add(stream, "a", {.id = EntryId{kMs + 1000, 3}});
  EXPECT_EQ(Add(stream, "b").first_id, (EntryId{kMs + 1000, 4}));
  Restart();
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  EXPECT_EQ(Add(stream, "c").first_id, (EntryId{kMs + 1000, 5}));
  Add(stream, "d", {.id = EntryId{kMs + 1000, UINT64_MAX}});
  EXPECT_EQ(Add(stream, "e").first_id, (EntryId{kMs + 1001, 0}));
}

TEST_P(IdsTest, EndWithTheLargest) {
  Stream stream = Create("s");
  Add(stream, "a", {.id = EntryId::Max()});
  EXPECT_THAT(stream.Append({{"v", "b"}}), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(stream.Append({{"v", "b"}}, {.id = EntryId::Max()}),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(IdsOf(Read("s")), ElementsAre(EntryId::Max()));
  EXPECT_OK(log().Health());
  Restart();
  EXPECT_THAT(IdsOf(Read("s")), ElementsAre(EntryId::Max()));
}

TEST_P(IdsTest, GivenOnesMustFitPartitionAndKey) {
  Stream stream = Create("s", {.partitions = 4});
  const uint16_t home = PartitionOf("key", 4);
  const auto id = [](uint64_t n, uint64_t partition) {
    return EntryId{9, n << kPartitionBits | partition};
  };
  const AppendResult kept = Add(stream, "a", {.key = "key", .id = id(1, home)});
  EXPECT_EQ(kept.partition, home);
  EXPECT_THAT(stream.Append({{"v", "x"}}, {.key = "key", .id = id(2, (home + 1) % 4)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("partition")));
  EXPECT_THAT(stream.Append({{"v", "x"}}, {.id = id(2, 4)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("partition")));
  EXPECT_EQ(Add(stream, "b", {.id = id(2, 3)}).partition, 3);
  EXPECT_EQ(Add(stream, "c", {.id = id(3, 0)}).partition, 0);
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a", "b", "c"));
}

TEST_P(IdsTest, OfABatchAreAllGivenOrNone) {
  Stream stream = Create("s");
  Batch mixed;
  ASSERT_OK(mixed.Add({{"v", "a"}}, {.id = EntryId{1, 1}}));
  ASSERT_OK(mixed.Add({{"v", "b"}}));
  EXPECT_THAT(stream.Append(std::move(mixed)), StatusIs(absl::StatusCode::kInvalidArgument));
  Batch falling;
  ASSERT_OK(falling.Add({{"v", "a"}}, {.id = EntryId{1, 2}}));
  ASSERT_OK(falling.Add({{"v", "b"}}, {.id = EntryId{1, 2}}));
  EXPECT_THAT(stream.Append(std::move(falling)), StatusIs(absl::StatusCode::kInvalidArgument));
  Batch rising;
  ASSERT_OK(rising.Add({{"v", "a"}}, {.id = EntryId{1, 2}}));
  ASSERT_OK(rising.Add({{"v", "b"}}, {.id = EntryId{7, 0}}));
  ASSERT_OK_AND_ASSIGN(const AppendResult result, stream.Append(std::move(rising)));
  EXPECT_EQ(result.first_id, (EntryId{1, 2}));
  EXPECT_EQ(result.last_id, (EntryId{7, 0}));
  EXPECT_THAT(IdsOf(Read("s")), ElementsAre(EntryId{1, 2}, EntryId{7, 0}));
}

TEST_P(IdsTest, AreAsDenseAsOffsetsAfterARestart) {
  for (int round = 0; round < 5; ++round) {
    ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s", {.partitions = 3}));
    for (int i = 0; i < 7; ++i) Add(stream, "v", {.durability = Durability::kAsync});
    Restart();
  }
  uint64_t expected[3] = {0, 0, 0};
  EntryId last = EntryId::Min();
  for (const OwnedEntry& entry : Read("s")) {
    EXPECT_GT(entry.id, last);
    last = entry.id;
    EXPECT_EQ(entry.offset, expected[entry.partition]++);
  }
  EXPECT_EQ(expected[0] + expected[1] + expected[2], 35u);
}

}  // namespace
}  // namespace evlog
