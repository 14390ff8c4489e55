// Consumer groups in transactions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(GroupsTest, ATransactionAcknowledgesWithWhatCameOfIt) {
  AddThree();
  Stream results = Create("results");
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x", {.count = 2}));
  Transaction work;
  ASSERT_OK(work.Append(results, {{"v", "a+b"}}));
  work.PutState("sums", "count", "2");
  work.Ack(group, got.receipt);
  ASSERT_OK(log().Commit(std::move(work)));
  EXPECT_THAT(Read("results"), SizeIs(1));
  EXPECT_EQ(group.Describe()->pending, 0u);
  Restart();
  ASSERT_OK_AND_ASSIGN(group, log().OpenGroup("s", "g"));
  EXPECT_EQ(group.Describe()->pending, 0u);
  EXPECT_EQ(group.Describe()->lag, 1u);
  EXPECT_THAT(Read("results"), SizeIs(1));
}

TEST_P(GroupsTest, AnAcknowledgmentAloneMayBeATransaction) {
  AddThree();
  Group group = MakeGroup({}, "one"), other = MakeGroup({}, "two");
  ASSERT_OK_AND_ASSIGN(const Deliveries one, group.Read("x", {.count = 1}));
  ASSERT_OK_AND_ASSIGN(const Deliveries more, group.Read("x", {.count = 1}));
  ASSERT_OK_AND_ASSIGN(const Deliveries two, other.Read("x"));
  Transaction work;
  work.Ack(group, one.receipt);
  work.Ack(other, two.receipt);
  work.Ack(group, more.receipt);
  ASSERT_OK(log().Commit(std::move(work)));
  EXPECT_EQ(group.Describe()->pending, 0u);
  EXPECT_EQ(other.Describe()->pending, 0u);
}

// Its handler was too slow: another consumer has the entry, and what the slow one made of it must
// not count beside what that one makes.
TEST_P(GroupsTest, ATransactionOfALateConsumerDoesNothing) {
  AddThree();
  Stream results = Create("results");
  Group group = MakeGroup({.ack_wait = absl::Seconds(1)});
  ASSERT_OK_AND_ASSIGN(const Deliveries late, group.Read("late"));
  clock_.Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(const Deliveries mine, group.Read("other", {.count = 1}));
  const auto commit = [&](const Deliveries& got) {
    Transaction work;
    EXPECT_OK(work.Append(results, {{"v", "x"}}));
    work.Ack(group, got.receipt);
    return log().Commit(std::move(work)).status();
  };
  EXPECT_THAT(commit(late), StatusIs(absl::StatusCode::kAborted, HasSubstr("1 of 3")));
  EXPECT_THAT(Read("results"), IsEmpty());
  EXPECT_EQ(group.Describe()->pending, 3u);
  EXPECT_OK(commit(mine));
  EXPECT_THAT(commit(mine), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(Read("results"), SizeIs(1));
}

TEST_P(GroupsTest, AnExpectationThatFailsKeepsTheEntriesPending) {
  AddThree();
  Stream results = Create("results");
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x"));
  Transaction work;
  ASSERT_OK(work.Append(results, {{"v", "x"}}, {.expect = Expect::Offset(7)}));
  work.Ack(group, got.receipt);
  EXPECT_THAT(log().Commit(std::move(work)), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(group.Describe()->pending, 3u);
  EXPECT_THAT(group.Ack(got.receipt), IsOkAndHolds(3));
}

// Without a receipt, as a server does it for its clients.
TEST_P(GroupsTest, ATransactionAcknowledgesWhatIsPendingOfSomeIds) {
  AddThree();
  Stream results = Create("results");
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x", {.count = 2}));
  const std::vector<EntryId> ids = IdsOf(got);
  Transaction work;
  ASSERT_OK(work.Append(results, {{"v", "a"}}));
  work.Ack(group, std::vector{ids[0], ids[0], EntryId{1, 1}});
  work.Ack(group, ids);
  work.Ack(group, std::vector<EntryId>());
  ASSERT_OK_AND_ASSIGN(const CommitResult done, log().Commit(std::move(work)));
  EXPECT_THAT(done.acknowledged, ElementsAre(1, 1, 0)) << "an entry is acknowledged once";
  EXPECT_EQ(group.Describe()->pending, 0u);
  Transaction again;
  again.Ack(group, ids);
  ASSERT_OK_AND_ASSIGN(const CommitResult nothing, log().Commit(std::move(again)));
  EXPECT_THAT(nothing.acknowledged, ElementsAre(0));
  Restart();
  ASSERT_OK_AND_ASSIGN(group, log().OpenGroup("s", "g"));
  EXPECT_EQ(group.Describe()->pending, 0u);
  EXPECT_THAT(ReadAll(group, "x"), ElementsAre("c"));
}

// What is acknowledged by a receipt is not the consumer's a second time.
TEST_P(GroupsTest, ATransactionTakesAnEntryByOneReceiptOnly) {
  AddThree();
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x"));
  Transaction work;
  work.Ack(group, got.receipt);
  work.Ack(group, got.receipt);
  EXPECT_THAT(log().Commit(std::move(work)), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(group.Describe()->pending, 3u);
}

}  // namespace
}  // namespace evlog
