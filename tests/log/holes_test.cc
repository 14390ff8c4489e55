#include "log/holes.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

// The same, as simply as it can be.
class Oracle {
 public:
  bool Add(uint64_t offset) { return set_.insert(offset).second; }
  bool Contains(uint64_t offset) const { return set_.contains(offset); }
  uint64_t CountIn(uint64_t begin, uint64_t end) const {
    return static_cast<uint64_t>(
        std::distance(set_.lower_bound(begin), set_.lower_bound(std::max(begin, end))));
  }
  uint64_t NextLive(uint64_t offset) const {
    while (Contains(offset)) ++offset;
    return offset;
  }
  uint64_t NextHole(uint64_t offset, uint64_t end) const {
    while (offset < end && !Contains(offset)) ++offset;
    return offset < end ? offset : end;
  }
  uint64_t LastLiveBelow(uint64_t offset) const {
    while (offset != 0 && Contains(offset - 1)) --offset;
    return offset;
  }
  uint64_t LastHoleBelow(uint64_t offset, uint64_t begin) const {
    while (offset > begin && !Contains(offset - 1)) --offset;
    return std::max(offset, begin);
  }
  uint64_t FromEnd(uint64_t begin, uint64_t end, uint64_t live) const {
    while (live != 0 && end > begin) {
      if (!Contains(--end)) --live;
    }
    return end;
  }

 private:
  std::set<uint64_t> set_;
};

TEST(HolesTest, AgreesWithASet) {
  Rng rng(TestSeed(9));
  for (int round = 0; round < 60; ++round) {
    Holes holes;
    Oracle oracle;
    const uint64_t span = 10 + rng.Below(6000);
    const uint64_t percent = rng.Below(101);
    for (uint64_t i = 0; i < span; ++i) {
      if (!rng.Percent(percent)) continue;
      const uint64_t offset = rng.Percent(90) ? i : rng.Below(span);
      ASSERT_EQ(holes.Add(offset), oracle.Add(offset));
    }
    for (int probe = 0; probe < 200; ++probe) {
      const uint64_t a = rng.Below(span + 2000), b = rng.Below(span + 2000);
      const uint64_t begin = std::min(a, b), end = std::max(a, b);
      ASSERT_EQ(holes.Contains(a), oracle.Contains(a));
      ASSERT_EQ(holes.CountIn(begin, end), oracle.CountIn(begin, end)) << begin << " " << end;
      ASSERT_EQ(holes.NextLive(a), oracle.NextLive(a)) << a;
      ASSERT_EQ(holes.NextHole(begin, end), oracle.NextHole(begin, end)) << begin << " " << end;
      ASSERT_EQ(holes.LastLiveBelow(a), oracle.LastLiveBelow(a)) << a;
      ASSERT_EQ(holes.LastHoleBelow(end, begin), oracle.LastHoleBelow(end, begin))
          << end << " " << begin;
      const uint64_t live = rng.Below(span);
      ASSERT_EQ(holes.FromEnd(begin, end, live), oracle.FromEnd(begin, end, live))
          << begin << " " << end << " " << live;
    }
  }
}

TEST(HolesTest, BlocksAreDroppedAndLoadedAgain) {
  Holes holes;
  for (uint64_t offset = 0; offset < 3000; offset += 7) holes.Add(offset);
  const std::string second = holes.Encode(1);
  holes.DropBelow(2047);  // the second block is needed still
  EXPECT_FALSE(holes.Contains(7));
  EXPECT_TRUE(holes.Contains(1029));
  holes.DropBelow(2048);
  EXPECT_FALSE(holes.Contains(1029));
  EXPECT_TRUE(holes.Contains(2051));
  ASSERT_OK(holes.Load(1, second));
  EXPECT_TRUE(holes.Contains(1029));
  EXPECT_EQ(holes.CountIn(1024, 2048), 146u);
  EXPECT_THAT(holes.Load(5, ""), StatusIs(absl::StatusCode::kDataLoss));
  holes.DropBelow(10000);
  EXPECT_TRUE(holes.empty());
}

}  // namespace
}  // namespace evlog
