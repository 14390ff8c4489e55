#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/rng.h"

namespace evlog {
namespace {

struct Wait {
  std::mutex mu;
  std::condition_variable_any cv;
  bool ready = false;

  bool Await(Clock* clock, absl::Time deadline, const std::stop_token& stop = {}) {
    std::unique_lock<std::mutex> lock(mu);
    const bool result = clock->Await(lock, cv, deadline, stop, [&] {
      EXPECT_TRUE(lock.owns_lock());
      return ready;
    });
    EXPECT_TRUE(lock.owns_lock());
    return result;
  }
  void SetReady() {
    std::unique_lock<std::mutex> lock(mu);
    ready = true;
    cv.notify_all();
  }
};

TEST(ManualClockTest, StandsUntilItIsWound) {
  const absl::Time start = absl::FromUnixSeconds(1000);
  ManualClock clock(start);
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Milliseconds(5));
  EXPECT_EQ(clock.Now(), start + absl::Milliseconds(5));
  clock.Advance(-absl::Seconds(1));
  EXPECT_EQ(clock.Now(), start - absl::Milliseconds(995));
  clock.Set(start);
  EXPECT_EQ(clock.Now(), start);
}

TEST(ManualClockTest, WhatIsReadyOrPastDoesNotWait) {
  ManualClock clock;
  Wait wait;
  for (const absl::Time deadline :
       {absl::InfinitePast(), clock.Now() - absl::Nanoseconds(1), clock.Now()}) {
    EXPECT_FALSE(wait.Await(&clock, deadline));
  }
  wait.ready = true;
  EXPECT_TRUE(wait.Await(&clock, absl::InfinitePast()));
  EXPECT_TRUE(wait.Await(&clock, absl::InfiniteFuture()));
}

TEST(ManualClockTest, WakesAtTheDeadlineAndNotBefore) {
  ManualClock clock;
  Wait wait;
  std::atomic<bool> done{false};
  std::jthread waiter([&] {
    EXPECT_FALSE(wait.Await(&clock, clock.Now() + absl::Seconds(10)));
    done = true;
  });
  clock.BlockUntilWaiting(1);
  clock.Advance(absl::Seconds(10) - absl::Nanoseconds(1));
  clock.BlockUntilWaiting(1);  // it looked at the time, and waits again
  EXPECT_FALSE(done);
  clock.Advance(absl::Nanoseconds(1));
  waiter.join();
  EXPECT_TRUE(done);
}

TEST(ManualClockTest, SteppingBackPutsTheDeadlineOff) {
  ManualClock clock;
  const absl::Time start = clock.Now();
  Wait wait;
  std::jthread waiter([&] { EXPECT_FALSE(wait.Await(&clock, start + absl::Seconds(1))); });
  clock.BlockUntilWaiting(1);
  clock.Set(start - absl::Hours(1));
  clock.BlockUntilWaiting(1);
  clock.Advance(absl::Hours(1));
  clock.BlockUntilWaiting(1);
  clock.Set(start + absl::Seconds(1));
}

TEST(ManualClockTest, WakesWhenReadyWithoutTime) {
  ManualClock clock;
  Wait wait;
  std::jthread other([&] {
    clock.BlockUntilWaiting(1);
    wait.cv.notify_all();  // without cause
    wait.SetReady();
  });
  EXPECT_TRUE(wait.Await(&clock, absl::InfiniteFuture()));
}

TEST(ManualClockTest, StopEndsTheWaitAndReadyOutweighsIt) {
  ManualClock clock;
  Wait wait;
  std::stop_source source;
  std::jthread other([&] {
    clock.BlockUntilWaiting(1);
    source.request_stop();
  });
  EXPECT_FALSE(wait.Await(&clock, absl::InfiniteFuture(), source.get_token()));
  EXPECT_FALSE(wait.Await(&clock, absl::InfiniteFuture(), source.get_token()));
  wait.ready = true;
  EXPECT_TRUE(wait.Await(&clock, absl::InfiniteFuture(), source.get_token()));
}

TEST(ManualClockTest, MayBeWoundWithTheWaitersLockHeld) {
  ManualClock clock;
  Wait wait;
  std::jthread waiter([&] { EXPECT_FALSE(wait.Await(&clock, clock.Now() + absl::Seconds(1))); });
  clock.BlockUntilWaiting(1);
  std::unique_lock<std::mutex> lock(wait.mu);
  clock.Advance(absl::Seconds(1));
}

TEST(ManualClockTest, WakesAllWhoseTimeHasCome) {
  ManualClock clock;
  constexpr int kWaiters = 6;
  std::atomic<int> done{0};
  std::vector<std::jthread> threads;
  for (int i = 1; i <= kWaiters; ++i) {
    threads.emplace_back([&, deadline = clock.Now() + absl::Seconds(i)] {
      Wait wait;  // each its own lock and condition variable, gone right after
      EXPECT_FALSE(wait.Await(&clock, deadline));
      ++done;
    });
  }
  clock.BlockUntilWaiting(kWaiters);
  clock.Advance(absl::Seconds(4));
  for (int i = 0; i < 4; ++i) threads[i].join();
  clock.BlockUntilWaiting(2);
  EXPECT_EQ(done, 4);
  clock.Advance(absl::Hours(1));
  for (int i = 4; i < kWaiters; ++i) threads[i].join();
  EXPECT_EQ(done, kWaiters);
}

// Waiters that come and go while others wind, make ready and stop: none is left behind (the test
// would hang), none is touched after it has gone (the sanitizers would tell).
TEST(ManualClockTest, NoWakeIsLostInTheCrowd) {
  ManualClock clock;
  constexpr int kWaiters = 3;
  constexpr int kRounds = 2000;
  std::atomic<int> running{kWaiters};
  std::vector<std::jthread> threads;
  const uint64_t seed = TestSeed(5);
  for (int t = 0; t < kWaiters; ++t) {
    threads.emplace_back([&, t] {
      Rng rng(seed + static_cast<uint64_t>(t));
      for (int i = 0; i < kRounds; ++i) {
        auto wait = std::make_unique<Wait>();
        std::stop_source source;
        const absl::Time deadline =
            clock.Now() + absl::Milliseconds(static_cast<int64_t>(rng.Below(3)));
        switch (rng.Below(3)) {
          case 0: {
            wait->Await(&clock, deadline);
            break;
          }
          case 1: {
            std::jthread stopper([&] { source.request_stop(); });
            wait->Await(&clock, absl::InfiniteFuture(), source.get_token());
            break;
          }
          default: {
            std::jthread readier([&] { wait->SetReady(); });
            wait->Await(&clock, deadline, source.get_token());
          }
        }
      }
      --running;
    });
  }
  while (running > 0) {
    clock.Advance(absl::Milliseconds(1));
    std::this_thread::yield();
  }
}

}  // namespace
}  // namespace evlog
