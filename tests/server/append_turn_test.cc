#include "server/append_turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evlog/event_log.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog::server {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ne;

// A turn over a log with streams s0 and s1; waiters are told apart by their slots.
class AppendTurnTest : public ::testing::Test {
 protected:
  AppendTurnTest()
      : turn_({}, [this](std::unique_ptr<SharedAppend> done) {
          const std::lock_guard<std::mutex> lock(mu_);
          answered_ += done->waiters.size();
          done_.push_back(std::move(done));
          came_.notify_all();
        }) {}

  void SetUp() override {
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(directory_.path());
    ASSERT_OK(log);
    log_ = *std::move(log);
    for (int i = 0; i < 2; ++i) {
      ASSERT_OK_AND_ASSIGN(
          streams_[i], log_->OpenStream("s" + std::to_string(i), {.durability = Durability::kOs}));
    }
  }

  void Add(int stream, TurnPlace* connection, const TrimOptions& trim = {}) {
    const std::string number = std::to_string(slot_);
    turn_.Add(streams_[stream], &places_[stream], {{"n", number}}, trim, {nullptr, slot_++},
              connection);
  }
  static TrimOptions Keep(uint64_t entries) {
    TrimOptions trim;
    trim.keep.max_entries = entries;
    trim.keep.exact = true;
    return trim;
  }
  // To s1, not by way of the turn; what commit it was in is told as soon as that is written.
  void AppendHere(std::string_view number, uint64_t* commit) {
    Batch batch;
    ASSERT_OK(batch.Add({{"n", number}}));
    AppendOptions options;
    options.done_at_once = true;
    streams_[1].AppendAsync(std::move(batch), options,
                            [commit](const absl::StatusOr<AppendResult>& result) {
                              *commit = result.ok() ? result->position.commit : 0;
                            });
  }
  void AwaitAll() {
    std::unique_lock<std::mutex> lock(mu_);
    came_.wait(lock, [this] { return answered_ == slot_; });
  }
  // The slots of all entries, in the order in which the log took them.
  std::vector<uint64_t> Taken() {
    const std::lock_guard<std::mutex> lock(mu_);
    std::vector<uint64_t> slots;
    for (const auto& append : done_) {
      for (const SharedAppend::Waiter& waiter : append->waiters) slots.push_back(waiter.slot);
    }
    return slots;
  }
  std::vector<std::string> NumbersIn(const std::string& stream) {
    std::vector<std::string> numbers;
    absl::StatusOr<Cursor> cursor = log_->Read({.stream = stream, .until = Bound::End()});
    ChunkView chunk;
    while (cursor->Next(&chunk).value_or(false)) {
      for (const EntryView& entry : chunk) numbers.emplace_back(*entry.fields.Find("n"));
    }
    return numbers;
  }

  TempDir directory_;
  std::unique_ptr<EventLog> log_;
  Stream streams_[2];
  TurnPlace places_[2];
  uint64_t slot_ = 0;
  std::mutex mu_;
  std::condition_variable came_;
  size_t answered_ = 0;
  std::vector<std::unique_ptr<SharedAppend>> done_;
  AppendTurn turn_;
};

TEST_F(AppendTurnTest, EntriesOfAStreamShareAnAppend) {
  TurnPlace a, b;
  Add(0, &a);
  Add(0, &b);
  Add(0, &a);
  turn_.Submit();
  AwaitAll();
  ASSERT_EQ(done_.size(), 1u);
  EXPECT_OK(done_[0]->status);
  EXPECT_EQ(done_[0]->result.count, 3u);
  EXPECT_EQ(done_[0]->result.last_id.seq, done_[0]->result.first_id.seq + 2);
  EXPECT_THAT(NumbersIn("s0"), ElementsAre("0", "1", "2"));
}

TEST_F(AppendTurnTest, OnlyEntriesOfTheSameTrimShare) {
  TurnPlace a;
  for (int i = 0; i < 5; ++i) Add(0, &a, Keep(2));
  turn_.Submit();
  AwaitAll();
  EXPECT_EQ(done_.size(), 1u);
  EXPECT_THAT(NumbersIn("s0"), ElementsAre("3", "4"));
  Add(0, &a);           // 5
  Add(0, &a, Keep(4));  // 6: all four are there
  Add(0, &a, Keep(1));  // 7
  Add(0, &a);           // 8: not trimmed with the one before
  turn_.Submit();
  AwaitAll();
  EXPECT_EQ(done_.size(), 5u);
  EXPECT_THAT(NumbersIn("s0"), ElementsAre("7", "8"));
  // Each may remove one more than it adds, so three of them remove six.
  for (int i = 0; i < 8; ++i) Add(0, &a);
  turn_.Submit();
  TrimOptions few = Keep(1);
  few.limit = 2;
  for (int i = 0; i < 3; ++i) Add(0, &a, few);
  turn_.Submit();
  AwaitAll();
  EXPECT_EQ(NumbersIn("s0").size(), 2 + 8 + 3 - 6);
}

