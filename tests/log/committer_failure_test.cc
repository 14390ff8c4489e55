// What the committer does when the disk does not do what it should.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "log/committer.h"
#include "tests/log/engine.h"
#include "tests/log/gate.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;

using Strings = std::vector<std::string>;

const auto kRefused = absl::StatusCode::kFailedPrecondition;
const auto kUnknown = absl::StatusCode::kUnavailable;
const auto kFull = absl::StatusCode::kResourceExhausted;

struct FailureCase {
  const char* name;
  Fault fault;
  absl::StatusCode code;
};

class CommitterFailures : public ::testing::TestWithParam<FailureCase> {
 protected:
  void Arm() { engine_.fs().Arm(GetParam().fault); }
  bool in_sync() const { return GetParam().fault.ops[0] == FileOp::kSync; }

  // Nothing but the latch is between the log and its next append.
  void ExpectLatchedThenReopen(const std::shared_ptr<StreamState>& stream) {
    EXPECT_THAT(engine_.committer().Health(), StatusIs(GetParam().code, HasSubstr("latched")));
    EXPECT_EQ(engine_.probe().failures->value(), 1u);
    for (const Durability durability : {Durability::kAsync, Durability::kOs, Durability::kSync}) {
      EXPECT_THAT(engine_.Append(stream, "no", durability),
                  StatusIs(kRefused, HasSubstr("latched")));
    }
    EXPECT_THAT(engine_.Sync(), StatusIs(kRefused, HasSubstr("latched")));
    std::promise<absl::Status> refused;  // by the completion thread, when it comes to it
    engine_.AppendAsync(stream, "no", Durability::kOs,
                        [&](const auto& r) { refused.set_value(r.status()); });
    engine_.fs().Disarm();
    ASSERT_OK(engine_.Reopen());
    EXPECT_OK(engine_.committer().Health());
    EXPECT_OK(engine_.Reopen());  // nothing to do
    EXPECT_EQ(engine_.probe().reopens->value(), 1u);
    EXPECT_OK(engine_.Append(stream, "after", Durability::kSync));
    EXPECT_THAT(refused.get_future().get(), StatusIs(kRefused, HasSubstr("latched")));
  }

  // What is there after all: a beginning with all that was acknowledged, and at most what was
  // tried.
  void ExpectHolds(const std::shared_ptr<StreamState>& stream, const Strings& acknowledged,
                   const Strings& tried) {
    Strings values = engine_.ReadValues(stream);
    ASSERT_GE(values.size(), acknowledged.size() + 1);
    EXPECT_EQ(values.back(), "after");
    values.pop_back();
    EXPECT_TRUE(std::equal(acknowledged.begin(), acknowledged.end(), values.begin()));
    values.erase(values.begin(), values.begin() + static_cast<int>(acknowledged.size()));
    for (const std::string& value : values) {
      EXPECT_NE(std::find(tried.begin(), tried.end(), value), tried.end()) << value;
    }
  }

  Engine engine_;
};

TEST_P(CommitterFailures, TheFirstFailureLatches) {
  const auto stream = engine_.Stream("s", Durability::kSync);
  ASSERT_OK(engine_.Append(stream, "a", Durability::kSync));
  Arm();
  EXPECT_THAT(engine_.Append(stream, "b", Durability::kSync), StatusIs(GetParam().code));
  EXPECT_EQ(engine_.fs().failures(), 1u);
  EXPECT_EQ(engine_.ReadValues(stream), Strings{"a"});  // reads go on
  ExpectLatchedThenReopen(stream);
  ExpectHolds(stream, {"a"}, {"b"});
}

TEST_P(CommitterFailures, AllThatWaitAreAnswered) {
  const auto stream = engine_.Stream("s", Durability::kOs);
  ASSERT_OK(engine_.Append(stream, "a"));
  Strings tried;
  std::atomic<int> answered{0}, acknowledged{0};
  std::vector<std::thread> threads;
  const int requests = 60;
  {
    Gate gate(in_sync() ? "sync.before" : "committer.before_write");
    threads.emplace_back([&] {
      acknowledged += engine_.Append(stream, "t", Durability::kSync).ok();
      ++answered;
    });
    gate.AwaitArrivals(1);
    for (int i = 0; i < requests / 3; ++i) {
      for (const Durability durability : {Durability::kOs, Durability::kSync}) {
        engine_.AppendAsync(stream, "t", durability, [&](const auto& result) {
          acknowledged += result.ok();
          ++answered;
        });
      }
      threads.emplace_back([&] {
        acknowledged += engine_.Append(stream, "t", Durability::kSync).ok();
        ++answered;
      });
      engine_.Append(stream, "t", Durability::kAsync).IgnoreError();
    }
    Arm();
    gate.Open();
    for (std::thread& thread : threads) thread.join();
  }
  while (answered < requests + 1) std::this_thread::yield();
  // Those of `os` are acknowledged where only the sync failed.
  EXPECT_LE(acknowledged, in_sync() ? requests / 3 : 0);
  ExpectLatchedThenReopen(stream);
  ExpectHolds(stream, {"a"}, {"t"});
}

