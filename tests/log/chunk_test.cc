#include "log/chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "evlog/limits.h"
#include "tests/log/chunks.h"
#include "tests/log/damage.h"
#include "tests/log/golden_chunks.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;

constexpr PartitionId kFirst{StreamId(1), 0};

std::string NumberedEntry(size_t i) {
  const std::string number = std::to_string(i);
  const std::string value(i * 7 % 300, 'v');
  const std::vector<FieldView> fields = {{"n", number}, {"value", value}};
  return i % 3 == 0 ? EncodedEntry(fields, number) : EncodedEntry(fields);
}

// Irregular ids: no two neighbours make a run.
std::vector<EntryId> IrregularIds(size_t count) {
  std::vector<EntryId> ids;
  uint64_t seq = 0;
  for (size_t i = 0; i < count; ++i) ids.push_back({7, seq += 1 + i % 5 * (i % 11)});
  return ids;
}

ChunkRef NumberedChunk(const std::vector<EntryId>& ids, uint64_t base_offset = 1000) {
  std::vector<std::string> entries;
  for (size_t i = 0; i < ids.size(); ++i) entries.push_back(NumberedEntry(i));
  return MakeChunk(MakeHeader(kFirst, base_offset, RunsOf(ids)), entries);
}

// All views of the chunk, or a choice of them, say the same forwards and backwards.
void CheckViews(const ChunkRef& chunk, const std::vector<EntryId>& ids) {
  const std::vector<OwnedEntry> all = Walk(chunk);
  ASSERT_EQ(all.size(), ids.size());
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].id, ids[i]);
    EXPECT_EQ(all[i].offset, chunk->header().base_offset + i);
    EXPECT_EQ(all[i].partition, chunk->header().partition.partition);
    EXPECT_EQ(chunk->IdAt(static_cast<uint32_t>(i)), ids[i]);
  }
  Rng rng(5);
  const uint32_t count = chunk->count();
  for (int round = 0; round < 50; ++round) {
    const auto first = static_cast<uint32_t>(rng.Below(count));
    const auto size = static_cast<uint32_t>(rng.Below(count - first + 1));
    std::vector<OwnedEntry> wanted(all.begin() + first, all.begin() + first + size);
    ASSERT_EQ(Walk(ChunkView(chunk, first, size, false)), wanted);
    std::reverse(wanted.begin(), wanted.end());
    ASSERT_EQ(Walk(ChunkView(chunk, first, size, true)), wanted);
  }
}

TEST(ChunkTest, GoldenChunksAreWalkedBothWays) {
  for (const auto& [name, chunk] : GoldenChunks()) {
    SCOPED_TRACE(name);
    CheckViews(chunk, IdsOf(chunk->header().ids));
    ASSERT_OK_AND_ASSIGN(const ChunkRef decoded, Chunk::Decode(ExactBytes(chunk->bytes()).view()));
    EXPECT_EQ(decoded->bytes(), chunk->bytes());
    EXPECT_EQ(Walk(decoded), Walk(chunk));
  }
}

TEST(ChunkTest, RunsOfAllKindsAreWalkedBothWays) {
  std::vector<EntryId> mixed;
  for (uint64_t i = 0; i < 20; ++i) mixed.push_back({1, i});
  for (uint64_t i = 0; i < 20; ++i) mixed.push_back({2, i * 1024 + 3});
  mixed.push_back({2, 1 << 20});
  for (uint64_t i = 0; i < 20; ++i) mixed.push_back({3, i * i * i});
  mixed.push_back({UINT64_MAX, 0});
  mixed.push_back({UINT64_MAX, UINT64_MAX - 1});
  mixed.push_back(EntryId::Max());
  CheckViews(NumberedChunk(mixed), mixed);
  CheckViews(NumberedChunk({{1, 1}}), {{1, 1}});
}

// Headers larger than the room kept for them, on both sides of it: the entries are moved.
TEST(ChunkTest, AsManyRunsAsEntries) {
  for (const size_t count : {1, 2, 5, 10, 15, 20, 25, 30, 100, 1000}) {
    const std::vector<EntryId> ids = IrregularIds(count);
    const ChunkRef chunk = NumberedChunk(ids);
    CheckViews(chunk, ids);
    ASSERT_OK_AND_ASSIGN(const ChunkRef decoded, Chunk::Decode(chunk->bytes()));
    EXPECT_EQ(Walk(decoded), Walk(chunk));
    EXPECT_GE(chunk->memory(), sizeof(Chunk) + chunk->bytes().size());
  }
}

TEST(ChunkTest, EveryHeaderSizeAroundTheRoomKeptForIt) {
  for (int bits = 0; bits < 64; ++bits) {
    for (int runs = 1; runs <= 8; ++runs) {
      const uint64_t large = uint64_t{1} << bits;
      std::vector<EntryId> ids;
      for (int i = 0; i < runs; ++i) ids.push_back({(large >> 4) * i + i, large});
      const ChunkRef chunk =
          MakeChunk(MakeHeader({StreamId(large), 0}, large, RunsOf(ids)), {NumberedEntry(3)});
      ASSERT_OK_AND_ASSIGN(const ChunkRef decoded, Chunk::Decode(chunk->bytes()));
      ASSERT_EQ(Walk(decoded), Walk(chunk));
      ASSERT_EQ(IdsOf(decoded->header().ids), ids);
    }
  }
}

