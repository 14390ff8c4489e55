#include "log/commit_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/log/engine.h"
#include "tests/log/gate.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Strings = std::vector<std::string>;

class CommitReaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<CommitReader> Read(ReadRequest request, const std::string& pattern = "*") {
    request.pattern = pattern;
    CommitReaderContext context;
    context.store = &engine_.store();
    context.clock = &engine_.clock();
    context.committer = &engine_.committer();
    context.resolve = [this, pattern](StreamId id) {
      ++resolved_;
      return engine_.catalog().FindMatching(id, 0, pattern);
    };
    context.version = [this] { return engine_.catalog().renames(); };
    absl::StatusOr<std::unique_ptr<CommitReader>> reader =
        CommitReader::Make(std::move(context), request);
    EXPECT_OK(reader);
    return *std::move(reader);
  }
  std::unique_ptr<CommitReader> Read(const std::string& pattern = "*") { return Read({}, pattern); }

  static absl::StatusOr<Strings> TryDrain(CommitReader& reader) {
    Strings values;
    ChunkView view;
    for (;;) {
      const absl::StatusOr<bool> more = reader.Next(&view, absl::InfinitePast(), {});
      if (!more.ok()) return more.status();
      if (!*more) return values;
      for (OwnedEntry& entry : Walk(view)) values.push_back(entry.fields[0].second);
    }
  }
  static Strings Drain(CommitReader& reader) {
    absl::StatusOr<Strings> values = TryDrain(reader);
    EXPECT_OK(values);
    return values.value_or(Strings());
  }

  // Writes rows of its own, past the committer.
  void Change(const std::function<void(StoreBatch&)>& change) {
    StoreBatch batch;
    engine_.store().Attach(&batch);
    batch.Begin({MarkKind::kWatermark, engine_.store().last_commit(), 0});
    change(batch);
    ASSERT_OK(engine_.store().Write(batch));
  }

  Engine engine_{{.tail_cache_bytes = 0}};
  int resolved_ = 0;
};

TEST_F(CommitReaderTest, StopsAtWhatIsNotSyncedAndGoesOnWithIt) {
  const auto os = engine_.Stream("os"), sync = engine_.Stream("sync", Durability::kSync);
  ASSERT_OK(engine_.Append(os, "1"));
  const auto reader = Read(), others = Read("o*");
  std::unique_ptr<CommitReader> from_end, until_end;
  {
    Gate gate("sync.before");
    ASSERT_OK(engine_.Append(sync, "2"));
    gate.AwaitArrivals(1);
    ASSERT_OK(engine_.Append(os, "3"));
    EXPECT_EQ(Drain(*reader), Strings{"1"});
    EXPECT_EQ(reader->position().commit + 1, engine_.committer().shown().commit - 1);
    EXPECT_EQ(Drain(*others), (Strings{"1", "3"}));
    // "Now" is before what nobody sees yet, and what waits behind it.
    ReadRequest end;
    end.from = Bound::End();
    from_end = Read(end);
    ReadRequest until;
    until.until = Bound::End();
    until_end = Read(until);
  }
  ChunkView view;
  EXPECT_THAT(reader->Next(&view, absl::InfiniteFuture(), {}), IsOkAndHolds(true));
  EXPECT_EQ(Walk(view)[0].fields[0].second, "2");
  EXPECT_EQ(Drain(*reader), Strings{"3"});
  EXPECT_EQ(Drain(*from_end), (Strings{"2", "3"}));
  EXPECT_EQ(Drain(*until_end), Strings{"1"});
}

TEST_F(CommitReaderTest, WakesWhenASyncShowsSomething) {
  const auto sync = engine_.Stream("sync", Durability::kSync);
  const auto reader = Read();
  ChunkView view;
  std::thread waiting(
      [&] { EXPECT_THAT(reader->Next(&view, absl::InfiniteFuture(), {}), IsOkAndHolds(true)); });
  engine_.clock().BlockUntilWaiting(1);
  Gate gate("sync.before");
  ASSERT_OK(engine_.Append(sync, "1"));
  gate.AwaitArrivals(1);
  gate.Open();
  waiting.join();
  EXPECT_EQ(view.size(), 1u);
}

TEST_F(CommitReaderTest, LooksThroughManyRowsOfOthers) {
  const auto other = engine_.Stream("other"), mine = engine_.Stream("mine");
  const auto reader = Read("mine");
  for (int round = 0; round < 3; ++round) {
    // More of them than one window looks at, small ones and large ones.
    for (int i = 0; i < 20'000; ++i) {
      ASSERT_OK(engine_.Append(other, std::string(i % 10 == 0 ? 1200 : 1, 'o')));
    }
    ASSERT_OK(engine_.Append(mine, std::to_string(round)));
    EXPECT_EQ(Drain(*reader), Strings{std::to_string(round)});
    EXPECT_EQ(reader->position().commit, engine_.committer().shown().commit);
  }
  const int before = resolved_;
  EXPECT_EQ(Drain(*Read("mine")), (Strings{"0", "1", "2"}));
  EXPECT_EQ(resolved_ - before, 2);  // each stream once
}