TEST_P(CommitterFailures, NobodyIsLeftWaitingForRoom) {
  Engine small({.in_flight_bytes = 2000});
  const auto stream = small.Stream("s");
  std::atomic<int> answered{0};
  std::thread producer;
  {
    Gate gate(in_sync() ? "sync.before" : "committer.before_write");
    producer = std::thread([&] {
      for (int i = 0; i < 100; ++i) {
        small.AppendAsync(stream, std::string(300, 'x'), Durability::kSync,
                          [&](const auto&) { ++answered; });
      }
    });
    gate.AwaitArrivals(1);
    while (small.probe().in_flight_bytes->value() < 2000) std::this_thread::yield();
    small.fs().Arm(GetParam().fault);
  }
  producer.join();
  while (answered < 100) std::this_thread::yield();
  EXPECT_THAT(small.committer().Health(), StatusIs(GetParam().code, HasSubstr("latched")));
  // The close says why it is not whole.
  EXPECT_THAT(small.Stop(), StatusIs(GetParam().code, HasSubstr("unknown")));
}

TEST_P(CommitterFailures, AReopenThatFailsMayBeTriedAgain) {
  const auto stream = engine_.Stream("s", Durability::kOs);
  ASSERT_OK(engine_.Append(stream, "a"));
  Arm();
  EXPECT_THAT(engine_.Append(stream, "b", Durability::kSync), StatusIs(GetParam().code));
  engine_.fs().Arm({.ops = {FileOp::kOpen}, .for_ever = true});
  EXPECT_THAT(engine_.Reopen(), StatusIs(kUnknown));
  EXPECT_THAT(engine_.Append(stream, "no"), StatusIs(kRefused));
  // What is not cached cannot be read meanwhile, and says so.
  EXPECT_THAT(engine_.store().Get(Family::kMeta, kMetaLogId), StatusIs(kUnknown));
  StoreIterator rows = engine_.store().ScanAll(Family::kDir);
  rows.SeekToFirst();
  EXPECT_FALSE(rows.Valid());
  EXPECT_THAT(rows.status(), StatusIs(kUnknown));
  {
    StoreIterator gone = std::move(rows);  // iterators hold the store open
  }
  engine_.fs().Disarm();
  ASSERT_OK(engine_.Reopen());
  ASSERT_OK(engine_.Append(stream, "after"));
  ExpectHolds(stream, {"a"}, {"b"});
}

TEST_P(CommitterFailures, AReaderGoesOnOverAReopen) {
  const auto stream = engine_.Stream("s", Durability::kOs);
  for (int i = 0; i < 10; ++i) ASSERT_OK(engine_.Append(stream, std::to_string(i)));
  ASSERT_OK_AND_ASSIGN(const auto reader, engine_.Read(stream, {}));
  ChunkView view;
  ASSERT_THAT(reader->Next(&view, absl::InfinitePast(), {}), IsOkAndHolds(true));
  size_t seen = view.size();
  Arm();
  EXPECT_THAT(engine_.Append(stream, "b", Durability::kSync), StatusIs(GetParam().code));
  engine_.fs().Disarm();
  ASSERT_OK(engine_.Reopen());
  ASSERT_OK(engine_.Append(stream, "after"));
  std::string last;
  for (;;) {
    ASSERT_OK_AND_ASSIGN(const bool more, reader->Next(&view, absl::InfinitePast(), {}));
    if (!more) break;
    seen += view.size();
    last = Walk(view).back().fields[0].second;
  }
  EXPECT_EQ(last, "after");
  EXPECT_EQ(seen, engine_.ReadValues(stream).size());
}

INSTANTIATE_TEST_SUITE_P(
    Faults, CommitterFailures,
    ::testing::Values(
        FailureCase{"Write", {.ops = {FileOp::kAppend}, .name_contains = ".log"}, kUnknown},
        FailureCase{"HalfAWrite",
                    {.ops = {FileOp::kAppend}, .half_written = true, .name_contains = ".log"},
                    kUnknown},
        FailureCase{"FullDisk",
                    {.ops = {FileOp::kAppend}, .no_space = true, .name_contains = ".log"},
                    kFull},
        FailureCase{"Sync", {.ops = {FileOp::kSync}, .name_contains = ".log"}, kUnknown}),
    [](const auto& param) { return param.param.name; });

// A sync that failed is never followed by one that says all is well.
TEST(CommitterFailureTest, NothingIsSyncedAfterAFailedSync) {
  Engine engine;
  const auto stream = engine.Stream("s", Durability::kSync);
  engine.fs().Arm({.ops = {FileOp::kSync}, .name_contains = ".log"});
  EXPECT_THAT(engine.Append(stream, "a", Durability::kSync), StatusIs(kUnknown));
  const uint64_t syncs = engine.fs().count(FileOp::kSync);
  EXPECT_THAT(engine.Stop(), StatusIs(kUnknown));
  EXPECT_EQ(engine.fs().count(FileOp::kSync), syncs);
}

// A stream whose creation failed may be there or not; after the reopening it can be created or
// found.
TEST(CommitterFailureTest, AStreamWhoseCreationFailed) {
  Engine engine;
  engine.fs().Arm({.ops = {FileOp::kAppend}, .name_contains = ".log"});
  EXPECT_THAT(engine.catalog().FindOrCreate(0, "s", {}).status(), StatusIs(kUnknown));
  EXPECT_THAT(engine.catalog().FindOrCreate(0, "t", {}).status(), StatusIs(kRefused));
  engine.fs().Disarm();
  ASSERT_OK(engine.Reopen());
  const auto first = engine.Stream("s");
  const auto second = engine.Stream("t");
  EXPECT_NE(first->id(), second->id());
  EXPECT_OK(engine.Append(first, "a"));
}

}  // namespace
}  // namespace evlog
