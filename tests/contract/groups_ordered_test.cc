// Ordered groups: a partition to one consumer at a time, and nothing overtakes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using Order = GroupOptions::Order;
using Poison = GroupOptions::Poison;

class GroupsOrderedTest : public GroupsTest {
 protected:
  static constexpr absl::Duration kWait = absl::Seconds(30);

  Group MakeOrdered(GroupOptions options = {}) {
    options.order = Order::kOrdered;
    return MakeGroup(options);
  }
  Deliveries ReadOf(Group& group, std::string_view consumer, uint64_t count = 100) {
    absl::StatusOr<Deliveries> got = group.Read(consumer, {.count = count});
    EXPECT_OK(got);
    return got.ok() ? *std::move(got) : Deliveries();
  }
  // A stream of several partitions with `each` entries in each of them, named by partition and
  // number.
  void AddToAll(uint16_t partitions, int each) {
    Stream stream = Create("s", {.partitions = partitions});
    std::vector<int> have(partitions);
    for (int key = 0; *std::min_element(have.begin(), have.end()) < each; ++key) {
      const std::string name = std::to_string(key % 100);
      const AppendResult added = Add(stream, name, {.key = name});
      ++have[added.partition];
    }
  }
  static std::vector<uint16_t> PartitionsOf(const Deliveries& got) {
    std::vector<uint16_t> partitions;
    for (const Delivery& run : got.runs) {
      for (const EntryView& entry : run.entries) {
        const auto partition = static_cast<uint16_t>(entry.id.seq % kPartitionsMax);
        if (partitions.empty() || partitions.back() != partition) partitions.push_back(partition);
      }
    }
    return partitions;
  }
};

TEST_P(GroupsOrderedTest, NothingMoreOfAPartitionWhileSomethingIsWithAConsumer) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries first = ReadOf(group, "x", 2);
  EXPECT_THAT(ValuesOf(first), ElementsAre("a", "b"));
  EXPECT_THAT(ReadAll(group, "x"), IsEmpty());
  EXPECT_THAT(ReadAll(group, "y"), IsEmpty());
  EXPECT_THAT(group.Ack(first.receipt.Select([](uint64_t i) { return i == 1; })), IsOkAndHolds(1));
  EXPECT_THAT(ReadAll(group, "x"), IsEmpty());
  EXPECT_THAT(group.Ack(first.receipt), IsOkAndHolds(1));
  EXPECT_THAT(ReadAll(group, "x"), ElementsAre("c"));
}

TEST_P(GroupsOrderedTest, WhatIsGivenBackComesFirst) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries got = ReadOf(group, "x");
  EXPECT_THAT(group.Ack(got.receipt.Select([](uint64_t i) { return i == 0; })), IsOkAndHolds(1));
  const Receipt second = got.receipt.Select([](uint64_t i) { return i == 1; });
  EXPECT_THAT(group.Nack(second, {.delay = absl::Seconds(5)}), IsOkAndHolds(1));
  // The third went back with it, and waits for it.
  ASSERT_OK_AND_ASSIGN(const std::vector<PendingEntry> pending, group.ListPending());
  ASSERT_THAT(pending, SizeIs(2));
  EXPECT_EQ(pending[0].deliveries, 1u);
  EXPECT_EQ(pending[1].deliveries, 0u) << "it was not tried";
  EXPECT_EQ(pending[1].consumer, "");
  EXPECT_THAT(ReadAll(group, "x"), IsEmpty());
  EXPECT_THAT(group.Ack(got.receipt), IsOkAndHolds(0)) << "of what it does not have any more";
  clock_.Advance(absl::Seconds(5));
  const Deliveries again = ReadOf(group, "x");
  EXPECT_THAT(ValuesOf(again), ElementsAre("b", "c"));
  EXPECT_EQ(again.runs[0].deliveries, 2u);
  EXPECT_EQ(again.runs.back().deliveries, 1u);
}

