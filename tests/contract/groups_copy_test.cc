// Copies of streams have their groups.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "evlog/verify.h"
#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GroupsCopyTest : public GroupsTest {
 protected:
  Group Of(std::string_view stream, std::string_view name = "g") {
    absl::StatusOr<Group> group = log().OpenGroup(stream, name);
    EXPECT_OK(group);
    return *std::move(group);
  }
  // Everything that a group says of itself.
  static void ExpectSame(Group a, Group b) {
    ASSERT_OK_AND_ASSIGN(const GroupDescription one, a.Describe());
    ASSERT_OK_AND_ASSIGN(const GroupDescription other, b.Describe());
    EXPECT_EQ(one.name, other.name);
    EXPECT_EQ(one.options, other.options);
    EXPECT_EQ(one.last_delivered, other.last_delivered);
    EXPECT_EQ(one.entries_read, other.entries_read);
    EXPECT_EQ(one.lag, other.lag);
    EXPECT_EQ(one.pending, other.pending);
    EXPECT_EQ(one.leases, other.leases);
    ASSERT_EQ(one.consumers.size(), other.consumers.size());
    for (size_t i = 0; i < one.consumers.size(); ++i) {
      EXPECT_EQ(one.consumers[i].name, other.consumers[i].name);
      EXPECT_EQ(one.consumers[i].pending, other.consumers[i].pending);
      EXPECT_EQ(one.consumers[i].seen, other.consumers[i].seen);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Logs, GroupsCopyTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(GroupsCopyTest, AsTheyAre) {
  for (const auto order : {GroupOptions::Order::kShared, GroupOptions::Order::kOrdered}) {
    const bool shared = order == GroupOptions::Order::kShared;
    const std::string name = shared ? "shared" : "ordered";
    Stream stream = Create(name, {.partitions = 3, .durability = Durability::kOs});
    for (int i = 0; i < 60; ++i) Add(stream, std::to_string(i), {.key = std::to_string(i % 7)});
    ASSERT_OK_AND_ASSIGN(Group group, log().CreateGroup(name, "g", {.order = order}));
    ASSERT_OK_AND_ASSIGN(const Group other, log().CreateGroup(name, "h", {}, Bound::End()));
    ASSERT_OK_AND_ASSIGN(const Deliveries first, group.Read("ann", {.count = 20}));
    ASSERT_OK(group.Read("bob", {.count = 10}));
    ASSERT_OK(group.Ack(std::vector<EntryId>{IdsOf(first)[0], IdsOf(first)[5]}));
    ASSERT_OK(log().CopyStream(name, name + " copy"));
    for (int round = 0; round < 2; ++round) {
      EXPECT_THAT(log().ListGroups(name + " copy"), IsOkAndHolds(ElementsAre("g", "h")));
      ExpectSame(Of(name), Of(name + " copy"));
      ExpectSame(Of(name, "h"), Of(name + " copy", "h"));
      Restart();
    }
    // From here on each is a group of its own, with the same before it.
    clock_.Advance(absl::Minutes(10));
    Group one = Of(name), copied = Of(name + " copy");
    EXPECT_EQ(ReadAll(one, "eve"), ReadAll(copied, "eve"));
    EXPECT_THAT(ReadAll(copied, "eve"), IsEmpty());
    ExpectSame(one, copied);
    ASSERT_OK(one.Ack(IdsOf(first)));
    ASSERT_OK(log().DropStream(name));
    ASSERT_OK_AND_ASSIGN(const GroupDescription is, copied.Describe());
    EXPECT_EQ(is.pending, 60u - 2);
  }
  if (GetParam().files == LogKind::Files::kMemory) return;
  Close();
  ASSERT_OK_AND_ASSIGN(const VerifyReport report, VerifyDirectory(directory()));
  EXPECT_THAT(report.findings, IsEmpty());
}

TEST_P(GroupsCopyTest, WhatCameMeanwhileIsNotOfTheCopy) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  const std::string large(400'000, 'x');
  for (int i = 0; i < 6; ++i) Add(stream, large);
  Group group = MakeGroup();
  // Between two slices: more entries, and they are delivered.
  bool done = false;
  const auto meanwhile = [&](uint64_t, uint64_t) {
    if (std::exchange(done, true)) return;
    Add(stream, "more");
    EXPECT_THAT(ReadAll(group, "ann"), SizeIs(7));
  };
  ASSERT_OK(log().CopyStream("s", "t", {.progress = meanwhile}));
  ASSERT_TRUE(done);
  Group copied = Of("t");
  ASSERT_OK_AND_ASSIGN(const GroupDescription is, copied.Describe());
  EXPECT_EQ(is.pending, 6u);
  EXPECT_EQ(is.entries_read, 6u);
  ASSERT_OK_AND_ASSIGN(Stream copy, log().OpenStream("t"));
  Add(copy, "next");
  EXPECT_THAT(ReadAll(copied, "bob"), ElementsAre("next"));
}

TEST_P(GroupsCopyTest, DeadLettersDoNotComeBack) {
  AddThree();
  Create("dead");
  MakeGroup({.max_deliveries = 2, .dead_letters = "dead"});
  EXPECT_THAT(log().CopyStream("s", "dead", {.replace = true}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(log().CopyStream("s", "t"));
  ExpectSame(Of("s"), Of("t"));
}

}  // namespace
}  // namespace evlog
