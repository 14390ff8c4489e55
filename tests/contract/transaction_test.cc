// Expectations, and transactions over several streams with state.
#include <string>
#include <thread>
#include <vector>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr auto kConflict = absl::StatusCode::kAborted;

EVLOG_CONTRACT_SUITE(TransactionTest);

TEST_P(TransactionTest, AnExpectedVersionHoldsOrNothingIsAppended) {
  Stream stream = Create("s");
  EXPECT_EQ(Add(stream, "a", {.expect = Expect::NoEntries()}).offset, 0u);
  const AppendResult second = Add(stream, "b", {.expect = Expect::Offset(1)});
  const absl::Status late = stream.Append({{"v", "c"}}, {.expect = Expect::Offset(1)}).status();
  EXPECT_THAT(late, StatusIs(kConflict, HasSubstr("offset 1 was expected next, but it is 2")));
  EXPECT_EQ(ConflictOf(late), (Conflict{0, 2, second.last_id}));
  const absl::Status none = stream.Append({{"v", "c"}}, {.expect = Expect::NoEntries()}).status();
  EXPECT_THAT(none, StatusIs(kConflict, HasSubstr("no entries were expected")));
  EXPECT_EQ(ConflictOf(none), ConflictOf(late));
  EXPECT_THAT(stream.Append({{"v", "c"}}, {.expect = Expect::LastId({5, 5})}),
              StatusIs(kConflict, HasSubstr("the last id 5-5 was expected")));
  EXPECT_EQ(Add(stream, "c", {.expect = Expect::LastId(second.last_id)}).offset, 2u);
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a", "b", "c"));
  EXPECT_EQ(ConflictOf(absl::AbortedError("another")), std::nullopt);
}

TEST_P(TransactionTest, VersionsOutliveTrimsAndRestarts) {
  Stream stream = Create("s");
  for (int i = 0; i < 5; ++i) Add(stream, "v");
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 0, .exact = true}}));
  Restart();
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  EXPECT_THAT(stream.Append({{"v", "x"}}, {.expect = Expect::NoEntries()}), StatusIs(kConflict));
  EXPECT_EQ(Add(stream, "x", {.expect = Expect::Offset(5)}).offset, 5u);
}

TEST_P(TransactionTest, OfWritersThatExpectTheSameOneSucceeds) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  constexpr int kThreads = 4, kRounds = 50;
  std::vector<int> wins(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t version = 0; version < kRounds; ++version) {
        const absl::StatusOr<AppendResult> result =
            Stream(stream).Append({{"v", std::to_string(t)}}, {.expect = Expect::Offset(version)});
        if (result.ok()) {
          ++wins[t];
        } else {
          EXPECT_THAT(result.status(), StatusIs(kConflict));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int won = 0;
  for (const int count : wins) won += count;
  EXPECT_EQ(Read("s").size(), static_cast<size_t>(won));
  EXPECT_GE(won, 1);
  EXPECT_LE(won, kRounds);
}

TEST_P(TransactionTest, AVersionOfAKeysPartition) {
  Stream stream = Create("s", {.partitions = 8});
  const AppendResult first = Add(stream, "a", {.key = "k", .expect = Expect::Offset(0)});
  EXPECT_THAT(stream.Append({{"v", "b"}}, {.key = "k", .expect = Expect::Offset(0)}),
              StatusIs(kConflict));
  EXPECT_EQ(Add(stream, "b", {.key = "k", .expect = Expect::Offset(1)}).partition, first.partition);
}

TEST_P(TransactionTest, AllOfItOrNothing) {
  Stream a = Create("a"), b = Create("b", {.partitions = 3, .durability = Durability::kOs});
  Add(a, "a0");
  Transaction good;
  ASSERT_OK(good.Append(a, {{"v", "a1"}}, {.expect = Expect::Offset(1)}));
  ASSERT_OK(good.Append(b, {{"v", "b0"}}, {.key = "k"}));
  ASSERT_OK(good.Append(a, {{"v", "a2"}}, {.expect = Expect::Offset(2)}));
  good.PutState("balances", "ann", "7");
  good.PutState("balances", "bob", "8");
  ASSERT_OK_AND_ASSIGN(const CommitResult result, log().Commit(std::move(good)));
  ASSERT_THAT(result.appends, SizeIs(3));
  EXPECT_EQ(result.appends[0].offset, 1u);
  EXPECT_EQ(result.appends[2].offset, 2u);
  EXPECT_EQ(result.appends[1].position, result.position);
  EXPECT_TRUE(good.empty());

  Transaction bad;
  ASSERT_OK(bad.Append(b, {{"v", "b1"}}, {.key = "k"}));
  bad.PutState("balances", "ann", "1");
  bad.Delete(a, IdsOf(Read("a")));
  ASSERT_OK(bad.Append(a, {{"v", "a3"}}, {.expect = Expect::Offset(3)}));
  ASSERT_OK(bad.Append(a, {{"v", "a4"}}, {.expect = Expect::Offset(3)}));
  EXPECT_THAT(log().Commit(std::move(bad)), StatusIs(kConflict, HasSubstr("\"a\"")));

  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(ValuesOf(Read("a")), ElementsAre("a0", "a1", "a2"));
    EXPECT_THAT(ValuesOf(Read("b")), ElementsAre("b0"));
    EXPECT_THAT(log().GetState("balances", "ann"), IsOkAndHolds("7"));
    EXPECT_THAT(log().GetState("balances", "eve"), IsOkAndHolds(std::nullopt));
    Restart();
  }
  // What was given back is given again: nothing of the offsets is lost.
  ASSERT_OK_AND_ASSIGN(a, log().OpenStream("a"));
  EXPECT_EQ(Add(a, "a3").offset, 3u);
}