TEST_P(GroupsOrderedTest, WhatADeadConsumerHadGoesToAnotherInOrder) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries lost = ReadOf(group, "dead", 2);
  clock_.Advance(kWait);
  const Deliveries got = ReadOf(group, "alive", UINT64_MAX);
  EXPECT_THAT(ValuesOf(got), ElementsAre("a", "b", "c"));
  // The zombie's answers count for nothing.
  EXPECT_THAT(group.Ack(lost.receipt), IsOkAndHolds(0));
  EXPECT_THAT(group.Nack(lost.receipt), IsOkAndHolds(0));
  EXPECT_THAT(group.Extend(lost.receipt), IsOkAndHolds(0));
  EXPECT_THAT(group.Ack(got.receipt), IsOkAndHolds(3));
}

// However many partitions there are in which nothing is to do.
TEST_P(GroupsOrderedTest, WhatNobodyHasGoesToOneOfThoseWhoAsk) {
  Stream stream = Create("s", {.partitions = 16});
  Group group = MakeOrdered();
  for (const char* consumer : {"x", "y"}) EXPECT_THAT(ReadAll(group, consumer), IsEmpty());
  for (int key = 0; key < 40; ++key) {
    Add(stream, "v", {.key = std::to_string(key)});
    Deliveries got = ReadOf(group, "x");
    if (got.empty()) got = ReadOf(group, "y");  // as that has fewer partitions
    EXPECT_THAT(ValuesOf(got), ElementsAre("v")) << key;
    EXPECT_THAT(group.Ack(got.receipt), IsOkAndHolds(1));
  }
}

// It takes its own back: the same consumer, started again. What it was handed before its end is
// settled by nobody.
TEST_P(GroupsOrderedTest, AConsumerOfTheSameNameIsAnotherOne) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries before = ReadOf(group, "x", 2);
  clock_.Advance(kWait);
  const Deliveries after = ReadOf(group, "x", 2);
  EXPECT_THAT(ValuesOf(after), ElementsAre("a", "b"));
  EXPECT_THAT(group.Ack(before.receipt), IsOkAndHolds(0));
  Transaction work;
  work.Ack(group, before.receipt);
  EXPECT_THAT(log().Commit(std::move(work)), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(group.Ack(after.receipt), IsOkAndHolds(2));
}

// Also while it is there: one thread of it gives back what another one then gets.
TEST_P(GroupsOrderedTest, WhatWasGivenBackIsNotSettledByItsOldReceipt) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries one = ReadOf(group, "x");
  EXPECT_THAT(group.Nack(one.receipt, {.kind = NackOptions::Kind::kSilent}), IsOkAndHolds(3));
  const Deliveries two = ReadOf(group, "x");
  EXPECT_EQ(two.runs[0].deliveries, 1u);
  EXPECT_THAT(group.Nack(one.receipt), IsOkAndHolds(0));
  EXPECT_THAT(group.Ack(one.receipt), IsOkAndHolds(0));
  EXPECT_THAT(group.Ack(two.receipt), IsOkAndHolds(3));
}

TEST_P(GroupsOrderedTest, WhoExtendsKeepsItsPartition) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries got = ReadOf(group, "x", 1);
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(kWait - absl::Seconds(1));
    EXPECT_THAT(group.Extend(got.receipt), IsOkAndHolds(1));
    EXPECT_THAT(ReadAll(group, "y"), IsEmpty());
  }
}

TEST_P(GroupsOrderedTest, WhoLeavesHandsOverAtOnce) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries lost = ReadOf(group, "x", 2);
  EXPECT_THAT(group.RemoveConsumer("x"), IsOkAndHolds(2));
  const Deliveries got = ReadOf(group, "y");
  EXPECT_THAT(ValuesOf(got), ElementsAre("a", "b", "c"));
  EXPECT_THAT(group.Ack(lost.receipt), IsOkAndHolds(0));
}

