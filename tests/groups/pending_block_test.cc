#include "groups/pending_block.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rng.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kIgnored = [](const PendingRun&) {};

std::vector<PendingRun> RunsOf(const PendingBlock& block) {
  std::vector<PendingRun> runs;
  std::optional<PendingRun> run = block.RunAt(0);
  while (run) {
    runs.push_back(*run);
    run = block.RunAt(run->end);
  }
  return runs;
}

const Pending kAnn{1000, 1, 1}, kBob{2000, 1, 2};

TEST(PendingBlock, NeighboursWithTheSameAreOneRun) {
  PendingBlock block;
  block.Assign(0, 100, kAnn, kIgnored);
  block.Assign(100, 200, kAnn, kIgnored);
  EXPECT_THAT(RunsOf(block), ElementsAre(PendingRun{0, 200, kAnn}));
  block.Assign(50, 60, kBob, kIgnored);
  EXPECT_THAT(RunsOf(block), ElementsAre(PendingRun{0, 50, kAnn}, PendingRun{50, 60, kBob},
                                         PendingRun{60, 200, kAnn}));
  block.Assign(50, 60, kAnn, kIgnored);
  EXPECT_THAT(RunsOf(block), ElementsAre(PendingRun{0, 200, kAnn}));
}

TEST(PendingBlock, SaysWhatStoodThere) {
  PendingBlock block;
  block.Assign(10, 20, kAnn, kIgnored);
  block.Assign(30, 40, kBob, kIgnored);
  std::vector<PendingRun> was;
  block.Assign(15, 35, std::nullopt, [&was](const PendingRun& run) { was.push_back(run); });
  EXPECT_THAT(was, ElementsAre(PendingRun{15, 20, kAnn}, PendingRun{30, 35, kBob}));
  EXPECT_THAT(RunsOf(block), ElementsAre(PendingRun{10, 15, kAnn}, PendingRun{35, 40, kBob}));
}

TEST(PendingBlock, WholeBlocks) {
  PendingBlock block;
  block.Assign(0, kBlockOffsets, kAnn, kIgnored);
  EXPECT_EQ(block.Find(kBlockOffsets - 1), kAnn);
  block.Assign(0, kBlockOffsets, std::nullopt, kIgnored);
  EXPECT_TRUE(block.empty());
}

TEST(PendingBlock, IdsOfAnyShape) {
  PendingBlock block;
  block.SetIds(10, {IdRun{{7, 0}, 3, 1}, IdRun{{8, 5}, 2, 1024}});
  EXPECT_EQ(block.IdAt(12), (EntryId{7, 2}));
  EXPECT_EQ(block.IdAt(14), (EntryId{8, 1029}));
  EXPECT_EQ(block.IdAt(15), EntryId::Min());
  EXPECT_EQ(block.OffsetOf({8, 1029}), 14u);
  EXPECT_EQ(block.OffsetOf({8, 6}), std::nullopt);
  EXPECT_EQ(block.LowerBound({8, 6}), 14u);
  EXPECT_EQ(block.LowerBound({7, 3}), 13u);
  EXPECT_EQ(block.LowerBound({0, 0}), 10u);
  EXPECT_EQ(block.LowerBound({9, 0}), std::nullopt);
  // What is known stays; what is new comes before, between and behind.
  block.SetIds(20, {IdRun{{9, 0}, 2, 1}});
  block.SetIds(8, {IdRun{{6, 4}, 2, 1}, IdRun{{7, 0}, 3, 1}, IdRun{{8, 5}, 2, 1024},
                   IdRun{{8, 5000}, 5, 1}, IdRun{{9, 0}, 4, 1}});
  EXPECT_EQ(block.IdAt(8), (EntryId{6, 4}));
  EXPECT_EQ(block.IdAt(19), (EntryId{8, 5004}));
  EXPECT_EQ(block.IdAt(23), (EntryId{9, 3}));
  EXPECT_EQ(block.OffsetOf({9, 3}), 23u);
}

