#include "log/stream_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "tests/log/engine.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const auto kInvalid = absl::StatusCode::kInvalidArgument;

std::vector<EntryId> Ids(const std::vector<OwnedEntry>& entries) {
  std::vector<EntryId> ids;
  for (const OwnedEntry& entry : entries) ids.push_back(entry.id);
  return ids;
}

// What a request ought to give, by plain filtering of all entries in the order of their ids.
struct Filter {
  EntryId from = EntryId::Min();
  EntryId until = EntryId::Max();
  bool ended = false;  // a bound that nothing meets

  void From(const Bound& bound) {
    if (bound.kind() == Bound::Kind::kExclusiveId) {
      if (bound.id() == EntryId::Max()) ended = true;
      from = bound.id().Successor();
    } else {
      from = bound.id();
    }
  }
  void Until(const Bound& bound) {
    if (bound.kind() == Bound::Kind::kId) {
      until = bound.id();
    } else {
      if (bound.id() == EntryId::Min()) ended = true;
      until = bound.id().Predecessor();
    }
  }
};

std::vector<OwnedEntry> Filtered(const std::vector<OwnedEntry>& all, const ReadRequest& request) {
  Filter filter;
  if (request.from.kind() != Bound::Kind::kBegin) filter.From(request.from);
  if (request.until) filter.Until(*request.until);
  std::vector<OwnedEntry> wanted;
  for (const OwnedEntry& entry : all) {
    if (filter.ended || entry.id < filter.from || entry.id > filter.until) continue;
    if (request.partition && entry.partition != *request.partition) continue;
    wanted.push_back(entry);
  }
  if (request.direction == Direction::kBackward) std::reverse(wanted.begin(), wanted.end());
  if (wanted.size() > request.limit) wanted.resize(request.limit);
  return wanted;
}

struct Setup {
  uint32_t partitions;
  size_t tail_cache_bytes;
};

class StreamReaderTest : public ::testing::TestWithParam<Setup> {
 protected:
  // Appends at a clock that moves, stands still and steps back; notes all entries in order.
  void Fill(int batches) {
    Rng rng(next_seed_++);
    for (int i = 0; i < batches; ++i) {
      std::vector<Draft> drafts(1 + rng.Skewed(4));
      for (Draft& draft : drafts) {
        draft.value = std::string(rng.Skewed(12), 'v');
        if (rng.Percent(70)) draft.key = rng.Bytes(3);
      }
      ASSERT_OK(engine_.Append(stream_, drafts));
      if (rng.Percent(30)) {
        engine_.clock().Advance(absl::Milliseconds(static_cast<int64_t>(rng.Below(50)) - 10));
      }
    }
    ASSERT_OK_AND_ASSIGN(all_, engine_.ReadAll(stream_));
    EXPECT_TRUE(
        std::is_sorted(all_.begin(), all_.end(), [](auto& a, auto& b) { return a.id < b.id; }));
  }

  Engine engine_{{.tail_cache_bytes = GetParam().tail_cache_bytes}};
  std::shared_ptr<StreamState> stream_ =
      engine_.Stream("s", Durability::kOs, GetParam().partitions);
  std::vector<OwnedEntry> all_;
  uint64_t next_seed_ = 1;
};

