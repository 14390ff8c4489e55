#include "log/stream_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/log/chunks.h"
#include "tests/log/requests.h"
#include "tests/support/manual_clock.h"

namespace evlog {
namespace {

// Entries [base, base + count) of a partition; their ids are 1-base and so on.
ChunkRef ChunkOf(const StreamState& stream, uint16_t partition, uint64_t base, uint32_t count) {
  const uint64_t unit = stream.partitions() > 1 ? 1024 : 1;
  std::vector<EntryId> ids;
  for (uint64_t i = base; i < base + count; ++i) ids.push_back({1, i * unit | partition});
  return MakeChunk(
      MakeHeader(stream.partition_id(partition), base, RunsOf(ids), stream.partitions() > 1),
      {EncodedEntry({{"a", "b"}})});
}

std::vector<uint64_t> Bases(const std::vector<ChunkRef>& chunks) {
  std::vector<uint64_t> bases;
  for (const ChunkRef& chunk : chunks) bases.push_back(chunk->header().base_offset);
  return bases;
}

// The base offsets of the cached chunks, or nothing where `offset` is not cached.
std::optional<std::vector<uint64_t>> Cached(const StreamState& stream, uint64_t offset,
                                            bool backward = false, size_t max = 100,
                                            uint16_t partition = 0) {
  std::vector<ChunkRef> chunks;
  if (!stream.TailChunks(partition, offset, backward, max, &chunks)) return std::nullopt;
  return Bases(chunks);
}

using Offsets = std::vector<uint64_t>;

TEST(StreamStateTest, TurnsGoRoundThePartitions) {
  const auto stream = MakeStream(3);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(stream->TakeTurn(), i % 3);
  const auto one = MakeStream(1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(one->TakeTurn(), 0);
}

TEST(StreamStateTest, VisibleChunksAreSeenAtOnce) {
  const auto stream = MakeStream();
  EXPECT_EQ(stream->LastId(), EntryId::Min());
  stream->AddChunk(ChunkOf(*stream, 0, 0, 3), true, true);
  EXPECT_EQ(stream->Tail(0).next_offset, 3u);
  EXPECT_EQ(stream->Tail(0).last_id, (EntryId{1, 2}));
  EXPECT_EQ(stream->LastId(), (EntryId{1, 2}));
}

TEST(StreamStateTest, OthersAreSeenOncePublished) {
  const auto stream = MakeStream();
  for (uint64_t base : {0, 3, 6}) stream->AddChunk(ChunkOf(*stream, 0, base, 3), true, false);
  EXPECT_EQ(stream->Tail(0).next_offset, 0u);
  EXPECT_EQ(Cached(*stream, 0), std::nullopt);
  stream->Publish(0, {6, {1, 5}});
  EXPECT_EQ(Cached(*stream, 0), (Offsets{0, 3}));
  EXPECT_EQ(Cached(*stream, 5), (Offsets{3}));
  EXPECT_EQ(Cached(*stream, 6), std::nullopt);
  EXPECT_EQ(Cached(*stream, 5, true), (Offsets{0, 3}));
  stream->Publish(0, {3, {1, 2}});  // an older one changes nothing
  EXPECT_EQ(stream->Tail(0).next_offset, 6u);
  EXPECT_EQ(stream->LastId(), (EntryId{1, 5}));
}

TEST(StreamStateTest, TheLastIdOfPartitionsIsPublishedByItself) {
  const auto stream = MakeStream(2);
  stream->AddChunk(ChunkOf(*stream, 0, 0, 1), true, true);
  stream->AddChunk(ChunkOf(*stream, 1, 0, 2), true, true);
  EXPECT_EQ(stream->Tail(1).next_offset, 2u);
  EXPECT_EQ(stream->LastId(), EntryId::Min());
  stream->PublishLastId({1, 1025});
  stream->PublishLastId({1, 1024});
  EXPECT_EQ(stream->LastId(), (EntryId{1, 1025}));
}

TEST(StreamStateTest, TailChunksFromAndUpToAnOffset) {
  const auto stream = MakeStream();
  for (uint64_t base : {10, 20, 25, 40}) {
    const uint32_t count = base == 20 ? 5 : base == 25 ? 15 : 10;
    stream->AddChunk(ChunkOf(*stream, 0, base, count), true, true);
  }
  const struct {
    uint64_t offset;
    bool backward;
    size_t max;
    std::optional<Offsets> wanted;
  } cases[] = {
      {9, false, 9, std::nullopt},
      {10, false, 9, Offsets{10, 20, 25, 40}},
      {19, false, 9, Offsets{10, 20, 25, 40}},
      {20, false, 9, Offsets{20, 25, 40}},
      {20, false, 2, Offsets{20, 25}},
      {49, false, 9, Offsets{40}},
      {50, false, 9, std::nullopt},
      {49, true, 9, Offsets{10, 20, 25, 40}},
      {24, true, 9, Offsets{10, 20}},
      {25, true, 2, Offsets{20, 25}},
      {25, true, 1, Offsets{25}},
      {9, true, 9, std::nullopt},
      {10, true, 9, Offsets{10}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Cached(*stream, c.offset, c.backward, c.max), c.wanted)
        << c.offset << (c.backward ? " backwards" : "");
  }
}

TEST(StreamStateTest, TheOldestIsDroppedFirst) {
  const auto stream = MakeStream();
  const ChunkRef first = ChunkOf(*stream, 0, 0, 2);
  stream->AddChunk(first, true, true);
  stream->AddChunk(ChunkOf(*stream, 0, 2, 2), true, true);
  EXPECT_EQ(stream->DropOldest(0), first->memory());
  EXPECT_EQ(Cached(*stream, 1), std::nullopt);
  EXPECT_EQ(Cached(*stream, 2), (Offsets{2}));
  EXPECT_GT(stream->DropOldest(0), 0u);
  EXPECT_EQ(Cached(*stream, 2), std::nullopt);
  EXPECT_EQ(stream->DropOldest(0), 0u);
  stream->AddChunk(ChunkOf(*stream, 0, 4, 1), false, true);  // not kept
  EXPECT_EQ(Cached(*stream, 4), std::nullopt);
  EXPECT_EQ(stream->Tail(0).next_offset, 5u);
}

TEST(StreamStateTest, ResetTakesTheDiskForTrue) {
  const auto stream = MakeStream(2);
  stream->AddChunk(ChunkOf(*stream, 0, 0, 4), true, true);
  stream->Reset(StatesOf({{3, {1, 2048}, 30}, {7, {2, 1025}, 70}}));
  EXPECT_EQ(stream->assigned().last_id, (EntryId{2, 1025}));
  EXPECT_EQ(stream->assigned().partitions[0].next_offset, 3u);
  EXPECT_EQ(stream->assigned().partitions[1].next_offset, 7u);
  EXPECT_EQ(stream->assigned().partitions[1].next_bytes, 70u);
  EXPECT_EQ(stream->Tail(0).next_offset, 3u);
  EXPECT_EQ(stream->LastId(), (EntryId{2, 1025}));
  EXPECT_EQ(Cached(*stream, 0), std::nullopt);
}

TEST(StreamStateTest, WaitersWakeForWhatTheyWaitFor) {
  ManualClock clock;
  const auto stream = MakeStream(2);
  std::atomic<int> woken{0};
  std::vector<std::thread> waiters;
  waiters.emplace_back([&] {
    EXPECT_TRUE(stream->AwaitAfter({1, 500}, &clock, absl::InfiniteFuture(), {}));
    ++woken;
  });
  waiters.emplace_back([&] {
    EXPECT_TRUE(stream->AwaitOffset(1, 1, &clock, absl::InfiniteFuture(), {}));
    ++woken;
  });
  clock.BlockUntilWaiting(2);
  stream->AddChunk(ChunkOf(*stream, 1, 0, 1), true, true);  // offset 0 only
  stream->PublishLastId({1, 500});
  EXPECT_EQ(woken, 0);
  stream->AddChunk(ChunkOf(*stream, 1, 1, 1), true, true);
  waiters[1].join();
  EXPECT_EQ(woken, 1);
  stream->PublishLastId({1, 501});
  waiters[0].join();
  EXPECT_EQ(woken, 2);
}

TEST(StreamStateTest, WaitersLeaveAtTheDeadlineAStopAndTheClose) {
  ManualClock clock;
  const auto stream = MakeStream();
  std::stop_source stop;
  const absl::Time deadline = clock.Now() + absl::Seconds(1);
  std::thread timed([&] { EXPECT_FALSE(stream->AwaitOffset(0, 0, &clock, deadline, {})); });
  clock.BlockUntilWaiting(1);
  clock.Advance(absl::Seconds(1));
  timed.join();

  std::thread stopped([&] {
    EXPECT_FALSE(stream->AwaitAfter({}, &clock, absl::InfiniteFuture(), stop.get_token()));
  });
  clock.BlockUntilWaiting(1);
  stop.request_stop();
  stopped.join();

  std::thread closed(
      [&] { EXPECT_TRUE(stream->AwaitAfter({}, &clock, absl::InfiniteFuture(), {})); });
  clock.BlockUntilWaiting(1);
  EXPECT_FALSE(stream->closed());
  stream->Close();
  closed.join();
  EXPECT_TRUE(stream->closed());
  // A wait that begins afterwards does not wait.
  EXPECT_TRUE(stream->AwaitOffset(0, 9, &clock, absl::InfiniteFuture(), {}));
}

}  // namespace
}  // namespace evlog