TEST_P(GroupsOrderedTest, PartitionsAreSharedOut) {
  AddToAll(4, 3);
  Group group = MakeOrdered();
  // Who comes alone has them all.
  const Deliveries all = ReadOf(group, "x");
  EXPECT_THAT(PartitionsOf(all), SizeIs(4));
  EXPECT_THAT(ReadAll(group, "y"), IsEmpty());
  EXPECT_THAT(group.Describe()->leases, Each("x"));
  // It goes on with what it has; as soon as nothing of a partition is with it, y gets its share.
  EXPECT_THAT(group.Ack(all.receipt), IsOkAndHolds(all.size()));
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s"));
  for (int key = 0; key < 100; ++key) {
    const std::string name = std::to_string(key);
    Add(stream, name, {.key = name});
  }
  const Deliveries of_x = ReadOf(group, "x");
  EXPECT_THAT(PartitionsOf(of_x), SizeIs(2));
  const Deliveries of_y = ReadOf(group, "y");
  EXPECT_THAT(PartitionsOf(of_y), SizeIs(2));
  EXPECT_EQ(of_x.size() + of_y.size(), 100u);
  EXPECT_THAT(group.Describe()->leases, UnorderedElementsAre("x", "x", "y", "y"));
}

TEST_P(GroupsOrderedTest, OnePartitionAtATimeIfAsked) {
  AddToAll(3, 2);
  Group group = MakeOrdered();
  std::vector<uint16_t> seen;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x", {.one_partition = true}));
    const std::vector<uint16_t> partitions = PartitionsOf(got);
    ASSERT_THAT(partitions, SizeIs(1));
    seen.push_back(partitions[0]);
  }
  EXPECT_THAT(seen, UnorderedElementsAre(0, 1, 2));
}

// What is left of an idle one's share when it is gone is there for the others after ack_wait.
TEST_P(GroupsOrderedTest, WhoWaitsGetsThePartitionsOfOneThatIsGone) {
  AddToAll(2, 1);
  Group group = MakeOrdered();
  const Deliveries of_x = ReadOf(group, "x", 1);
  const Deliveries of_y = ReadOf(group, "y");
  EXPECT_THAT(PartitionsOf(of_y), SizeIs(1));
  EXPECT_THAT(group.Ack(of_x.receipt), IsOkAndHolds(of_x.size()));
  EXPECT_THAT(group.Ack(of_y.receipt), IsOkAndHolds(of_y.size()));
  while (!ReadAll(group, "x").empty()) {
    EXPECT_OK(group.Ack(IdsOf(*group.ReadPending("x"))));
  }
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s"));
  std::vector<EntryId> added;
  for (int key = 0; key < 20; ++key) {
    const std::string name = std::to_string(key);
    added.push_back(Add(stream, name, {.key = name}).first_id);
  }
  std::vector<EntryId> got;
  std::thread waiter([&] {
    while (got.size() < added.size()) {
      const absl::StatusOr<Deliveries> read = group.Read("y", Within(absl::Hours(1)));
      ASSERT_OK(read);
      ASSERT_FALSE(read->empty());
      for (const EntryId id : IdsOf(*read)) got.push_back(id);
      ASSERT_OK(group.Ack(read->receipt));
    }
  });
  clock_.BlockUntilWaiting(1);  // it has its own share
  EXPECT_LT(got.size(), added.size());
  clock_.Advance(kWait);  // nothing was heard of x
  waiter.join();
  EXPECT_THAT(got, ::testing::UnorderedElementsAreArray(added));
}

TEST_P(GroupsOrderedTest, PoisonIsParkedAndTheRestGoesOn) {
  AddThree();
  Group group = MakeOrdered({.max_deliveries = 2});
  for (int i = 0; i < 2; ++i) {
    const Deliveries got = ReadOf(group, "x", 1);
    EXPECT_THAT(ValuesOf(got), ElementsAre("a"));
    clock_.Advance(kWait);
  }
  EXPECT_THAT(ReadAll(group, "x"), ElementsAre("b", "c"));
  ASSERT_OK_AND_ASSIGN(const std::vector<PendingEntry> pending, group.ListPending());
  EXPECT_EQ(pending[0].consumer, "");
  EXPECT_EQ(pending[0].deliveries, 2u);
}