TEST_P(StreamReaderTest, BoundsDirectionsAndLimitsAgreeWithFiltering) {
  Fill(200);
  Rng rng(TestSeed(11));
  const auto id = [&] {
    const EntryId some = all_[rng.Below(all_.size())].id;
    switch (rng.Below(8)) {
      case 0:
        return some.Predecessor();
      case 1:
        return some.Successor();
      case 2:
        return EntryId{some.ms, 0};
      case 3:
        return EntryId{some.ms, UINT64_MAX};
      case 4:
        return rng.Percent(50) ? EntryId::Min() : EntryId::Max();
      default:
        return some;
    }
  };
  const auto bound = [&] {
    switch (rng.Below(3)) {
      case 0:
        return Bound::Id(id());
      case 1:
        return Bound::ExclusiveId(id());
      default:
        return Bound::Time(absl::FromUnixMillis(
            static_cast<int64_t>(all_[rng.Below(all_.size())].id.ms + rng.Below(3) - 1)));
    }
  };
  for (int round = 0; round < 1500; ++round) {
    ReadRequest request;
    if (rng.Percent(70)) request.from = bound();
    if (rng.Percent(70)) request.until = bound();
    if (rng.Percent(30))
      request.partition = static_cast<uint16_t>(rng.Below(stream_->partitions()));
    if (rng.Percent(50)) request.direction = Direction::kBackward;
    if (rng.Percent(30)) request.limit = rng.Skewed(9);
    ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> read, engine_.ReadAll(stream_, request));
    ASSERT_EQ(read, Filtered(all_, request)) << "round " << round;
  }
}

TEST_P(StreamReaderTest, OffsetsOfOnePartition) {
  Fill(100);
  for (uint16_t partition = 0; partition < std::min<uint16_t>(stream_->partitions(), 3);
       ++partition) {
    ReadRequest request;
    request.partition = partition;
    const std::vector<OwnedEntry> part = Filtered(all_, request);
    for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
      request.direction = direction;
      for (uint64_t from = 0; from < part.size() + 2; from += 3) {
        for (uint64_t until = from > 2 ? from - 2 : 0; until < part.size() + 2; until += 7) {
          request.from = Bound::Offset(from);
          request.until = Bound::Offset(until);
          std::vector<OwnedEntry> wanted;
          for (const OwnedEntry& entry : part) {
            if (entry.offset >= from && entry.offset <= until) wanted.push_back(entry);
          }
          if (direction == Direction::kBackward) std::reverse(wanted.begin(), wanted.end());
          ASSERT_OK_AND_ASSIGN(const auto read, engine_.ReadAll(stream_, request));
          ASSERT_EQ(Ids(read), Ids(wanted)) << from << ".." << until;
        }
      }
      request.from = Bound::Offset(1);
      request.until = Bound::Offset(UINT64_MAX);
      ASSERT_OK_AND_ASSIGN(const auto read, engine_.ReadAll(stream_, request));
      EXPECT_EQ(read.size(), part.empty() ? 0 : part.size() - 1);
    }
  }
}

TEST_P(StreamReaderTest, TheLastN) {
  Fill(50);
  for (const size_t n : {size_t{0}, size_t{1}, size_t{2}, size_t{17}, all_.size() - 1, all_.size(),
                         all_.size() + 1, SIZE_MAX}) {
    ReadRequest request;
    request.from = Bound::Last(n);
    const size_t count = std::min(n, all_.size());
    std::vector<OwnedEntry> wanted(all_.end() - static_cast<int64_t>(count), all_.end());
    EXPECT_THAT(engine_.ReadAll(stream_, request), IsOkAndHolds(wanted)) << n;
    request.direction = Direction::kBackward;
    std::reverse(wanted.begin(), wanted.end());
    EXPECT_THAT(engine_.ReadAll(stream_, request), IsOkAndHolds(wanted)) << n;
  }
}

TEST_P(StreamReaderTest, BeginAndEnd) {
  const auto read = [&](Bound from, std::optional<Bound> until, Direction direction) {
    ReadRequest request;
    request.from = from;
    request.until = until;
    request.direction = direction;
    const auto entries = engine_.ReadAll(stream_, request);
    EXPECT_OK(entries);
    return entries.ok() ? entries->size() : SIZE_MAX;
  };
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    EXPECT_EQ(read(Bound::Begin(), Bound::End(), direction), 0u);  // an empty stream
  }
  Fill(30);
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    EXPECT_EQ(read(Bound::Begin(), Bound::End(), direction), all_.size());
    EXPECT_EQ(read(Bound::Begin(), std::nullopt, direction), all_.size());
    EXPECT_EQ(read(Bound::End(), std::nullopt, direction), 0u);
    EXPECT_EQ(read(Bound::End(), Bound::End(), direction), 0u);
    EXPECT_EQ(read(Bound::Begin(), Bound::Begin(), direction), 0u);
  }
}

