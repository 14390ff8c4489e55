#include "log/completions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

RequestList One(AppendCallback done, uint64_t offset = 0, size_t bytes = 0) {
  auto request = std::make_unique<Request>();
  request->done = std::move(done);
  request->result.offset = offset;
  request->bytes = bytes;
  RequestList list;
  list.PushBack(request.release());
  return list;
}

void Push(Completions& completions, RequestList list) {
  completions.Retire(completions.Push(std::move(list)));
}

TEST(CompletionsTest, CallsInTheOrderOfPushes) {
  std::vector<uint64_t> seen;
  std::atomic<size_t> released{0};
  {
    Completions completions([&](size_t bytes) { released += bytes; });
    for (uint64_t i = 0; i < 1000; ++i) {
      RequestList list = One(
          [&, i](const absl::StatusOr<AppendResult>& result) {
            EXPECT_OK(result);
            EXPECT_EQ(result->offset, i);
            seen.push_back(i);
          },
          i, 10);
      Push(completions, std::move(list));
    }
    Push(completions, RequestList());
    completions.Drain();
    ASSERT_EQ(seen.size(), 1000u);
    EXPECT_EQ(released, 1000 * (10 + kRequestOverheadBytes));
  }
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(seen[i], i);
}

TEST(CompletionsTest, AFailedRequestHandsOutItsStatus) {
  absl::Status seen;
  {
    Completions completions([](size_t) {});
    RequestList list = One([&](const auto& result) { seen = result.status(); });
    list.front()->status = absl::UnavailableError("no disk");
    Push(completions, std::move(list));
  }
  EXPECT_THAT(seen, StatusIs(absl::StatusCode::kUnavailable, "no disk"));
}

TEST(CompletionsTest, TheDestructorRunsWhatIsLeft) {
  int seen = 0;
  {
    Completions completions([](size_t) {});
    for (int i = 0; i < 100; ++i) Push(completions, One([&](const auto&) { ++seen; }));
  }
  EXPECT_EQ(seen, 100);
}

TEST(CompletionsTest, CallbacksMayPushMore) {
  std::vector<int> seen;
  Completions completions([](size_t) {});
  Push(completions, One([&](const auto&) {
         EXPECT_TRUE(completions.OnThread());
         seen.push_back(1);
         Push(completions, One([&](const auto&) { seen.push_back(2); }));
       }));
  completions.Drain();
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
  EXPECT_FALSE(completions.OnThread());
}

TEST(CompletionsTest, WhatACallbackHoldsIsFreedAfterIt) {
  auto held = std::make_shared<int>(7);
  Completions completions([](size_t) {});
  Push(completions, One([held](const auto&) { EXPECT_EQ(*held, 7); }));
  completions.Drain();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(CompletionsTest, WhatIsDoneAtOnceIsCalledByWhoeverPushesUnlessItFailed) {
  std::vector<int> seen;
  size_t released = 0;
  Completions completions([&](size_t bytes) { released += bytes; });
  const auto here = std::this_thread::get_id();
  const auto note = [&](const auto& result) {
    EXPECT_EQ(result.ok(), std::this_thread::get_id() == here);
    seen.push_back(result.ok() ? 1 : 2);
  };
  RequestList list = One(note, 0, 10);
  list.front()->done_at_once = true;
  RequestList failed = One(note, 0, 1);
  failed.front()->done_at_once = true;
  failed.front()->status = absl::UnavailableError("no disk");
  list.Append(std::move(failed));
  RequestList called = completions.Push(std::move(list));
  completions.Drain();
  // What failed is for the thread: its callback may need what the caller holds.
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
  EXPECT_EQ(released, 1 + kRequestOverheadBytes);  // the caller may hold locks until it retires
  completions.Retire(std::move(called));
  EXPECT_EQ(released, 11 + 2 * kRequestOverheadBytes);
}

TEST(CompletionsTest, ManyThreadsPush) {
  std::atomic<int> seen{0};
  Completions completions([](size_t) {});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) Push(completions, One([&](const auto&) { ++seen; }));
    });
  }
  for (std::thread& thread : threads) thread.join();
  completions.Drain();
  EXPECT_EQ(seen, 2000);
}

}  // namespace
}  // namespace evlog
