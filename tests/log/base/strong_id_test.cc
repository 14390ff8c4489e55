#include "log/base/strong_id.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "log/ids.h"

namespace evlog {
namespace {

using GroupId = StrongId<struct TestGroupIdTag, uint64_t>;

static_assert(!std::is_convertible_v<uint64_t, StreamId>);
static_assert(!std::is_convertible_v<StreamId, uint64_t>);
static_assert(!std::is_convertible_v<GroupId, StreamId>);
static_assert(!std::is_constructible_v<StreamId, GroupId>);
static_assert(!std::is_assignable_v<StreamId&, GroupId>);
static_assert(std::is_trivially_copyable_v<StreamId>);
static_assert(sizeof(StreamId) == sizeof(uint64_t));
static_assert(StreamId().value() == 0);
static_assert(StreamId(7).value() == 7);
static_assert(StreamId(1) < StreamId(2) && StreamId(2) == StreamId(2));

TEST(StrongIdTest, ComparesByValue) {
  EXPECT_EQ(StreamId(3), StreamId(3));
  EXPECT_NE(StreamId(3), StreamId(4));
  EXPECT_GT(StreamId(UINT64_MAX), StreamId(0));
}

TEST(StrongIdTest, IsAKey) {
  absl::flat_hash_map<StreamId, int> map;
  for (uint64_t i = 0; i < 1000; ++i) map[StreamId(i)] = static_cast<int>(i);
  EXPECT_EQ(map.size(), 1000u);
  EXPECT_EQ(map.at(StreamId(999)), 999);
  EXPECT_FALSE(map.contains(StreamId(1000)));
}

TEST(PartitionIdTest, OrdersByStreamThenPartition) {
  EXPECT_LT((PartitionId{StreamId(1), 9}), (PartitionId{StreamId(2), 0}));
  EXPECT_LT((PartitionId{StreamId(1), 8}), (PartitionId{StreamId(1), 9}));
  EXPECT_EQ((PartitionId{StreamId(1), 8}), (PartitionId{StreamId(1), 8}));
}

TEST(PartitionIdTest, BothPartsAreInTheHash) {
  absl::flat_hash_set<size_t> hashes;
  for (uint64_t stream = 0; stream < 50; ++stream) {
    for (uint16_t partition = 0; partition < 50; ++partition) {
      hashes.insert(absl::HashOf(PartitionId{StreamId(stream), partition}));
    }
  }
  EXPECT_GT(hashes.size(), 2490u);
}

}  // namespace
}  // namespace evlog