// What comes after the call of Read is followed, or not, as the request says.
TEST_P(StreamReaderTest, EntriesThatComeAfterwards) {
  Fill(20);
  ReadRequest follow, end, until_end, back;
  end.from = Bound::End();
  until_end.until = Bound::End();
  back.direction = Direction::kBackward;
  std::vector<std::unique_ptr<StreamReader>> readers;
  for (const ReadRequest& request : {follow, end, until_end, back}) {
    ASSERT_OK_AND_ASSIGN(readers.emplace_back(), engine_.Read(stream_, request));
  }
  const std::vector<OwnedEntry> before = all_;
  Fill(20);
  std::vector<std::vector<OwnedEntry>> read(readers.size());
  for (size_t i = 0; i < readers.size(); ++i) {
    ChunkView view;
    for (;;) {
      ASSERT_OK_AND_ASSIGN(const bool more, readers[i]->Next(&view, absl::InfinitePast(), {}));
      if (!more) break;
      for (OwnedEntry& entry : Walk(view)) read[i].push_back(std::move(entry));
    }
  }
  const std::vector<OwnedEntry> after(all_.begin() + static_cast<int64_t>(before.size()),
                                      all_.end());
  EXPECT_EQ(read[0], all_);
  EXPECT_EQ(read[1], after);
  EXPECT_EQ(read[2], before);
  EXPECT_EQ(read[3], std::vector<OwnedEntry>(before.rbegin(), before.rend()));
}