TEST_F(AppendTurnTest, AConnectionsEntriesKeepTheirOrderOverStreams) {
  TurnPlace a, b;
  Add(0, &a);  // s0
  Add(1, &a);  // s1
  Add(0, &b);  // joins the first
  Add(0, &a);  // must not: it would come before what `a` added to s1
  turn_.Submit();
  AwaitAll();
  EXPECT_EQ(done_.size(), 3u);
  EXPECT_THAT(Taken(), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(NumbersIn("s0"), ElementsAre("0", "2", "3"));
}

TEST_F(AppendTurnTest, WhatIsAppendedAloneComesAfterWhatWasAdded) {
  TurnPlace a;
  Add(0, &a);
  Batch batch;
  ASSERT_OK(batch.Add({{"n", "alone"}}));
  turn_.AppendAlone(streams_[0], std::move(batch), {}, {}, {nullptr, slot_++});
  Add(0, &a);
  turn_.Submit();
  AwaitAll();
  EXPECT_EQ(done_.size(), 3u);
  EXPECT_THAT(NumbersIn("s0"), ElementsAre("0", "alone", "2"));
}

TEST_F(AppendTurnTest, WhatIsJoinedIsCommittedBehindWhatTheConnectionAdded) {
  TurnPlace a, b;
  Add(0, &a);
  // Of another connection: nothing has to go first.
  turn_.Join(b);
  uint64_t of_b = 0, of_a = 0;
  AppendHere("b", &of_b);
  turn_.Join(a);
  AppendHere("a", &of_a);
  EXPECT_EQ(of_a, 0u) << "the turn is not over";
  turn_.Submit();
  // All of it in one commit, in that order.
  EXPECT_NE(of_a, 0u);
  EXPECT_EQ(of_a, of_b);
  ASSERT_EQ(done_.size(), 1u);
  EXPECT_EQ(done_[0]->result.position.commit, of_a);
  EXPECT_THAT(NumbersIn("s1"), ElementsAre("b", "a"));
}

TEST_F(AppendTurnTest, AFloodOfWhatIsJoinedIsCommittedInBetween) {
  constexpr int kFlood = 1000;
  std::vector<uint64_t> commits(kFlood);
  for (uint64_t& commit : commits) {
    turn_.Join({});
    AppendHere("x", &commit);
  }
  EXPECT_NE(commits[kFlood / 2], 0u);
  turn_.Submit();
  EXPECT_THAT(commits, Each(Ne(0)));
}

TEST_F(AppendTurnTest, OnlySmallEntriesShare) {
  EXPECT_TRUE(turn_.Shares({{"f", "v"}}));
  EXPECT_FALSE(turn_.Shares({{"f", std::string(AppendTurn::kEntryBytesMax, 'x')}}));
  const AppendTurn narrow({.fields = 1}, nullptr);
  EXPECT_FALSE(narrow.Shares({{"a", "1"}, {"b", "2"}}));
  const AppendTurn small({.entry_bytes = 40}, nullptr);
  EXPECT_TRUE(small.Shares({{"f", "v"}}));
  EXPECT_FALSE(small.Shares({{"f", "more than there is room for"}}));
}

TEST_F(AppendTurnTest, AnyMixtureKeepsTheOrderOfEachConnection) {
  Rng rng(TestSeed(11));
  TurnPlace connections[3];
  std::vector<std::vector<uint64_t>> sent(3);
  for (int i = 0; i < 2000; ++i) {
    const size_t connection = rng.Below(3);
    sent[connection].push_back(slot_);
    Add(static_cast<int>(rng.Below(2)), &connections[connection]);
    if (rng.Percent(5)) turn_.Submit();
  }
  turn_.Submit();
  AwaitAll();
  const std::vector<uint64_t> taken = Taken();
  ASSERT_EQ(taken.size(), 2000u);
  for (const std::vector<uint64_t>& own : sent) {
    size_t next = 0;
    for (const uint64_t slot : taken) {
      if (next < own.size() && slot == own[next]) ++next;
    }
    EXPECT_EQ(next, own.size());
  }
}

}  // namespace
}  // namespace evlog::server