TEST_P(TransactionTest, ConditionsWithoutAppends) {
  Stream a = Create("a"), b = Create("b");
  Transaction one;
  one.Require(a, Expect::NoEntries());
  ASSERT_OK(one.Append(b, {{"v", "b0"}}));
  ASSERT_OK_AND_ASSIGN(const CommitResult result, log().Commit(std::move(one)));
  EXPECT_THAT(result.appends, SizeIs(1));
  Add(a, "a0");
  Transaction two;
  two.Require(a, Expect::NoEntries());
  ASSERT_OK(two.Append(b, {{"v", "b1"}}));
  EXPECT_THAT(log().Commit(std::move(two)), StatusIs(kConflict));
  EXPECT_THAT(ValuesOf(Read("b")), ElementsAre("b0"));
}

TEST_P(TransactionTest, StateByItselfAndListed) {
  Transaction first;
  first.PutState("s", "b", "2");
  first.PutState("s", "a", "1");
  first.PutState("s", "ab", "12");
  first.PutState("t", "a", "other");
  first.PutState("s", "c", "3");
  first.DeleteState("s", "c");
  first.PutState("s", std::string("\0", 1), "zero");
  ASSERT_OK(log().Commit(std::move(first)));
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventLog> other, log().InDatabase(1));
  EXPECT_THAT(other->GetState("s", "a"), IsOkAndHolds(std::nullopt));
  other.reset();
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(log().ListState("s"),
                IsOkAndHolds(ElementsAre(Pair(std::string("\0", 1), "zero"), Pair("a", "1"),
                                         Pair("ab", "12"), Pair("b", "2"))));
    EXPECT_THAT(log().ListState("s", {.prefix = "a", .after = "a"}),
                IsOkAndHolds(ElementsAre(Pair("ab", "12"))));
    EXPECT_THAT(log().ListState("s", {.limit = 1}), IsOkAndHolds(SizeIs(1)));
    EXPECT_THAT(log().ListState(""), IsOkAndHolds(IsEmpty()));
    Restart();
  }
  Transaction large;
  large.PutState("s", "k", std::string(17 << 20, 'x'));
  EXPECT_THAT(log().Commit(std::move(large)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("batch_bytes")));
  Transaction wide;
  wide.PutState(std::string(2000, 's'), "k", "");
  EXPECT_THAT(log().Commit(std::move(wide)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(TransactionTest, OfAnotherLog) {
  Stream stream = Create("s");
  TempDir temp;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> other, evlog::Open(temp.Path("log")));
  Transaction transaction;
  ASSERT_OK(transaction.Append(stream, {{"v", "x"}}));
  EXPECT_THAT(other->Commit(std::move(transaction)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("another log")));
  EXPECT_THAT(Read("s"), IsEmpty());
}

}  // namespace
}  // namespace evlog
