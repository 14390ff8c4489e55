// Repeated appends against the committer: when a duplicate is answered, what a failed write leaves
// of what was to be remembered, and which rows there are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "log/log.h"
#include "tests/log/gate.h"
#include "tests/log/store_peer.h"
#include "tests/support/answers.h"
#include "tests/support/fault_fs.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

const auto kUnknown = absl::StatusCode::kUnavailable;

class IdempotentLogTest : public ::testing::Test {
 protected:
  IdempotentLogTest() : fs_(std::make_shared<FaultFs>(temp_.Path("stash"))) {
    options_.clock = &clock_;
    options_.maintenance_interval = absl::InfiniteDuration();
    Open();
  }
  ~IdempotentLogTest() override { log_.reset(); }

  void Open() {
    stream_.reset();
    log_.reset();
    absl::StatusOr<std::unique_ptr<Log>> log = Log::Open(temp_.Path("log"), options_, {fs_});
    ASSERT_OK(log);
    log_ = *std::move(log);
    absl::StatusOr<Catalog::Found> found =
        log_->catalog().FindOrCreate(0, "s", {.durability = Durability::kOs});
    ASSERT_OK(found);
    stream_ = found->stream;
  }

  static internal::BatchData BatchOf(std::string_view value) {
    internal::BatchData batch;
    EXPECT_OK(batch.Add({{"v", value}}, {}));
    return batch;
  }
  absl::StatusOr<AppendResult> Append(std::string_view id, std::string_view value = "v",
                                      Durability durability = Durability::kOs) {
    return log_->Append(stream_, BatchOf(value),
                        {.idempotence = Idempotence::Id("p", id), .durability = durability});
  }
  uint64_t Rows() {
    const Store& store = log_->store();
    EXPECT_OK(StorePeer::RewriteAll(store, Family::kIdempotence));
    uint64_t count = 0;
    StoreIterator rows = store.ScanAll(Family::kIdempotence);
    for (rows.SeekToFirst(); rows.Valid(); rows.Next()) ++count;
    EXPECT_OK(rows.status());
    return count;
  }

  TempDir temp_;
  ManualClock clock_;
  OpenOptions options_;
  std::shared_ptr<FaultFs> fs_;
  std::unique_ptr<Log> log_;
  std::shared_ptr<StreamState> stream_;
};

TEST_F(IdempotentLogTest, ADuplicateIsNotAnsweredBeforeItsOriginalIsWritten) {
  Answers answers;
  std::thread repeats;
  std::atomic<bool> answered{false};
  {
    Gate gate("committer.before_write");
    log_->AppendAsync(stream_, BatchOf("v"), {.idempotence = Idempotence::Id("p", "x")},
                      answers.Collect());
    gate.AwaitArrivals(1);
    // The original is on its way to the disk; this one is queued behind it.
    repeats = std::thread([&] {
      const absl::StatusOr<AppendResult> result = Append("x");
      answered = true;
      EXPECT_OK(result);
      EXPECT_TRUE(result->duplicate);
      EXPECT_NE(result->position.commit, 0u);
    });
    log_->AppendAsync(stream_, BatchOf("v"), {.idempotence = Idempotence::Id("p", "x")},
                      answers.Collect());
    // What is only to be ordered is answered at once.
    const absl::StatusOr<AppendResult> ordered = Append("x", "v", Durability::kAsync);
    EXPECT_OK(ordered);
    EXPECT_TRUE(ordered->duplicate);
    EXPECT_EQ(answers.size(), 0u);
    EXPECT_FALSE(answered);
  }
  repeats.join();
  const std::vector<absl::StatusOr<AppendResult>> results = answers.Await(2);
  ASSERT_OK(results[0]);
  ASSERT_OK(results[1]);
  EXPECT_FALSE(results[0]->duplicate);
  EXPECT_TRUE(results[1]->duplicate);
  EXPECT_EQ(results[1]->first_id, results[0]->first_id);
  EXPECT_EQ(results[1]->position, results[0]->position);
  EXPECT_EQ(stream_->Tail(0).next_offset, 1u);
}

TEST_F(IdempotentLogTest, ADuplicateWaitsForTheDiskWhereItIsAskedTo) {
  ASSERT_OK(Append("x"));
  const uint64_t before = fs_->count(FileOp::kSync);
  ASSERT_OK(Append("x"));
  EXPECT_EQ(fs_->count(FileOp::kSync), before);
  ASSERT_OK_AND_ASSIGN(const AppendResult result, Append("x", "v", Durability::kSync));
  EXPECT_TRUE(result.duplicate);
  EXPECT_GT(fs_->count(FileOp::kSync), before);
}

