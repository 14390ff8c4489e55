// Consumer groups: who waits for entries, and is served in turn.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GroupsWaitTest : public GroupsTest {};

// A clock that goes on by a millisecond right after it was asked for the nth time from now, and
// remembers until when somebody last waited.
class StepClock final : public Clock {
 public:
  explicit StepClock(ManualClock* clock) : clock_(*clock) {}

  absl::Time Now() override {
    const absl::Time now = clock_.Now();
    if (left_.fetch_sub(1) == 1) clock_.Advance(absl::Milliseconds(1));
    return now;
  }
  bool Await(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
             absl::Time deadline, const std::stop_token& stop,
             const std::function<bool()>& ready) override {
    if (!ready()) deadline_ = deadline;
    return clock_.Await(lock, cv, deadline, stop, ready);
  }
  void StepAfter(int n) {
    deadline_ = absl::InfinitePast();
    left_ = n;
  }
  absl::Time deadline() const { return deadline_; }

 private:
  ManualClock& clock_;
  std::atomic<int> left_ = 0;
  std::atomic<absl::Time> deadline_ = absl::InfinitePast();
};

TEST_P(GroupsWaitTest, WaitsForAnEntryAndGetsIt) {
  Stream stream = Create("s");
  Group group = MakeGroup();
  std::thread waiter([&] {
    const absl::StatusOr<Deliveries> got = group.Read("x", Within(absl::Minutes(1)));
    EXPECT_OK(got);
    EXPECT_THAT(ValuesOf(*got), ElementsAre("a"));
  });
  clock_.BlockUntilWaiting(1);
  Add(stream, "a");
  waiter.join();
}

TEST_P(GroupsWaitTest, ADeadlineEndsAWaitWithNothing) {
  Create("s");
  Group group = MakeGroup();
  std::thread waiter([&] {
    const absl::StatusOr<Deliveries> got = group.Read("x", Within(absl::Seconds(5)));
    EXPECT_OK(got);
    EXPECT_TRUE(got->empty());
  });
  clock_.BlockUntilWaiting(1);
  clock_.Advance(absl::Seconds(5));
  waiter.join();
}

TEST_P(GroupsWaitTest, AStopEndsAWait) {
  Create("s");
  Group group = MakeGroup();
  std::stop_source stop;
  std::thread waiter([&] {
    GroupReadOptions options = Within(absl::InfiniteDuration());
    options.stop = stop.get_token();
    EXPECT_THAT(group.Read("x", options), StatusIs(absl::StatusCode::kCancelled));
  });
  clock_.BlockUntilWaiting(1);
  stop.request_stop();
  waiter.join();
}

// Each waits in line, and gets as many as it asked for, the first first.
TEST_P(GroupsWaitTest, WhoWaitsIsServedInTurn) {
  Stream stream = Create("s");
  Group group = MakeGroup();
  std::vector<std::string> got[3];
  std::vector<std::thread> waiters;
  for (size_t i = 0; i < 3; ++i) {
    waiters.emplace_back([&, i] {
      const absl::StatusOr<Deliveries> read =
          group.Read("c" + std::to_string(i), Within(absl::Minutes(1), 2));
      EXPECT_OK(read);
      got[i] = ValuesOf(*read);
    });
    clock_.BlockUntilWaiting(i + 1);
  }
  Batch batch;
  for (const char* value : {"a", "b", "c"}) ASSERT_OK(batch.Add({{"v", value}}));
  ASSERT_OK(stream.Append(std::move(batch)));
  waiters[0].join();
  waiters[1].join();
  EXPECT_THAT(got[0], ElementsAre("a", "b"));
  EXPECT_THAT(got[1], ElementsAre("c"));
  Add(stream, "d");
  waiters[2].join();
  EXPECT_THAT(got[2], ElementsAre("d"));
}

TEST_P(GroupsWaitTest, WhatBecomesDueReachesWhoWaits) {
  AddThree();
  Group group = MakeGroup({.ack_wait = absl::Seconds(30)});
  EXPECT_THAT(ReadAll(group, "dies"), SizeIs(3));
  std::thread waiter([&] {
    const absl::StatusOr<Deliveries> got = group.Read("lives", Within(absl::Hours(1)));
    EXPECT_OK(got);
    EXPECT_THAT(ValuesOf(*got), SizeIs(3));
  });
  clock_.BlockUntilWaiting(1);
  clock_.Advance(absl::Seconds(30));
  waiter.join();
}

TEST_P(GroupsWaitTest, WhatIsGivenBackReachesWhoWaits) {
  AddThree();
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries mine, group.Read("x"));
  std::thread waiter([&] {
    const absl::StatusOr<Deliveries> got = group.Read("y", Within(absl::Hours(1)));
    EXPECT_OK(got);
    EXPECT_THAT(ValuesOf(*got), SizeIs(3));
  });
  clock_.BlockUntilWaiting(1);
  EXPECT_THAT(group.Nack(mine.receipt), IsOkAndHolds(3));
  waiter.join();
}

