// The end of a log, whatever is still in use.
#include <atomic>
#include <string>
#include <thread>

#include "tests/contract/contract_test.h"
#include "tests/support/answers.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

EVLOG_CONTRACT_SUITE(CloseTest);

TEST_P(CloseTest, RefusesWhatComesAfterIt) {
  Stream stream = Create("s");
  Add(stream, "a");
  ASSERT_OK(log().Close());
  ASSERT_OK(log().Close());
  EXPECT_THAT(stream.Append({{"v", "b"}}), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(stream.Append({{"v", "b"}}, {.durability = Durability::kAsync}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(log().Sync(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(log().Reopen(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(log().OpenStream("new"), StatusIs(absl::StatusCode::kFailedPrecondition));
  Close();
  EXPECT_EQ(stream.name(), "s");  // a handle without its log still knows that much
  EXPECT_EQ(stream.options(), StreamOptions());
  EXPECT_THAT(stream.Append({{"v", "b"}}), StatusIs(absl::StatusCode::kFailedPrecondition));
  Answers answers;
  Batch batch;
  ASSERT_OK(batch.Add({{"v", "b"}}));
  stream.AppendAsync(std::move(batch), {}, answers.Collect());
  EXPECT_THAT(answers.Await(1)[0], StatusIs(absl::StatusCode::kFailedPrecondition));
  Open();
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a"));
}

TEST_P(CloseTest, LeavesACursorWhatThereIs) {
  Stream stream = Create("s", {.partitions = 2});
  for (int i = 0; i < 50; ++i) Add(stream, std::string(3000, 'x'));
  Cursor started = StartReading({.stream = "s"});
  Cursor fresh = StartReading({.stream = "s"});
  ChunkView view;
  ASSERT_THAT(started.Next(&view), IsOkAndHolds(true));
  const size_t seen = view.size();
  Close();
  EXPECT_THAT(Drain(&started), IsOkAndHolds(SizeIs(50 - seen)));
  EXPECT_THAT(Drain(&fresh), IsOkAndHolds(SizeIs(50)));
  // Nothing will come, so there is nothing to wait for.
  EXPECT_THAT(fresh.Next(&view, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_P(CloseTest, WakesWhoWaits) {
  for (const uint32_t partitions : {1u, 2u}) {
    const std::string name = "s" + std::to_string(partitions);
    Create(name, {.partitions = partitions});
    Cursor cursor = StartReading({.stream = name});
    std::thread reader([&] {
      ChunkView view;
      EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture()),
                  StatusIs(absl::StatusCode::kFailedPrecondition));
    });
    clock_.BlockUntilWaiting(1);
    EXPECT_OK(log().Close());
    reader.join();
    { const Cursor gone = std::move(cursor); }  // it kept the files open
    Restart();
  }
}

TEST_P(CloseTest, KeepsTheDirectoryUntilTheLastCursorIsGone) {
  Create("s");
  {
    const Cursor cursor = StartReading({.stream = "s"});
    Close();
    EXPECT_THAT(TryOpen(Options()), StatusIs(absl::StatusCode::kUnavailable));
  }
  Open();
}

TEST_P(CloseTest, WritesWhatWasOnlyOrdered) {
  Stream stream = Create("s", {.durability = Durability::kAsync});
  for (int i = 0; i < 1000; ++i) Add(stream, "x");
  ASSERT_OK(log().Close());
  Restart();
  EXPECT_THAT(Read("s"), SizeIs(1000));
}

TEST_P(CloseTest, UnderThreadsThatAppend) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  std::atomic<uint64_t> acknowledged{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (;;) {
        const auto level = t == 0 ? Durability::kSync : Durability::kOs;
        const absl::StatusOr<AppendResult> result =
            stream.Append({{"v", "x"}}, {.durability = level});
        if (!result.ok()) {
          EXPECT_THAT(result, StatusIs(absl::StatusCode::kFailedPrecondition));
          return;
        }
        ++acknowledged;
      }
    });
  }
  while (acknowledged.load() < 200) std::this_thread::yield();
  EXPECT_OK(log().Close());
  for (std::thread& thread : threads) thread.join();
  Restart();
  EXPECT_THAT(Read("s"), SizeIs(acknowledged.load()));
}

TEST_P(CloseTest, OfANewLogLeavesAnEmptyOne) {
  Restart();
  EXPECT_THAT(log().ListStreams(), IsOkAndHolds(IsEmpty()));
}

}  // namespace
}  // namespace evlog