TEST_P(GroupsOrderedTest, PoisonGoesToTheDeadLettersAndTheRestGoesOn) {
  AddThree();
  Group group = MakeOrdered({.max_deliveries = 2, .dead_letters = "dead"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(ReadAll(group, "x", 1), ElementsAre("a"));
    clock_.Advance(kWait);
  }
  EXPECT_THAT(ReadAll(group, "x"), ElementsAre("b", "c"));
  EXPECT_EQ(Read("dead").size(), 1u);
}

TEST_P(GroupsOrderedTest, PoisonBlocksUntilItIsSettledByHand) {
  AddThree();
  Group group =
      MakeOrdered({.poison = Poison::kBlock, .max_deliveries = 1, .dead_letters = "dead"});
  const Deliveries got = ReadOf(group, "x", 2);
  const Receipt first = got.receipt.Select([](uint64_t i) { return i == 0; });
  EXPECT_THAT(group.Nack(first), IsOkAndHolds(1));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(ReadAll(group, "x"), IsEmpty());
  EXPECT_THAT(group.DeadLetter({IdsOf(got).data(), 1}), IsOkAndHolds(1));
  EXPECT_EQ(Read("dead").size(), 1u);
  EXPECT_THAT(ReadAll(group, "x"), ElementsAre("b", "c"));
}

TEST_P(GroupsOrderedTest, AFatalNackParksOneAndKeepsTheRest) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries got = ReadOf(group, "x");
  const Receipt first = got.receipt.Select([](uint64_t i) { return i == 0; });
  EXPECT_THAT(group.Nack(first, {.kind = NackOptions::Kind::kFatal}), IsOkAndHolds(1));
  EXPECT_THAT(group.Ack(got.receipt), IsOkAndHolds(2));
}

TEST_P(GroupsOrderedTest, ClaimsAreRefused) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries got = ReadOf(group, "x");
  const auto refused = StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is ordered"));
  EXPECT_THAT(group.Claim("y", IdsOf(got)), refused);
  EXPECT_THAT(group.AutoClaim("y", EntryId::Min(), 10, {}), refused);
  EXPECT_THAT(group.Read("y", {.claim_idle = absl::ZeroDuration()}), refused);
}

TEST_P(GroupsOrderedTest, ASeekEndsWhatWasHandedOut) {
  AddThree();
  Group group = MakeOrdered();
  const Deliveries got = ReadOf(group, "x", 2);
  ASSERT_OK(group.Seek(Bound::Begin()));
  const Deliveries again = ReadOf(group, "y", 1);
  EXPECT_THAT(ValuesOf(again), ElementsAre("a"));
  EXPECT_THAT(group.Ack(got.receipt), IsOkAndHolds(0));
  EXPECT_THAT(group.Ack(again.receipt), IsOkAndHolds(1));
}

TEST_P(GroupsOrderedTest, LeasesAndTheirEpochsOutliveARestart) {
  if (GetParam().files == LogKind::Files::kMemory) GTEST_SKIP() << "forgets all";
  AddThree();
  Receipt zombie;
  {
    Group group = MakeOrdered();
    zombie = ReadOf(group, "dead", 2).receipt;
    clock_.Advance(kWait);
    EXPECT_THAT(ReadAll(group, "x", 2), ElementsAre("a", "b"));
  }
  Restart();
  ASSERT_OK_AND_ASSIGN(Group group, log().OpenGroup("s", "g"));
  EXPECT_THAT(group.Describe()->leases, ElementsAre("x"));
  EXPECT_THAT(group.Ack(zombie), IsOkAndHolds(0));
  EXPECT_THAT(ReadAll(group, "y"), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const Deliveries own, group.ReadPending("x"));
  EXPECT_THAT(ValuesOf(own), ElementsAre("a", "b"));
  EXPECT_THAT(group.Ack(own.receipt), IsOkAndHolds(2));
}

TEST_P(GroupsOrderedTest, NeedsAnAckWait) {
  Create("s");
  EXPECT_THAT(
      log().CreateGroup("s", "g", {.order = Order::kOrdered, .ack_wait = absl::InfiniteDuration()}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ack_wait")));
}

INSTANTIATE_TEST_SUITE_P(Logs, GroupsOrderedTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

}  // namespace
}  // namespace evlog
