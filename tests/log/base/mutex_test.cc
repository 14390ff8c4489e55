#include "log/base/mutex.h"

#include <gtest/gtest.h>

#include <deque>
#include <thread>
#include <vector>

namespace evlog {
namespace {

TEST(MutexTest, ExcludesOthers) {
  Mutex mu;
  int64_t count = 0;
  constexpr int kThreads = 4;
  constexpr int kRounds = 20'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        MutexLock lock(mu);
        const int64_t seen = count;  // lost when another thread comes in between
        count = seen + 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, int64_t{kThreads} * kRounds);
}

TEST(MutexTest, TryLockSaysWhetherItIsHeld) {
  Mutex mu;
  const auto try_from_another_thread = [&mu] {
    bool locked = false;
    std::thread([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      locked = mu.TryLock();
      if (locked) mu.Unlock();
    }).join();
    return locked;
  };
  EXPECT_TRUE(try_from_another_thread());
  {
    MutexLock lock(mu);
    EXPECT_FALSE(try_from_another_thread());
  }
  EXPECT_TRUE(try_from_another_thread());
}

TEST(CondVarTest, WaitGivesTheLockAwayAndTakesItBack) {
  struct {
    Mutex mu;
    CondVar cv;
    bool asked ABSL_GUARDED_BY(mu) = false;
    bool answered ABSL_GUARDED_BY(mu) = false;
  } state;
  std::thread answerer([&state] {
    MutexLock lock(state.mu);
    while (!state.asked) state.cv.Wait(state.mu);
    state.answered = true;
    state.cv.NotifyAll();
  });
  {
    MutexLock lock(state.mu);
    state.asked = true;
    state.cv.NotifyAll();
    // The other thread cannot answer unless this wait lets it in.
    while (!state.answered) state.cv.Wait(state.mu);
    EXPECT_TRUE(state.answered);
  }
  answerer.join();
}

TEST(CondVarTest, PassesItemsOnOneByOne) {
  struct {
    Mutex mu;
    CondVar not_empty;
    CondVar not_full;
    std::deque<int> items ABSL_GUARDED_BY(mu);
  } queue;
  constexpr int kItems = 5000;
  std::thread producer([&queue] {
    for (int i = 0; i < kItems; ++i) {
      MutexLock lock(queue.mu);
      while (queue.items.size() >= 2) queue.not_full.Wait(queue.mu);
      queue.items.push_back(i);
      queue.not_empty.NotifyOne();
    }
  });
  for (int expected = 0; expected < kItems; ++expected) {
    MutexLock lock(queue.mu);
    while (queue.items.empty()) queue.not_empty.Wait(queue.mu);
    ASSERT_EQ(queue.items.front(), expected);
    queue.items.pop_front();
    queue.not_full.NotifyOne();
  }
  producer.join();
}

}  // namespace
}  // namespace evlog
