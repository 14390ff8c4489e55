#include "log/tail_cache.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/log/chunks.h"
#include "tests/log/requests.h"

namespace evlog {
namespace {

class TailCacheTest : public ::testing::Test {
 protected:
  // The next entry of the partition, of about `bytes`.
  ChunkRef Add(TailCache* cache, const std::shared_ptr<StreamState>& stream, uint16_t partition,
               size_t bytes) {
    const uint64_t base = stream->Tail(partition).next_offset;
    const bool partitioned = stream->partitions() > 1;
    const EntryId id{1, partitioned ? (base + 1) << 10 | partition : base + 1};
    const ChunkRef chunk =
        MakeChunk(MakeHeader(stream->partition_id(partition), base, {{id, 1}}, partitioned),
                  {EncodedEntry({{"v", std::string(bytes, 'v')}})});
    cache->Added(stream, partition, stream->AddChunk(chunk, true, true));
    cache->Evict();
    return chunk;
  }

  bool Cached(const StreamState& stream, uint16_t partition, uint64_t offset) {
    std::vector<ChunkRef> chunks;
    return stream.TailChunks(partition, offset, false, 1, &chunks);
  }
};

TEST_F(TailCacheTest, TheOldestOfAllPartitionsGoesFirst) {
  const auto a = MakeStream(1, Durability::kOs, 1);
  const auto b = MakeStream(2, Durability::kOs, 2);
  TailCache probe(SIZE_MAX);
  const size_t one = Add(&probe, MakeStream(), 0, 1000)->memory();

  TailCache cache(3 * (one + kTailBytes));
  EXPECT_TRUE(cache.enabled());
  Add(&cache, a, 0, 1000);
  Add(&cache, b, 1, 1000);
  Add(&cache, a, 0, 1000);
  EXPECT_EQ(cache.bytes(), 3 * one + 2 * kTailBytes);
  EXPECT_TRUE(Cached(*a, 0, 0));
  Add(&cache, b, 0, 1000);
  EXPECT_EQ(cache.bytes(), 3 * one + 3 * kTailBytes);
  EXPECT_FALSE(Cached(*a, 0, 0));
  EXPECT_TRUE(Cached(*a, 0, 1));
  EXPECT_TRUE(Cached(*b, 1, 0));
  Add(&cache, b, 0, 1000);
  EXPECT_FALSE(Cached(*b, 1, 0));
  EXPECT_TRUE(Cached(*b, 0, 0));
}

TEST_F(TailCacheTest, TheBoundHoldsWhateverComes) {
  const auto a = MakeStream();
  TailCache cache(10'000);
  for (int i = 0; i < 200; ++i) {
    Add(&cache, a, 0, static_cast<size_t>(i * 37 % 3000));
    EXPECT_LE(cache.bytes(), 10'000u);
  }
  EXPECT_TRUE(Cached(*a, 0, 199));
  Add(&cache, a, 0, 20'000);  // larger than everything: not kept, and nothing else either
  EXPECT_EQ(cache.bytes(), 0u);
  EXPECT_FALSE(Cached(*a, 0, 200));
}

TEST_F(TailCacheTest, ItHoldsItsStreamsUntilCleared) {
  auto a = MakeStream();
  std::weak_ptr<StreamState> weak = a;
  TailCache cache(1 << 20);
  Add(&cache, a, 0, 100);
  a->Reset(StatesOf({PartitionTail()}));
  a.reset();
  EXPECT_FALSE(weak.expired());
  cache.Clear();
  EXPECT_TRUE(weak.expired());
  EXPECT_EQ(cache.bytes(), 0u);
  EXPECT_FALSE(TailCache(0).enabled());
}

}  // namespace
}  // namespace evlog