TEST_F(IdempotentLogTest, WhatWasNotWrittenIsNotRemembered) {
  ASSERT_OK(Append("before"));
  fs_->Arm({.ops = {FileOp::kAppend}});
  {
    Gate gate("committer.before_write");
    std::thread fails([&] { EXPECT_THAT(Append("x"), StatusIs(kUnknown)); });
    gate.AwaitArrivals(1);
    Answers answers;
    log_->AppendAsync(stream_, BatchOf("v"), {.idempotence = Idempotence::Id("p", "x")},
                      answers.Collect());
    gate.Open();
    fails.join();
    EXPECT_THAT(answers.Await(1)[0], StatusIs(kUnknown));
  }
  EXPECT_THAT(Append("x"), StatusIs(absl::StatusCode::kFailedPrecondition));
  fs_->Disarm();
  ASSERT_OK(log_->Reopen());
  const uint64_t kept = stream_->Tail(0).next_offset;  // the write may be there after all
  ASSERT_OK_AND_ASSIGN(const AppendResult again, Append("x"));
  EXPECT_EQ(again.duplicate, kept == 2);
  EXPECT_EQ(stream_->Tail(0).next_offset, 2u);
  ASSERT_OK_AND_ASSIGN(const AppendResult before, Append("before"));
  EXPECT_TRUE(before.duplicate);
}

TEST_F(IdempotentLogTest, ARefusedAppendIsNotRemembered) {
  const AppendOptions options{.expect = Expect::Offset(7),
                              .idempotence = Idempotence::Id("p", "x")};
  EXPECT_THAT(log_->Append(stream_, BatchOf("v"), options), StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK_AND_ASSIGN(const AppendResult result, Append("x"));
  EXPECT_FALSE(result.duplicate);
}

TEST_F(IdempotentLogTest, RowsGoWithTheWindow) {
  for (int i = 0; i < 250; ++i) ASSERT_OK(Append(std::to_string(i)));
  EXPECT_EQ(Rows(), 100u);
  clock_.Advance(absl::Hours(1));
  ASSERT_OK(Append("last"));
  EXPECT_EQ(Rows(), 1u);
}

// Producers that do not come back.
TEST_F(IdempotentLogTest, CompactionForgetsWhatNoWindowReaches) {
  const auto append = [&](const std::string& producer, const Idempotence& idempotence) {
    ASSERT_OK(log_->Append(stream_, BatchOf(producer), {.idempotence = idempotence}));
  };
  for (int i = 0; i < 20; ++i) {
    const std::string producer = "once" + std::to_string(i);
    append(producer, Idempotence::Id(producer, "x"));
  }
  append("counts", Idempotence::Sequence("counts", 7));
  ASSERT_OK(log_->Maintain());
  EXPECT_EQ(Rows(), 21u);
  clock_.Advance(kIdempotenceWindowMax + absl::Milliseconds(1));
  append("new", Idempotence::Content("new"));
  ASSERT_OK(log_->Maintain());
  EXPECT_EQ(Rows(), 2u);  // the new one, and the sequence number: that has no end
  ASSERT_OK(log_->Drop({0, "s"}));
  EXPECT_EQ(Rows(), 2u);
  ASSERT_OK(log_->Sync());
  EXPECT_EQ(Rows(), 0u);
}

TEST_F(IdempotentLogTest, WindowsThatAreNotInMemoryAreRead) {
  options_.idempotence_cache_bytes = 0;
  Open();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      const std::string producer = std::to_string(i);
      ASSERT_OK_AND_ASSIGN(
          const AppendResult result,
          log_->Append(stream_, BatchOf("v"), {.idempotence = Idempotence::Id(producer, "x")}));
      ASSERT_EQ(result.duplicate, round != 0);
      ASSERT_EQ(result.offset, static_cast<uint64_t>(i));
    }
  }
}

// Each of many threads repeats what the others append: of each id there is one entry.
TEST_F(IdempotentLogTest, ManyThreadsOfOneProducer) {
  constexpr int kThreads = 4, kIds = 200;
  options_.idempotence_cache_bytes = 2000;
  Open();
  ASSERT_OK(log_->Alter({0, "s"}, {.idempotence_ids = 1000}));
  std::atomic<int> originals{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kIds; ++i) {
        const std::string id = std::to_string(i);
        const std::string producer = i % 2 ? "p" : "p" + std::to_string(i % 8);
        const AppendOptions options{.idempotence = Idempotence::Id(producer, id),
                                    .durability = static_cast<Durability>(1 + (i + t) % 3)};
        const absl::StatusOr<AppendResult> result = log_->Append(stream_, BatchOf(id), options);
        ASSERT_OK(result);
        originals += !result->duplicate;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_OK(log_->Sync());
  EXPECT_EQ(originals, kIds);
  EXPECT_EQ(stream_->Tail(0).next_offset, static_cast<uint64_t>(kIds));
}

}  // namespace
}  // namespace evlog