TEST_F(CommitReaderTest, OfMoreStreamsThanItRemembers) {
  Strings expected;
  for (int i = 0; i < 9000; ++i) {
    const auto stream = engine_.Stream("s" + std::to_string(i % 4500));
    expected.push_back(std::to_string(i));
    ASSERT_OK(engine_.Append(stream, expected.back()));
  }
  EXPECT_EQ(Drain(*Read()), expected);
}

TEST_F(CommitReaderTest, HoldsNothingOfTheStoreAndGoesOnAfterAReopen) {
  const auto stream = engine_.Stream("s");
  for (int i = 0; i < 3; ++i) ASSERT_OK(engine_.Append(stream, std::to_string(i)));
  const auto reader = Read();
  ChunkView view;
  ASSERT_THAT(reader->Next(&view, absl::InfinitePast(), {}), IsOkAndHolds(true));
  engine_.fs().Arm({.ops = {FileOp::kAppend}, .name_contains = ".log"});
  EXPECT_FALSE(engine_.Append(stream, "lost").ok());
  engine_.fs().Disarm();
  std::thread waiting([&] {
    EXPECT_EQ(Drain(*reader), (Strings{"1", "2"}));
    EXPECT_THAT(reader->Next(&view, absl::InfiniteFuture(), {}), IsOkAndHolds(true));
  });
  engine_.clock().BlockUntilWaiting(1);
  ASSERT_OK(engine_.Reopen());  // waits for iterators
  ASSERT_OK(engine_.Append(stream, "3"));
  waiting.join();
  EXPECT_EQ(Walk(view)[0].fields[0].second, "3");
}

// ---- damage: a row that is gone is no end

TEST_F(CommitReaderTest, AMissingRowOfTheLog) {
  const auto stream = engine_.Stream("s");
  std::vector<uint64_t> commits;
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK_AND_ASSIGN(const AppendResult result, engine_.Append(stream, std::to_string(i)));
    commits.push_back(result.position.commit);
  }
  Change([&](StoreBatch& batch) {
    batch.Delete(Family::kLog, EncodeLogKey({commits[2], 0}).view());
  });
  const auto reader = Read();
  for (int i = 0; i < 2; ++i) {
    ChunkView view;
    ASSERT_THAT(reader->Next(&view, absl::InfinitePast(), {}), IsOkAndHolds(true));
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(TryDrain(*reader),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("but offset 2 comes next")));
  }
}

TEST_F(CommitReaderTest, AMissingOrDamagedRowOfTheDirectory) {
  const auto stream = engine_.Stream("s");
  std::vector<AppendResult> results;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(const AppendResult result, engine_.Append(stream, std::to_string(i)));
    results.push_back(result);
  }
  const DirKey key = EncodeDirKey(stream->partition_id(0), results[1].first_id);
  ASSERT_OK_AND_ASSIGN(
      const auto other,
      engine_.store().Get(Family::kDir,
                          EncodeDirKey(stream->partition_id(0), results[2].first_id).view()));
  Change([&](StoreBatch& batch) { batch.Put(Family::kDir, key.view(), *other); });
  EXPECT_THAT(TryDrain(*Read()),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("refers to something else")));
  Change([&](StoreBatch& batch) { batch.Put(Family::kDir, key.view(), "\x01nonsense"); });
  EXPECT_THAT(TryDrain(*Read()), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("offset 1")));
  Change([&](StoreBatch& batch) { batch.Delete(Family::kDir, key.view()); });
  EXPECT_THAT(TryDrain(*Read()),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("the directory has no row for it")));
}

TEST_F(CommitReaderTest, ADamagedRowOfTheLog) {
  const auto stream = engine_.Stream("s");
  ASSERT_OK_AND_ASSIGN(const AppendResult result, engine_.Append(stream, std::string(2000, 'x')));
  const LogKey key = EncodeLogKey({result.position.commit, 0});
  Change([&](StoreBatch& batch) { batch.Put(Family::kLog, key.view(), "\x07"); });
  EXPECT_THAT(TryDrain(*Read()), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("malformed")));
}

// What is trimmed is no gap, and what a compaction has dropped of it neither.
TEST_F(CommitReaderTest, RowsThatATrimTookAreNotMissed) {
  const auto stream = engine_.Stream("s");
  std::vector<AppendResult> results;
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK_AND_ASSIGN(const AppendResult result, engine_.Append(stream, std::to_string(i)));
    results.push_back(result);
  }
  const auto reader = Read();
  ChunkView view;
  ASSERT_THAT(reader->Next(&view, absl::InfinitePast(), {}), IsOkAndHolds(true));
  Request trim;
  trim.stream = stream;
  trim.Extras().heads.push_back({0, 3, EntryId::Min()});
  ASSERT_OK(engine_.committer().Run(&trim));
  Change([&](StoreBatch& batch) {
    for (const int i : {1, 2}) {
      batch.Delete(Family::kLog, EncodeLogKey({results[i].position.commit, 0}).view());
      batch.Delete(Family::kDir, EncodeDirKey(stream->partition_id(0), results[i].first_id).view());
    }
  });
  EXPECT_EQ(Drain(*reader), Strings{"3"});
  EXPECT_EQ(Drain(*Read()), Strings{"3"});
}

}  // namespace
}  // namespace evlog
