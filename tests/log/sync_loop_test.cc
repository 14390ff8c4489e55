#include "log/sync_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "log/store/wal_scan.h"
#include "tests/log/engine.h"
#include "tests/log/gate.h"

namespace evlog {
namespace {

using ::testing::IsEmpty;

using Strings = std::vector<std::string>;

TEST(SyncLoopTest, ASyncStreamShowsWhatIsSynced) {
  Engine engine;
  const auto stream = engine.Stream("s", Durability::kSync);
  Gate gate("sync.before");
  std::thread writer([&] { EXPECT_OK(engine.Append(stream, "a", Durability::kSync)); });
  gate.AwaitArrivals(1);
  EXPECT_THAT(engine.ReadValues(stream), IsEmpty());
  gate.Open();
  writer.join();
  EXPECT_EQ(engine.ReadValues(stream), Strings{"a"});
}

TEST(SyncLoopTest, AnOsStreamShowsWhatIsWritten) {
  Engine engine;
  const auto stream = engine.Stream("s", Durability::kOs);
  Gate gate("sync.before");
  std::thread writer([&] { EXPECT_OK(engine.Append(stream, "a", Durability::kSync)); });
  gate.AwaitArrivals(1);
  EXPECT_EQ(engine.ReadValues(stream), Strings{"a"});
  gate.Open();
  writer.join();
}

// What an append waits for changes nothing about when readers see it.
TEST(SyncLoopTest, ASyncStreamIsSyncedThoughNobodyWaits) {
  for (const Durability durability : {Durability::kOs, Durability::kAsync}) {
    Engine engine;
    const auto stream = engine.Stream("s", Durability::kSync);
    {
      Gate gate("sync.before");
      ASSERT_OK(engine.Append(stream, "a", durability));
      gate.AwaitArrivals(1);
      EXPECT_THAT(engine.ReadValues(stream), IsEmpty());
    }
    ASSERT_OK_AND_ASSIGN(const auto reader, engine.Read(stream, {}));
    ChunkView view;  // waits until the round has ended
    EXPECT_THAT(reader->Next(&view, absl::InfiniteFuture(), {}), IsOkAndHolds(true));
    EXPECT_EQ(Walk(view).size(), 1u);
  }
}

TEST(SyncLoopTest, PartitionsOfASyncStreamAreShownTogether) {
  Engine engine;
  const auto stream = engine.Stream("s", Durability::kSync, 4);
  std::vector<Draft> drafts;
  for (int i = 0; i < 40; ++i) drafts.push_back({std::to_string(i), "k" + std::to_string(i), {}});
  Gate gate("sync.before");
  std::thread writer([&] { EXPECT_OK(engine.Append(stream, drafts, Durability::kSync)); });
  gate.AwaitArrivals(1);
  EXPECT_THAT(engine.ReadValues(stream), IsEmpty());
  for (uint16_t i = 0; i < 4; ++i) {
    ReadRequest one;
    one.partition = i;
    EXPECT_THAT(engine.ReadValues(stream, one), IsEmpty());
  }
  gate.Open();
  writer.join();
  Strings wanted;
  for (const Draft& draft : drafts) wanted.push_back(draft.value);
  EXPECT_EQ(engine.ReadValues(stream), wanted);
}

std::atomic<std::thread::id> syncing_thread;

TEST(SyncLoopTest, ALoneCallerSyncsOnItsOwnThread) {
  Engine engine;
  const auto stream = engine.Stream("s", Durability::kSync);
  SetTestPointHook([](const char* name) {
    if (std::string_view(name) == "sync.before") syncing_thread = std::this_thread::get_id();
  });
  for (int i = 0; i < 3; ++i) {
    syncing_thread = std::thread::id();
    ASSERT_OK(engine.Append(stream, "a", Durability::kSync));
    EXPECT_EQ(syncing_thread.load(), std::this_thread::get_id());
  }
  std::atomic<bool> done{false};
  engine.AppendAsync(stream, "b", Durability::kSync, [&](const auto&) { done = true; });
  while (!done) std::this_thread::yield();
  EXPECT_NE(syncing_thread.load(), std::this_thread::get_id());
  SetTestPointHook(nullptr);
}

// While the first round runs, others are written: one more round serves them all.
TEST(SyncLoopTest, OneRoundServesAllThatWereWrittenBeforeIt) {
  Engine engine;
  const auto stream = engine.Stream("s", Durability::kSync);
  Gate gate("sync.before");
  std::thread first([&] { EXPECT_OK(engine.Append(stream, "first", Durability::kSync)); });
  gate.AwaitArrivals(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back([&] { EXPECT_OK(engine.Append(stream, "x", Durability::kSync)); });
  }
  while (engine.probe().appends->value() < 11) std::this_thread::yield();
  ASSERT_OK(engine.Append(stream, "os", Durability::kOs));  // written, though a round is running
  gate.Open();
  first.join();
  for (std::thread& thread : threads) thread.join();
  ASSERT_OK(engine.Sync());
  EXPECT_LE(gate.arrivals(), 3);
  EXPECT_EQ(engine.ReadValues(stream).size(), 12u);
}

class WatermarkTest : public ::testing::Test {
 protected:
  WalScan Scan() {
    absl::StatusOr<WalScan> scan = ScanWal(engine_.fs(), engine_.directory() + "/db");
    EXPECT_OK(scan);
    return scan.ok() ? *std::move(scan) : WalScan();
  }
  uint64_t Append(Durability durability) {
    const absl::StatusOr<AppendResult> result = engine_.Append(stream_, "a", durability);
    EXPECT_OK(result);
    return result.ok() ? result->position.commit : 0;
  }

