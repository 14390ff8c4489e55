#include "evlog/clock.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>

namespace evlog {
namespace {

// What a waiting thread and its test share.
struct Wait {
  std::mutex mu;
  std::condition_variable_any cv;
  bool ready = false;
  int asked = 0;  // how often `ready` was looked at
  bool lock_was_held = true;

  bool Await(absl::Time deadline, const std::stop_token& stop = {}) {
    std::unique_lock<std::mutex> lock(mu);
    const bool result = SystemClock()->Await(lock, cv, deadline, stop, [&] {
      ++asked;
      lock_was_held &= lock.owns_lock();
      cv.notify_all();  // for AwaitAsked
      return ready;
    });
    EXPECT_TRUE(lock.owns_lock());
    return result;
  }
  // Returns once the other thread has looked at `ready` so often: from then on it waits, or holds
  // the lock on its way there.
  void AwaitAsked(int times) {
    std::unique_lock<std::mutex> lock(mu);
    cv.wait(lock, [&] { return asked >= times; });
  }
  void SetReady() {
    std::unique_lock<std::mutex> lock(mu);
    ready = true;
    cv.notify_all();
  }
};

TEST(SystemClockTest, IsOneForTheProcess) { EXPECT_EQ(SystemClock(), SystemClock()); }

TEST(SystemClockTest, Goes) {
  const absl::Time start = SystemClock()->Now();
  EXPECT_GT(start, absl::FromCivil(absl::CivilYear(2024), absl::UTCTimeZone()));
  EXPECT_LT(start, absl::FromCivil(absl::CivilYear(2262), absl::UTCTimeZone()));
  bool changed = false;
  for (int i = 0; i < 100'000'000 && !changed; ++i) changed = SystemClock()->Now() != start;
  EXPECT_TRUE(changed);
}

TEST(SystemClockTest, WhatIsReadyNeedsNoTime) {
  for (const absl::Time deadline :
       {absl::InfinitePast(), absl::UnixEpoch(), absl::InfiniteFuture()}) {
    Wait wait;
    wait.ready = true;
    EXPECT_TRUE(wait.Await(deadline));
    EXPECT_EQ(wait.asked, 1);
    EXPECT_TRUE(wait.lock_was_held);
  }
}

TEST(SystemClockTest, PastDeadlinesDoNotWait) {
  for (const absl::Time deadline : {absl::InfinitePast(), absl::UnixEpoch() - absl::Hours(1),
                                    absl::UnixEpoch(), SystemClock()->Now()}) {
    Wait wait;
    EXPECT_FALSE(wait.Await(deadline));
    EXPECT_TRUE(wait.lock_was_held);
  }
}

TEST(SystemClockTest, ComesBackAfterTheDeadlineAndNotBefore) {
  Wait wait;
  const absl::Time deadline = SystemClock()->Now() + absl::Milliseconds(20);
  EXPECT_FALSE(wait.Await(deadline));
  EXPECT_GE(SystemClock()->Now(), deadline);
}

TEST(SystemClockTest, WakesWithoutCauseDoNotEndTheWait) {
  Wait wait;
  const absl::Time deadline = SystemClock()->Now() + absl::Milliseconds(30);
  std::jthread nuisance([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      wait.cv.notify_all();
      std::this_thread::yield();
    }
  });
  EXPECT_FALSE(wait.Await(deadline));
  EXPECT_GE(SystemClock()->Now(), deadline);
  EXPECT_TRUE(wait.lock_was_held);
}

TEST(SystemClockTest, WakesWhenReady) {
  for (const absl::Time deadline :
       {SystemClock()->Now() + absl::Hours(1), absl::FromUnixSeconds(9'223'372'036),
        absl::FromUnixSeconds(9'223'372'037), absl::FromUnixSeconds(1'000'000'000'000),
        absl::InfiniteFuture()}) {
    Wait wait;
    std::jthread other([&] {
      wait.AwaitAsked(1);
      wait.SetReady();
    });
    EXPECT_TRUE(wait.Await(deadline)) << absl::FormatTime(deadline);
    EXPECT_TRUE(wait.lock_was_held);
  }
}

TEST(SystemClockTest, StopEndsTheWait) {
  for (const absl::Time deadline :
       {SystemClock()->Now() + absl::Hours(1), absl::InfiniteFuture()}) {
    Wait wait;
    std::stop_source source;
    std::jthread other([&] {
      wait.AwaitAsked(1);
      source.request_stop();
    });
    EXPECT_FALSE(wait.Await(deadline, source.get_token()));
  }
}

TEST(SystemClockTest, AStopOfEarlierCountsAndReadyOutweighsIt) {
  std::stop_source source;
  source.request_stop();
  Wait wait;
  EXPECT_FALSE(wait.Await(absl::InfiniteFuture(), source.get_token()));
  wait.ready = true;
  EXPECT_TRUE(wait.Await(absl::InfiniteFuture(), source.get_token()));
}

}  // namespace
}  // namespace evlog