// Whatever moment of a look the entry falls due in: who then waits does not wait past that time.
TEST_P(GroupsWaitTest, AnEntryThatFallsDueDuringALookIsNotMissed) {
  Close();
  StepClock steps(&clock_);
  OpenOptions with_steps = Options();
  with_steps.clock = &steps;
  Open(with_steps);
  AddThree();
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries mine, group.Read("x", {.count = 100}));
  for (int step = 1; step <= 8; ++step) {
    EXPECT_THAT(group.Nack(IdsOf(mine), {.delay = absl::Milliseconds(10)}), IsOkAndHolds(3));
    const absl::Time due = clock_.Now() + absl::Milliseconds(10);
    clock_.Advance(absl::Milliseconds(9));
    std::stop_source stop;
    std::atomic<bool> done = false;
    steps.StepAfter(step);
    std::thread waiter([&] {
      const absl::StatusOr<Deliveries> got =
          group.Read("y", {.deadline = absl::InfiniteFuture(), .stop = stop.get_token()});
      EXPECT_OK(got);
      EXPECT_THAT(ValuesOf(*got), SizeIs(3)) << "step " << step;
      done = true;
    });
    while (!done && steps.deadline() == absl::InfinitePast()) std::this_thread::yield();
    if (!done && steps.deadline() > due) stop.request_stop();
    clock_.Advance(absl::Milliseconds(1));
    waiter.join();
  }
  Close();  // before its clock
}

// The first in line may have nothing new; that is no reason for the second to wait.
TEST_P(GroupsWaitTest, WhoIsAtItsLimitLetsTheNextOneThrough) {
  AddThree();
  Group group = MakeGroup({.max_in_flight_of_consumer = 3});
  EXPECT_THAT(ReadAll(group, "full"), SizeIs(3));
  std::thread full([&] {
    EXPECT_THAT(group.Read("full", Within(absl::Hours(1))), StatusIs(absl::StatusCode::kNotFound));
  });
  clock_.BlockUntilWaiting(1);
  std::thread next([&] {
    const absl::StatusOr<Deliveries> got = group.Read("next", Within(absl::Hours(1)));
    EXPECT_OK(got);
    EXPECT_THAT(ValuesOf(*got), ElementsAre("d"));
  });
  clock_.BlockUntilWaiting(2);
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s"));
  Add(stream, "d");
  next.join();
  ASSERT_OK(log().DestroyGroup("s", "g"));
  full.join();
}

TEST_P(GroupsWaitTest, AllWhoWaitLearnThatTheirGroupIsDestroyed) {
  Create("s");
  Group group = MakeGroup();
  std::vector<std::thread> waiters;
  for (size_t i = 0; i < 3; ++i) {
    waiters.emplace_back([&] {
      EXPECT_THAT(group.Read("x", Within(absl::InfiniteDuration())),
                  StatusIs(absl::StatusCode::kNotFound, HasSubstr("destroyed")));
    });
  }
  clock_.BlockUntilWaiting(3);
  ASSERT_OK(log().DestroyGroup("s", "g"));
  for (std::thread& waiter : waiters) waiter.join();
}

TEST_P(GroupsWaitTest, AllWhoWaitLearnThatTheirStreamIsDropped) {
  Create("s");
  Group group = MakeGroup();
  std::vector<std::thread> waiters;
  for (size_t i = 0; i < 3; ++i) {
    waiters.emplace_back([&] {
      EXPECT_THAT(group.Read("x", Within(absl::InfiniteDuration())),
                  StatusIs(absl::StatusCode::kNotFound, HasSubstr("dropped")));
    });
  }
  clock_.BlockUntilWaiting(3);
  ASSERT_OK(log().DropStream("s"));
  for (std::thread& waiter : waiters) waiter.join();
  Create("s");
  EXPECT_THAT(log().ListGroups("s"), IsOkAndHolds(IsEmpty()));
}

TEST_P(GroupsWaitTest, AllWhoWaitLearnThatTheLogIsClosed) {
  Create("s");
  Group group = MakeGroup();
  std::vector<std::thread> waiters;
  for (size_t i = 0; i < 3; ++i) {
    waiters.emplace_back([&] {
      EXPECT_THAT(group.Read("x", Within(absl::InfiniteDuration())),
                  StatusIs(absl::StatusCode::kFailedPrecondition));
    });
  }
  clock_.BlockUntilWaiting(3);
  ASSERT_OK(log().Close());
  for (std::thread& waiter : waiters) waiter.join();
}

INSTANTIATE_TEST_SUITE_P(Logs, GroupsWaitTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

}  // namespace
}  // namespace evlog