  Engine engine_;
  std::shared_ptr<StreamState> stream_ = engine_.Stream("s");
};

TEST_F(WatermarkTest, ALoneSyncLeavesItsMarkInTheLog) {
  const uint64_t written = Append(Durability::kOs);
  EXPECT_EQ(Scan().last_commit, written);
  EXPECT_LT(Scan().synced_through, written);
  const uint64_t synced = Append(Durability::kSync);
  EXPECT_EQ(Scan().last_commit, synced);
  EXPECT_EQ(Scan().synced_through, synced);
  const uint64_t later = Append(Durability::kOs);
  EXPECT_EQ(Scan().last_commit, later);
  EXPECT_EQ(Scan().synced_through, synced);
  ASSERT_OK(engine_.Sync());
  EXPECT_EQ(Scan().synced_through, later);
}

TEST_F(WatermarkTest, ItIsWrittenOnce) {
  Append(Durability::kSync);
  const WalScan before = Scan();
  for (int i = 0; i < 3; ++i) ASSERT_OK(engine_.Sync());
  EXPECT_EQ(Scan().bytes, before.bytes);
}

TEST_F(WatermarkTest, CloseSyncsAndLeavesTheMark) {
  const uint64_t written = Append(Durability::kOs);
  ASSERT_OK(engine_.Stop());
  EXPECT_EQ(Scan().last_commit, written);
  EXPECT_EQ(Scan().synced_through, written);
}

TEST_F(WatermarkTest, CloseWritesNothingWhenNothingIsNew) {
  Append(Durability::kSync);
  const WalScan before = Scan();
  ASSERT_OK(engine_.Stop());
  EXPECT_EQ(Scan().bytes, before.bytes);
}

// With commits behind a sync, the mark of the next one carries it.
TEST_F(WatermarkTest, TheNextCommitCarriesIt) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_OK(engine_.Append(stream_, "x", i % 2 == 0 ? Durability::kSync : Durability::kOs));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const uint64_t last = Append(Durability::kSync);
  EXPECT_EQ(Scan().synced_through, last);
  EXPECT_FALSE(Scan().torn);
}

}  // namespace
}  // namespace evlog
