// Consumer groups without a thread for each call.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "log/base/mutex.h"
#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What a callback was called with.
template <typename T>
class Outcome {
 public:
  auto Callback() {
    return [this](absl::StatusOr<T> outcome) {
      MutexLock lock(mu_);
      EXPECT_FALSE(outcome_.has_value()) << "called twice";
      outcome_ = std::move(outcome);
      called_.NotifyAll();
    };
  }
  absl::StatusOr<T> Await() {
    MutexLock lock(mu_);
    while (!outcome_) called_.Wait(mu_);
    return *outcome_;
  }
  bool called() {
    MutexLock lock(mu_);
    return outcome_.has_value();
  }

 private:
  Mutex mu_;
  CondVar called_;
  std::optional<absl::StatusOr<T>> outcome_ ABSL_GUARDED_BY(mu_);
};

class GroupsAsyncTest : public GroupsTest {};

TEST_P(GroupsAsyncTest, ReadsAndSettles) {
  AddThree();
  Group group = MakeGroup();
  Outcome<Deliveries> read;
  group.ReadAsync("x", {.count = 2}, read.Callback());
  const absl::StatusOr<Deliveries> got = read.Await();
  ASSERT_OK(got);
  EXPECT_THAT(ValuesOf(*got), ElementsAre("a", "b"));
  Outcome<uint64_t> nacked, acked, again;
  group.NackAsync(got->receipt.Select([](uint64_t i) { return i == 0; }), {.delay = absl::Hours(1)},
                  nacked.Callback());
  EXPECT_THAT(nacked.Await(), IsOkAndHolds(1));
  group.AckAsync(got->receipt, acked.Callback());
  EXPECT_THAT(acked.Await(), IsOkAndHolds(2));
  group.AckAsync(IdsOf(*got), again.Callback());
  EXPECT_TRUE(again.called()) << "there is nothing to write";
  EXPECT_THAT(again.Await(), IsOkAndHolds(0));
  EXPECT_EQ(group.Describe()->pending, 0u);
}

TEST_P(GroupsAsyncTest, WithoutADeadlineNothingIsAnswerEnough) {
  Create("s");
  Group group = MakeGroup();
  EXPECT_THAT(group.AddConsumer("x"), IsOkAndHolds(true));
  Outcome<Deliveries> read;
  group.ReadAsync("x", {}, read.Callback());
  EXPECT_TRUE(read.called());
  EXPECT_THAT(ValuesOf(*read.Await()), IsEmpty());
}

TEST_P(GroupsAsyncTest, ManyWaitAndEachEntryWakesOne) {
  Stream stream = Create("s");
  Group group = MakeGroup();
  constexpr int kReads = 200;
  std::vector<std::unique_ptr<Outcome<Deliveries>>> reads;
  for (int i = 0; i < kReads; ++i) {
    reads.push_back(std::make_unique<Outcome<Deliveries>>());
    group.ReadAsync("x" + std::to_string(i % 7), Within(absl::Hours(1), 1),
                    reads.back()->Callback());
  }
  for (int i = 0; i < kReads; ++i) Add(stream, std::to_string(i));
  // In the order of coming.
  for (int i = 0; i < kReads; ++i) {
    const absl::StatusOr<Deliveries> got = reads[static_cast<size_t>(i)]->Await();
    ASSERT_OK(got);
    EXPECT_THAT(ValuesOf(*got), ElementsAre(std::to_string(i)));
  }
}

TEST_P(GroupsAsyncTest, BlockedThreadsAndCallsStandInTheSameLine) {
  Stream stream = Create("s");
  Group group = MakeGroup();
  Outcome<Deliveries> first, third;
  group.ReadAsync("x", Within(absl::Hours(1), 1), first.Callback());
  clock_.BlockUntilWaiting(1);  // the thread that runs them
  std::vector<std::string> second;
  std::thread blocked([&] { second = ValuesOf(*group.Read("y", Within(absl::Hours(1), 1))); });
  clock_.BlockUntilWaiting(2);
  group.ReadAsync("z", Within(absl::Hours(1), 1), third.Callback());
  for (const char* value : {"a", "b", "c"}) Add(stream, value);
  EXPECT_THAT(ValuesOf(*first.Await()), ElementsAre("a"));
  blocked.join();
  EXPECT_THAT(second, ElementsAre("b"));
  EXPECT_THAT(ValuesOf(*third.Await()), ElementsAre("c"));
}

