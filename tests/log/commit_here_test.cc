#include "log/commit_here.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/log/engine.h"
#include "tests/log/gate.h"

namespace evlog {
namespace {

// As many appends as it likes, to any streams, are one commit, which is written when it is done.
TEST(CommitHereTest, AThreadMayCommitWhatItQueued) {
  Engine engine;
  const auto first = engine.Stream("first");
  const auto second = engine.Stream("second");
  const uint64_t before = engine.committer().watermarks().written;
  std::vector<uint64_t> commits;
  const auto note = [&](const auto& result) {
    EXPECT_OK(result);
    if (result.ok()) commits.push_back(result->position.commit);
  };
  {
    const CommitHere here;
    engine.AppendAsync(first, "a", Durability::kOs, note);
    engine.AppendAsync(second, "b", Durability::kSync, note);
    engine.AppendAsync(first, "c", Durability::kAsync, [](const auto& r) { EXPECT_OK(r); });
  }
  EXPECT_EQ(engine.committer().watermarks().written, before + 1);
  EXPECT_EQ(engine.ReadValues(first), (std::vector<std::string>{"a", "c"}));
  // Whoever comes after it is served as ever.
  engine.AppendAsync(first, "d", Durability::kOs, note);
  ASSERT_OK(engine.Append(first, "e"));
  ASSERT_OK(engine.Stop());
  // The one that is synced may be answered last.
  EXPECT_THAT(commits, ::testing::UnorderedElementsAre(before + 1, before + 1, before + 2));
}

TEST(CommitHereTest, NothingIsLeftWhenAnotherLeads) {
  Engine engine;
  const auto stream = engine.Stream("s");
  std::atomic<int> done{0};
  const auto count = [&](const auto& result) { done += result.ok(); };
  {
    const CommitHere here;
    engine.AppendAsync(stream, "a", Durability::kOs, count);
    std::thread([&] { EXPECT_OK(engine.Append(stream, "b")); }).join();  // takes it along
  }
  {
    Gate gate("committer.before_write");
    std::thread leader([&] { EXPECT_OK(engine.Append(stream, "c")); });
    gate.AwaitArrivals(1);
    {
      const CommitHere here;
      engine.AppendAsync(stream, "d", Durability::kOs, count);
    }  // does not wait
    EXPECT_EQ(gate.arrivals(), 1);
    gate.Open();
    leader.join();
  }
  ASSERT_OK(engine.Stop());
  EXPECT_EQ(done, 2);
}

TEST(CommitHereTest, WhoCommitsForItselfMakesItsOwnRoom) {
  Engine engine({.in_flight_bytes = 1});
  const auto stream = engine.Stream("s");
  std::atomic<int> done{0};
  {
    const CommitHere here;
    for (int i = 0; i < 5; ++i) {
      engine.AppendAsync(stream, "x", Durability::kOs, [&](const auto& r) { done += r.ok(); });
    }
  }
  ASSERT_OK(engine.Stop());
  EXPECT_EQ(done, 5);
}

TEST(CommitHereTest, WhatIsRefusedNeedsNoCommit) {
  Engine engine;
  const auto stream = engine.Stream("s");
  ASSERT_OK(engine.committer().Close());
  absl::Status refused;
  {
    const CommitHere here;
    engine.AppendAsync(stream, "a", Durability::kOs, [&](const auto& r) { refused = r.status(); });
  }
  ASSERT_OK(engine.Stop());
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace evlog