TEST(PendingBlock, ForgetsIdsThatNothingHas) {
  PendingBlock block;
  for (uint32_t i = 0; i < 1000; ++i) block.SetIds(i, {IdRun{{i + 1, 0}, 1, 1}});
  block.Assign(0, 1000, kAnn, kIgnored);
  block.Assign(1, 999, std::nullopt, kIgnored);
  block.TrimIds();
  EXPECT_LT(block.memory(), 1000u);
  EXPECT_EQ(block.IdAt(0), (EntryId{1, 0}));
  EXPECT_EQ(block.IdAt(500), EntryId::Min());
  EXPECT_EQ(block.IdAt(999), (EntryId{1000, 0}));
  EXPECT_TRUE(block.HasAllIds());
}

// A plain map says what each operation must come to.
TEST(PendingBlock, IsAsAMapOfItsEntries) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    PendingBlock block;
    std::map<uint32_t, Pending> model;
    for (int step = 0; step < 200; ++step) {
      const auto begin = static_cast<uint32_t>(rng.Below(kBlockOffsets));
      const uint64_t size = rng.Percent(50) ? 3 : 600;
      const auto end =
          static_cast<uint32_t>(std::min<uint64_t>(kBlockOffsets, begin + 1 + rng.Below(size)));
      std::optional<Pending> to;
      if (rng.Percent(60)) {
        to = Pending{rng.Below(3) * 1000, static_cast<uint32_t>(rng.Below(2)),
                     rng.Percent(10) ? kNobody : static_cast<ConsumerNumber>(rng.Below(3))};
        IdRuns ids{IdRun{{100, begin}, end - begin, 1}};
        block.SetIds(begin, ids);
      }
      std::map<uint32_t, Pending> was;
      block.Assign(begin, end, to, [&was](const PendingRun& run) {
        for (uint32_t i = run.begin; i < run.end; ++i) was[i] = run.pending;
      });
      const auto from = model.lower_bound(begin), until = model.lower_bound(end);
      ASSERT_EQ(was, (std::map<uint32_t, Pending>(from, until)));
      model.erase(from, until);
      for (uint32_t i = begin; to && i < end; ++i) model[i] = *to;
      block.TrimIds();
      ASSERT_TRUE(block.HasAllIds());

      std::map<uint32_t, Pending> now;
      std::optional<PendingRun> before;
      for (const PendingRun& run : RunsOf(block)) {
        ASSERT_FALSE(before && before->end == run.begin && before->pending == run.pending);
        before = run;
        for (uint32_t i = run.begin; i < run.end; ++i) now[i] = run.pending;
      }
      ASSERT_EQ(now, model);
      for (const auto& [offset, pending] : model) {
        ASSERT_EQ(block.IdAt(offset), (EntryId{100, offset}));
      }
    }
    std::string coded;
    block.Encode(&coded);
    PendingBlock decoded;
    ASSERT_OK(PendingBlock::Decode(coded, &decoded));
    EXPECT_EQ(RunsOf(decoded), RunsOf(block));
    EXPECT_EQ(decoded.OffsetOf({100, 77}), block.OffsetOf({100, 77}));
    for (size_t size = 0; size < coded.size(); ++size) {
      ASSERT_THAT(PendingBlock::Decode(coded.substr(0, size), &decoded),
                  StatusIs(absl::StatusCode::kDataLoss, HasSubstr("a block of pending entries")));
    }
  }
}

// Bar E11: at most 32 bytes for an entry that has a run of its own.
TEST(PendingBlock, IsSmall) {
  PendingBlock block;
  block.SetIds(0, {IdRun{{1, 0}, kBlockOffsets, 1}});
  for (uint32_t i = 0; i < kBlockOffsets; ++i) {
    block.Assign(i, i + 1, Pending{1000 + i, 1, static_cast<ConsumerNumber>(i % 10)}, kIgnored);
  }
  EXPECT_LE(block.memory(), kBlockOffsets * 21);
  std::string coded;
  block.Encode(&coded);
  EXPECT_LE(coded.size(), kBlockOffsets * 6);
  for (uint32_t i = 0; i < kBlockOffsets; i += 2) block.Assign(i, i + 1, std::nullopt, kIgnored);
  EXPECT_EQ(block.runs(), kBlockOffsets / 2);
  EXPECT_LE(block.memory(), kBlockOffsets / 2 * 32);
}

}  // namespace
}  // namespace evlog