TEST(ChunkTest, AViewWithoutEntries) {
  const ChunkView none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.partition(), 0);
  EXPECT_TRUE(none.begin() == none.end());
  const ChunkRef chunk = NumberedChunk({{1, 1}});
  for (const bool backward : {false, true}) {
    const ChunkView empty(chunk, 0, 0, backward);
    EXPECT_TRUE(empty.begin() == empty.end());
  }
}

TEST(ChunkTest, AViewOutlivesEverythingElse) {
  ChunkView copy;
  {
    const ChunkRef chunk = NumberedChunk({{1, 1}, {1, 2}});
    const ChunkView view(chunk, 0, 2, false);
    copy = view;
  }
  EXPECT_EQ(Walk(copy).size(), 2u);
  ChunkView moved = std::move(copy);
  EXPECT_EQ(Walk(moved).front().fields[0].second, "0");
}

// Chunks handed out are shared: several readers ask for the starts of entries at the same time.
TEST(ChunkTest, PositionsAreMadeByManyThreadsAtOnce) {
  const std::vector<EntryId> ids = IrregularIds(500);
  const ChunkRef made = NumberedChunk(ids);
  const std::vector<OwnedEntry> wanted = Walk(made, true);
  for (int round = 0; round < 20; ++round) {
    ASSERT_OK_AND_ASSIGN(const ChunkRef chunk, Chunk::Decode(made->bytes()));
    constexpr int kThreads = 4;
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    std::vector<std::vector<OwnedEntry>> seen(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        const ChunkView view(chunk, 0, chunk->count(), true);
        for (++ready; ready < kThreads;) std::this_thread::yield();
        seen[i] = Walk(view);
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& entries : seen) ASSERT_EQ(entries, wanted);
  }
}

TEST(ChunkTest, DamageIsDataLossOrAChunkThatCanBeWalked) {
  const std::vector<EntryId> ids = {{1, 1}, {1, 2}, {1, 9}, {2, 0}};
  std::map<std::string, ChunkRef> chunks = GoldenChunks();
  chunks["numbered"] = NumberedChunk(ids);
  for (const auto& [name, chunk] : chunks) {
    SCOPED_TRACE(name);
    ForEachDamage(chunk->bytes(), [&](std::string_view bytes, bool is_prefix) {
      const absl::StatusOr<ChunkRef> decoded = Chunk::Decode(bytes);
      if (!decoded.ok()) {
        ASSERT_THAT(decoded, StatusIs(absl::StatusCode::kDataLoss));
        return;
      }
      ASSERT_FALSE(is_prefix) << bytes.size() << " bytes";
      ASSERT_EQ(Walk(*decoded).size(), (*decoded)->count());
      ASSERT_EQ(Walk(*decoded, true).size(), (*decoded)->count());
    });
  }
}

TEST(ChunkTest, DamagedEntriesAreNamed) {
  const ChunkRef chunk = NumberedChunk({{1, 1}, {1, 2}});
  std::string bytes(chunk->bytes());
  bytes += '\0';
  EXPECT_THAT(Chunk::Decode(bytes), StatusIs(absl::StatusCode::kDataLoss,
                                             HasSubstr("stream 1, partition 0, offset 1000")));
}

TEST(ChunkTest, TheLargestEntry) {
  const std::string value(Limits().entry_bytes, 'x');
  const std::vector<FieldView> fields = {{"", value}};
  const ChunkRef chunk =
      MakeChunk(MakeHeader(kFirst, 0, {{{1, 1}, 1}}), {EncodedEntry(fields, "k")});
  ASSERT_OK_AND_ASSIGN(const ChunkRef decoded, Chunk::Decode(chunk->bytes()));
  for (const bool backward : {false, true}) {
    for (const EntryView& entry : ChunkView(decoded, 0, 1, backward)) {
      EXPECT_EQ(entry.fields.Find(""), value);
      EXPECT_EQ(entry.key, "k");
    }
  }
}

TEST(ChunkTest, ABufferGrowsAndMoves) {
  ChunkBuffer buffer;
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_EQ(buffer.entries(), "");
  std::string wanted;
  for (size_t i = 0; i < 2000; ++i) {
    const std::string piece(i % 97, static_cast<char>(i));
    buffer.Append(piece);
    wanted += piece;
    ASSERT_EQ(buffer.size(), wanted.size());
  }
  ChunkBuffer moved = std::move(buffer);
  EXPECT_EQ(moved.entries(), wanted);
  // Room that was asked for and not used does not count.
  moved.Extend(1 << 20);
  EXPECT_EQ(moved.entries(), wanted);
}

}  // namespace
}  // namespace evlog
