#include "log/commit_here.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
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

// A row that says how often it was added to.
class Tally final : public GrowingRow {
 public:
  Row Finish() override { return {Family::kMeta, "tally", std::to_string(count)}; }
  int count = 0;
};

// While another thread leads, which is held up before it writes.
class ExtendTest : public ::testing::Test {
 protected:
  ExtendTest() : stream_(engine_.Stream("s")), gate_("committer.before_write") {
    leader_ = std::thread([this] { led_ = engine_.Append(stream_, "a").status(); });
    gate_.AwaitArrivals(1);
  }
  ~ExtendTest() override { GoOn(); }
  void GoOn() {
    gate_.Open();
    if (leader_.joinable()) leader_.join();
  }

  std::shared_ptr<Tally> Queue() {
    auto request = std::make_unique<Request>();
    const auto tally = std::make_shared<Tally>();
    request->growing = tally;
    request->done = [this](const auto& result) { done_ += result.ok(); };
    EXPECT_OK(engine_.committer().QueueAsync(&request));
    return tally;
  }
  bool Extend(Tally& tally, size_t bytes = 10) {
    return engine_.committer().Extend(tally, bytes, [&] { ++tally.count; });
  }
  std::string Written() {
    const auto row = engine_.store().Get(Family::kMeta, "tally");
    EXPECT_OK(row);
    return row->value_or("none");
  }

  Engine engine_;
  const std::shared_ptr<StreamState> stream_;
  Gate gate_;
  std::thread leader_;
  absl::Status led_;
  std::atomic<int> done_{0};
};

TEST_F(ExtendTest, UntilItsCommitBegins) {
  const std::shared_ptr<Tally> tally = Queue();
  EXPECT_TRUE(Extend(*tally));
  EXPECT_TRUE(Extend(*tally));
  GoOn();
  ASSERT_OK(engine_.Sync());
  EXPECT_EQ(Written(), "2");
  EXPECT_FALSE(Extend(*tally));
  EXPECT_EQ(tally->count, 2);
  ASSERT_OK(engine_.Stop());
  EXPECT_EQ(done_, 1);
}

// Else what it adds would be written before what was queued before it.
TEST_F(ExtendTest, NotOnceSomethingIsBehindIt) {
  const std::shared_ptr<Tally> first = Queue();
  EXPECT_TRUE(Extend(*first));
  engine_.AppendAsync(stream_, "b", Durability::kOs, [](const auto&) {});
  EXPECT_FALSE(Extend(*first));
  const std::shared_ptr<Tally> second = Queue();
  EXPECT_FALSE(Extend(*first));
  EXPECT_TRUE(Extend(*second));
}

TEST_F(ExtendTest, NotWithoutEnd) {
  const std::shared_ptr<Tally> tally = Queue();
  EXPECT_TRUE(Extend(*tally, kGrownBytesMax - 100));
  EXPECT_FALSE(Extend(*tally, 101));
  EXPECT_TRUE(Extend(*tally, 100));
  EXPECT_FALSE(Extend(*tally, 1));
}

TEST_F(ExtendTest, NotWhileTheLogTakesNothing) {
  const std::shared_ptr<Tally> tally = Queue();
  EXPECT_TRUE(Extend(*tally));
  engine_.fs().Arm({.ops = {FileOp::kAppend}, .name_contains = ".log"});
  GoOn();
  EXPECT_FALSE(led_.ok());
  EXPECT_FALSE(Extend(*tally));
  EXPECT_FALSE(engine_.Stop().ok());
  EXPECT_EQ(done_, 0);
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