TEST_P(GroupsAsyncTest, DeadlinesAndStopsEndAWait) {
  Create("s");
  Group group = MakeGroup();
  Outcome<Deliveries> late, stopped;
  std::stop_source stop;
  group.ReadAsync("x", Within(absl::Seconds(5)), late.Callback());
  GroupReadOptions with_stop = Within(absl::InfiniteDuration());
  with_stop.stop = stop.get_token();
  group.ReadAsync("y", with_stop, stopped.Callback());
  stop.request_stop();
  EXPECT_THAT(stopped.Await(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_FALSE(late.called());
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(ValuesOf(*late.Await()), IsEmpty());
}

TEST_P(GroupsAsyncTest, WhatFallsDueEndsAWait) {
  AddThree();
  Group group = MakeGroup({.ack_wait = absl::Seconds(5)});
  EXPECT_THAT(ReadAll(group, "dead"), SizeIs(3));
  Outcome<Deliveries> read;
  group.ReadAsync("x", Within(absl::Hours(1)), read.Callback());
  EXPECT_FALSE(read.called());
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(ValuesOf(*read.Await()), SizeIs(3));
}

TEST_P(GroupsAsyncTest, WhatOnlyGoesToTheDeadLettersDoesNotEndAWait) {
  AddThree();
  Group group =
      MakeGroup({.ack_wait = absl::Seconds(5), .max_deliveries = 1, .dead_letters = "dead"});
  EXPECT_THAT(ReadAll(group, "dead"), SizeIs(3));
  Outcome<Deliveries> read;
  group.ReadAsync("x", Within(absl::Hours(1)), read.Callback());
  clock_.Advance(absl::Seconds(5));
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s"));
  Add(stream, "d");
  EXPECT_THAT(ValuesOf(*read.Await()), ElementsAre("d"));
  EXPECT_EQ(Read("dead").size(), 3u);
}

TEST_P(GroupsAsyncTest, TheEndOfAGroupOfItsStreamOrOfTheLogEndsAWait) {
  Create("s");
  Group group = MakeGroup();
  Outcome<Deliveries> destroyed, dropped, closed;
  group.ReadAsync("x", Within(absl::InfiniteDuration()), destroyed.Callback());
  ASSERT_OK(log().DestroyGroup("s", "g"));
  EXPECT_THAT(destroyed.Await(), StatusIs(absl::StatusCode::kNotFound));
  MakeGroup().ReadAsync("x", Within(absl::InfiniteDuration()), dropped.Callback());
  ASSERT_OK(log().DropStream("s"));
  EXPECT_THAT(dropped.Await(), StatusIs(absl::StatusCode::kNotFound));
  Create("s");
  group = MakeGroup();
  group.ReadAsync("x", Within(absl::InfiniteDuration()), closed.Callback());
  ASSERT_OK(log().Close());
  EXPECT_THAT(closed.Await(), StatusIs(absl::StatusCode::kFailedPrecondition));
  Close();
  Outcome<Deliveries> after;
  group.ReadAsync("x", {}, after.Callback());
  EXPECT_THAT(after.Await(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

// The log goes away while reads wait, without having been closed.
TEST_P(GroupsAsyncTest, ADestroyedLogEndsAWait) {
  Create("s");
  Group group = MakeGroup();
  Outcome<Deliveries> reads[20];
  for (Outcome<Deliveries>& read : reads) {
    group.ReadAsync("x", Within(absl::InfiniteDuration()), read.Callback());
  }
  Close();
  for (Outcome<Deliveries>& read : reads) {
    EXPECT_THAT(read.Await(), StatusIs(absl::StatusCode::kFailedPrecondition));
  }
}

TEST_P(GroupsAsyncTest, WrongCallsAreToldAtOnce) {
  Create("s");
  Group group = MakeGroup();
  Outcome<Deliveries> nameless, none;
  group.ReadAsync("", {}, nameless.Callback());
  EXPECT_THAT(nameless.Await(), StatusIs(absl::StatusCode::kInvalidArgument));
  group.ReadAsync("x", {.count = 0}, none.Callback());
  EXPECT_THAT(none.Await(), StatusIs(absl::StatusCode::kInvalidArgument));
}

INSTANTIATE_TEST_SUITE_P(Logs, GroupsAsyncTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

}  // namespace
}  // namespace evlog