TEST_P(StreamReaderTest, AFollowerSeesEverythingInOrderWhileThreadsAppend) {
  constexpr int kThreads = 3, kEach = 200;
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string value = std::to_string(t) + "/" + std::to_string(i);
        EXPECT_OK(engine_.Append(stream_, {{value, value, {}}},
                                 i % 50 == 0 ? Durability::kAsync : Durability::kOs));
      }
    });
  }
  ASSERT_OK_AND_ASSIGN(const auto reader, engine_.Read(stream_, {}));
  EntryId last;
  size_t seen = 0;
  for (ChunkView view; seen < kThreads * kEach;) {
    ASSERT_THAT(reader->Next(&view, absl::InfiniteFuture(), {}), IsOkAndHolds(true));
    for (const EntryView& entry : view) {
      ASSERT_GT(entry.id, last);
      last = entry.id;
      ++seen;
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(seen, size_t{kThreads * kEach});
}

INSTANTIATE_TEST_SUITE_P(Setups, StreamReaderTest,
                         ::testing::Values(Setup{1, 0}, Setup{1, 1 << 20}, Setup{2, 0},
                                           Setup{5, 30'000}, Setup{64, 1 << 20}),
                         [](const auto& param) {
                           return std::to_string(param.param.partitions) + "PartitionsCached" +
                                  std::to_string(param.param.tail_cache_bytes);
                         });

// ---- what does not depend on the set-up

TEST(StreamReaderPlainTest, RequestsThatCannotBe) {
  Engine engine;
  const auto stream = engine.Stream("s", Durability::kOs, 4);
  ReadRequest request;
  request.partition = 4;
  EXPECT_THAT(engine.ReadAll(stream, request), StatusIs(kInvalid, HasSubstr("no partition 4")));
  request = {};
  request.from = Bound::Offset(0);
  EXPECT_THAT(engine.ReadAll(stream, request), StatusIs(kInvalid, HasSubstr("one partition")));
  request = {};
  request.until = Bound::Offset(0);
  EXPECT_THAT(engine.ReadAll(stream, request), StatusIs(kInvalid, HasSubstr("one partition")));
  request = {};
  request.until = Bound::Last(3);
  EXPECT_THAT(engine.ReadAll(stream, request), StatusIs(kInvalid, HasSubstr("the last n")));
}

TEST(StreamReaderPlainTest, WaitingEndsAtTheDeadlineAndWithAStop) {
  for (const uint32_t partitions : {1, 3}) {
    Engine engine;
    const auto stream = engine.Stream("s", Durability::kOs, partitions);
    ASSERT_OK_AND_ASSIGN(const auto reader, engine.Read(stream, {}));
    ChunkView view;
    EXPECT_THAT(reader->Next(&view, absl::InfinitePast(), {}), IsOkAndHolds(false));
    const absl::Time deadline = engine.clock().Now() + absl::Seconds(5);
    std::thread timed([&] { EXPECT_THAT(reader->Next(&view, deadline, {}), IsOkAndHolds(false)); });
    engine.clock().BlockUntilWaiting(1);
    engine.clock().Advance(absl::Seconds(5));
    timed.join();

    std::stop_source stop;
    std::thread stopped([&] {
      EXPECT_THAT(reader->Next(&view, absl::InfiniteFuture(), stop.get_token()),
                  StatusIs(absl::StatusCode::kCancelled));
    });
    engine.clock().BlockUntilWaiting(1);
    stop.request_stop();
    stopped.join();
    EXPECT_THAT(reader->Next(&view, absl::InfiniteFuture(), stop.get_token()),
                StatusIs(absl::StatusCode::kCancelled));

    // It may be called again, and what is there comes even with a stop requested.
    ASSERT_OK(engine.Append(stream, "a"));
    EXPECT_THAT(reader->Next(&view, absl::InfinitePast(), stop.get_token()), IsOkAndHolds(true));
  }
}

TEST(StreamReaderPlainTest, ManyPartitionsMostOfThemEmpty) {
  Engine engine;
  const auto stream = engine.Stream("s", Durability::kOs, 1024);
  ASSERT_OK(engine.Append(stream, "a"));
  ASSERT_OK_AND_ASSIGN(const auto reader, engine.Read(stream, {}));
  ChunkView view;
  for (int i = 0; i < 50; ++i) {
    ASSERT_THAT(reader->Next(&view, absl::InfinitePast(), {}), IsOkAndHolds(true));
    ASSERT_THAT(reader->Next(&view, absl::InfinitePast(), {}), IsOkAndHolds(false));
    ASSERT_OK(engine.Append(stream, {{"x", "key" + std::to_string(i), {}}}));
  }
}

TEST(StreamReaderPlainTest, UnsyncedEntriesOfASyncStreamAreBeyondEveryBound) {
  Engine engine;
  const auto stream = engine.Stream("s", Durability::kSync);
  ASSERT_OK(engine.Append(stream, "a", Durability::kSync));
  // From here on no sync succeeds, so nothing more becomes visible.
  engine.fs().Arm({.ops = {FileOp::kSync}, .for_ever = true, .name_contains = ".log"});
  ASSERT_OK(engine.Append(stream, "b", Durability::kOs));
  while (engine.committer().Health().ok()) std::this_thread::yield();
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    for (const Bound& from :
         {Bound::Begin(), Bound::Last(5), Bound::Id(EntryId::Min()), Bound::Offset(0)}) {
      ReadRequest request;
      request.direction = direction;
      request.from = from;
      EXPECT_EQ(engine.ReadValues(stream, request), std::vector<std::string>{"a"});
    }
    ReadRequest past;
    past.direction = direction;
    past.from = Bound::Offset(1);
    EXPECT_THAT(engine.ReadValues(stream, past), IsEmpty());
  }
  engine.fs().Disarm();
  ASSERT_OK(engine.Reopen());
  EXPECT_EQ(engine.ReadValues(stream), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace evlog
