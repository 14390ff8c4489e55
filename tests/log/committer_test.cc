#include "log/committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/log/engine.h"
#include "tests/log/gate.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;

const auto kRefused = absl::StatusCode::kFailedPrecondition;

TEST(CommitterTest, AnAppendIsACommitThatIsRead) {
  Engine engine;
  const auto stream = engine.Stream("s");
  ASSERT_OK_AND_ASSIGN(const AppendResult first, engine.Append(stream, "a"));
  ASSERT_OK_AND_ASSIGN(const AppendResult second, engine.Append(stream, Values({"b", "c"})));
  EXPECT_EQ(first.offset, 0u);
  EXPECT_EQ(second.offset, 1u);
  EXPECT_EQ(second.count, 2u);
  EXPECT_LT(first.last_id, second.first_id);
  EXPECT_EQ(second.last_id, (EntryId{first.first_id.ms, first.first_id.seq + 2}));
  EXPECT_EQ(first.position.log_id, engine.store().log_id());
  EXPECT_NE(first.position.log_id, 0u);
  EXPECT_EQ(second.position.commit, first.position.commit + 1);
  EXPECT_EQ(engine.ReadValues(stream), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(engine.probe().syncs->value(), 0u);  // `os` never waits for the disk
  EXPECT_EQ(engine.probe().appends->value(), 2u);
  EXPECT_EQ(engine.probe().entries->value(), 3u);
}

TEST(CommitterTest, AnOrderedAppendHasItsIdAndNoPosition) {
  Engine engine;
  const auto stream = engine.Stream("s");
  ASSERT_OK_AND_ASSIGN(const AppendResult result, engine.Append(stream, "a", Durability::kAsync));
  EXPECT_EQ(result.offset, 0u);
  EXPECT_GT(result.first_id, EntryId::Min());
  EXPECT_EQ(result.position, Position());
  ASSERT_OK(engine.Sync());
  EXPECT_EQ(engine.ReadValues(stream), std::vector<std::string>{"a"});
}

TEST(CommitterTest, SyncAloneSyncsOnce) {
  Engine engine;
  const auto stream = engine.Stream("s");
  ASSERT_OK(engine.Sync());  // the creation of the stream
  EXPECT_EQ(engine.probe().syncs->value(), 1u);
  ASSERT_OK(engine.Sync());  // nothing was written meanwhile
  EXPECT_EQ(engine.probe().syncs->value(), 1u);
  ASSERT_OK(engine.Append(stream, "a"));
  const uint64_t commits = engine.probe().commits->value();
  ASSERT_OK(engine.Sync());
  EXPECT_EQ(engine.probe().syncs->value(), 2u);
  EXPECT_EQ(engine.probe().commits->value(), commits);
}

TEST(CommitterTest, ARefusedIdChangesNothing) {
  Engine engine;
  const auto stream = engine.Stream("s");
  const auto append = [&](EntryId id) { return engine.Append(stream, {{"x", {}, id}}); };
  ASSERT_OK(append({5, 5}));
  EXPECT_THAT(append({5, 5}), StatusIs(absl::StatusCode::kAborted, HasSubstr("5-5 is not above")));
  EXPECT_THAT(append({4, 9}), StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK_AND_ASSIGN(const AppendResult next, append({5, 6}));
  EXPECT_EQ(next.offset, 1u);
  EXPECT_OK(engine.committer().Health());
}

// While one commit is being written, others queue up; what the next one takes is bounded.
std::vector<size_t> CommitSizes(size_t requests, size_t bytes) {
  Engine engine;
  const auto stream = engine.Stream("s");
  std::map<uint64_t, size_t> by_commit;
  Gate gate("committer.before_write");
  const auto append = [&](size_t size) {
    engine.AppendAsync(stream, std::string(size, 'x'), Durability::kOs, [&](const auto& result) {
      EXPECT_OK(result);
      if (result.ok()) ++by_commit[result->position.commit];
    });
  };
  append(1);
  gate.AwaitArrivals(1);
  for (size_t i = 0; i < requests; ++i) append(bytes);
  gate.Open();
  EXPECT_OK(engine.Stop());
  std::vector<size_t> sizes;
  for (const auto& [commit, count] : by_commit) sizes.push_back(count);
  return sizes;
}

TEST(CommitterTest, ACommitTakesAtMostSoManyRequests) {
  EXPECT_EQ(CommitSizes(4095, 1), (std::vector<size_t>{1, 4095}));
  EXPECT_EQ(CommitSizes(4096, 1), (std::vector<size_t>{1, 4096}));
  EXPECT_EQ(CommitSizes(4097, 1), (std::vector<size_t>{1, 4096, 1}));
  EXPECT_EQ(CommitSizes(9000, 1), (std::vector<size_t>{1, 4096, 4096, 808}));
}

TEST(CommitterTest, ACommitTakesAtMostSoManyBytes) {
  const size_t overhead = EncodedEntry({{"v", std::string(100'000, 'x')}}).size() - 100'000;
  const size_t eighth = kCommitBytesMax / 8 - overhead;
  EXPECT_EQ(CommitSizes(16, eighth), (std::vector<size_t>{1, 8, 8}));
  EXPECT_EQ(CommitSizes(16, eighth + 1), (std::vector<size_t>{1, 7, 7, 2}));
  EXPECT_EQ(CommitSizes(3, kCommitBytesMax), (std::vector<size_t>{1, 1, 1, 1}));
  EXPECT_EQ(CommitSizes(2, 3 * kCommitBytesMax), (std::vector<size_t>{1, 1, 1}));
}

TEST(CommitterTest, ManyRequestsOfOneCommitShareChunks) {
  Engine engine({.tail_cache_bytes = 0});
  const auto stream = engine.Stream("s");
  Gate gate("committer.before_write");
  engine.AppendAsync(stream, "first", Durability::kOs, [](const auto&) {});
  gate.AwaitArrivals(1);
  for (int i = 0; i < 200; ++i) {
    engine.AppendAsync(stream, std::string(1000, 'x'), Durability::kOs, [](const auto&) {});
  }
  gate.Open();
  ASSERT_OK(engine.Sync());
  ASSERT_OK_AND_ASSIGN(const auto reader, engine.Read(stream, {}));
  std::vector<uint32_t> sizes;
  for (ChunkView view;;) {
    ASSERT_OK_AND_ASSIGN(const bool more, reader->Next(&view, absl::InfinitePast(), {}));
    if (!more) break;
    EXPECT_LE(view.chunk()->entries().size(), kChunkBytesTarget);
    sizes.push_back(view.size());
  }
  // An entry takes 1,008 bytes.
  EXPECT_EQ(sizes, (std::vector<uint32_t>{1, 65, 65, 65, 5}));
}

TEST(CommitterTest, AppendsFromTheCompletionThreadNeverBlock) {
  Engine engine({.in_flight_bytes = 1});
  const auto stream = engine.Stream("s");
  std::atomic<int> done{0};
  std::function<void(int)> append = [&](int left) {
    engine.AppendAsync(
        stream, std::to_string(left), left % 2 == 0 ? Durability::kOs : Durability::kSync,
        [&, left](const auto& result) {
          EXPECT_OK(result);
          ++done;
          if (left == 0) return;
          append(left - 1);
          if (left % 10 == 0) {
            engine.AppendAsync(stream, "more", Durability::kAsync, [&](const auto&) { ++done; });
          }
        });
  };
  append(200);
  while (done < 201 + 20) std::this_thread::yield();
  ASSERT_OK(engine.Stop());
  EXPECT_EQ(done, 201 + 20);
}

TEST(CommitterTest, ProducersWaitForRoom) {
  constexpr size_t kBound = 10'000;
  Engine engine({.in_flight_bytes = kBound});
  const auto stream = engine.Stream("s");
  Gate gate("committer.before_write");
  std::atomic<size_t> sent{0}, done{0};
  std::thread producer([&] {
    for (int i = 0; i < 500; ++i) {
      engine.AppendAsync(stream, std::string(500, 'x'), Durability::kOs,
                         [&](const auto& result) { done += result.ok(); });
      ++sent;
    }
  });
  while (engine.probe().in_flight_bytes->value() < static_cast<int64_t>(kBound)) {
    std::this_thread::yield();
  }
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  EXPECT_LE(sent, kBound / (500 + kRequestOverheadBytes) + 1);
  EXPECT_LT(engine.probe().in_flight_bytes->value(), static_cast<int64_t>(kBound) + 1000);
  gate.Open();
  producer.join();
  ASSERT_OK(engine.Stop());
  EXPECT_EQ(done, 500u);
  EXPECT_EQ(engine.probe().in_flight_bytes->value(), 0);
}

TEST(CommitterTest, ClosingFinishesWhatIsInFlight) {
  Engine engine;
  const auto stream = engine.Stream("s");
  std::atomic<size_t> ordered{0}, done{0};
  std::vector<std::thread> threads;
  {
    Gate gate("committer.before_write");
    engine.AppendAsync(stream, "first", Durability::kOs, [&](const auto& r) { done += r.ok(); });
    gate.AwaitArrivals(1);
    for (const Durability durability : {Durability::kOs, Durability::kSync}) {
      for (int i = 0; i < 50; ++i) {
        engine.AppendAsync(stream, "x", durability, [&](const auto& r) { done += r.ok(); });
      }
      threads.emplace_back([&, durability] {
        for (;;) {  // until the close refuses
          const auto result = engine.Append(stream, "y", durability);
          if (!result.ok()) {
            EXPECT_THAT(result, StatusIs(kRefused, HasSubstr("closed")));
            return;
          }
          ++ordered;
        }
      });
    }
    threads.emplace_back([&] { EXPECT_OK(engine.committer().Close()); });
    while (engine.Append(stream, "z", Durability::kAsync).ok()) ++ordered;
    gate.Open();
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(done, 101u);
  EXPECT_OK(engine.committer().Close());  // a second time
  EXPECT_THAT(engine.Sync(), StatusIs(kRefused, HasSubstr("closed")));
  EXPECT_THAT(engine.Reopen(), StatusIs(kRefused, HasSubstr("closed")));
  absl::Status refused;
  engine.AppendAsync(stream, "late", Durability::kOs, [&](const auto& r) { refused = r.status(); });
  ASSERT_OK(engine.Stop());
  EXPECT_THAT(refused, StatusIs(kRefused, HasSubstr("closed")));

  engine.Start();
  EXPECT_EQ(engine.ReadValues(engine.Stream("s")).size(), done + ordered);
}

TEST(CommitterTest, ARestartGoesOnWhereItStopped) {
  Engine engine;
  std::vector<std::string> values;
  EntryId last;
  uint64_t commit = 0;
  for (int run = 0; run < 5; ++run) {
    const auto stream = engine.Stream("s");
    EXPECT_EQ(engine.ReadValues(stream), values);
    for (int i = 0; i < 3; ++i) {
      values.push_back(std::to_string(run * 3 + i));
      ASSERT_OK_AND_ASSIGN(const AppendResult result, engine.Append(stream, values.back()));
      EXPECT_EQ(result.offset, values.size() - 1);
      EXPECT_GT(result.first_id, last);
      EXPECT_GT(result.position.commit, commit);
      last = result.last_id;
      commit = result.position.commit;
    }
    engine.clock().Advance(-absl::Hours(1));  // ids stay above all the same
    engine.Restart();
    EXPECT_EQ(engine.store().last_commit(), commit);
  }
}

// ---- many threads

struct Acknowledged {
  std::string value;
  AppendResult result;
};

class Storm {
 public:
  explicit Storm(Engine* engine) : engine_(engine) {
    streams_ = {engine->Stream("os", Durability::kOs), engine->Stream("sync", Durability::kSync),
                engine->Stream("os4", Durability::kOs, 4),
                engine->Stream("sync4", Durability::kSync, 4)};
    acknowledged_.resize(streams_.size());
  }

  // One thread's part.
  void Run(int thread, int count) {
    Rng rng(static_cast<uint64_t>(thread) + 100);
    for (int i = 0; i < count; ++i) {
      const size_t stream = rng.Below(streams_.size());
      const std::string value = std::to_string(thread) + "/" + std::to_string(i);
      const auto durability = static_cast<Durability>(rng.Between(1, 3));
      if (rng.Percent(50)) {
        engine_->AppendAsync(streams_[stream], value, durability, [=, this](const auto& result) {
          ASSERT_OK(result);
          Note(stream, value, *result);
          NoteCompletion(durability, *result);
        });
      } else {
        const auto result = engine_->Append(streams_[stream], value, durability);
        ASSERT_OK(result);
        Note(stream, value, *result);
      }
    }
  }

  void Check() {
    for (size_t i = 0; i < streams_.size(); ++i) {
      ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> entries, engine_->ReadAll(streams_[i]));
      std::map<EntryId, OwnedEntry> by_id;
      EntryId last;
      for (const OwnedEntry& entry : entries) {
        EXPECT_GT(entry.id, last);
        last = entry.id;
        by_id[entry.id] = entry;
      }
      ASSERT_EQ(entries.size(), acknowledged_[i].size());
      for (const Acknowledged& one : acknowledged_[i]) {
        const OwnedEntry& entry = by_id[one.result.first_id];
        EXPECT_EQ(entry.fields[0].second, one.value);
        EXPECT_EQ(entry.offset, one.result.offset);
        EXPECT_EQ(entry.partition, one.result.partition);
      }
    }
    for (const auto& [durability, commits] : completed_) {
      EXPECT_TRUE(std::is_sorted(commits.begin(), commits.end()));
    }
  }

 private:
  void Note(size_t stream, const std::string& value, const AppendResult& result) {
    MutexLock lock(mu_);
    acknowledged_[stream].push_back({value, result});
  }
  void NoteCompletion(Durability durability, const AppendResult& result) {
    MutexLock lock(mu_);
    completed_[durability].push_back(result.position.commit);
  }

  Engine* const engine_;
  std::vector<std::shared_ptr<StreamState>> streams_;
  Mutex mu_;
  std::vector<std::vector<Acknowledged>> acknowledged_;
  std::map<Durability, std::vector<uint64_t>> completed_;  // in the order of the callbacks
};

TEST(CommitterTest, ManyThreadsOfAllLevels) {
  for (const size_t in_flight : {size_t{3000}, size_t{16} << 20}) {
    Engine engine({.in_flight_bytes = in_flight, .tail_cache_bytes = 20'000});
    Storm storm(&engine);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([&, i] { storm.Run(i, 300); });
    for (std::thread& thread : threads) thread.join();
    ASSERT_OK(engine.Sync());
    ASSERT_OK(engine.committer().Close());  // all callbacks have run
    storm.Check();
  }
}

}  // namespace
}  // namespace evlog
