#include "groups/lease_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/rng.h"

namespace evlog {
namespace {

constexpr ConsumerNumber kAnn = 1, kBob = 2, kEve = 3;

std::vector<Lease> LeasedTo(const std::vector<ConsumerNumber>& owners) {
  std::vector<Lease> leases;
  for (const ConsumerNumber owner : owners) leases.push_back({owner, 1});
  return leases;
}

// 'x' for each partition that `who` may have.
std::string May(const std::vector<ConsumerNumber>& owners, ConsumerNumber who,
                const std::vector<ConsumerNumber>& live) {
  const LeaseShares shares(LeasedTo(owners), who, live);
  std::string may;
  for (uint16_t p = 0; p < owners.size(); ++p) may += shares.MayHave(p) ? 'x' : '-';
  return may;
}

TEST(LeaseShares, WhoIsAloneMayHaveAll) {
  EXPECT_EQ(May({kNobody, kNobody, kAnn}, kAnn, {kAnn}), "xxx");
}

TEST(LeaseShares, WhatOfTheDeadIsAsNobodys) {
  EXPECT_EQ(May({kBob, kBob, kAnn}, kAnn, {kAnn}), "xxx");
}

TEST(LeaseShares, NobodyTakesMoreThanItsShareOfWhatIsFree) {
  EXPECT_EQ(May({kAnn, kAnn, kNobody, kNobody}, kAnn, {kAnn, kBob}), "xx--");
  EXPECT_EQ(May({kAnn, kAnn, kNobody, kNobody}, kBob, {kAnn, kBob}), "xxxx")
      << "and one of those who has more by two";
  EXPECT_EQ(May({kAnn, kNobody, kNobody}, kAnn, {kAnn, kBob}), "xxx") << "rounded up";
}

TEST(LeaseShares, WhoHasMoreLeavesWhatIsOver) {
  EXPECT_EQ(May({kAnn, kAnn, kAnn, kAnn}, kAnn, {kAnn, kBob}), "xx--");
  EXPECT_EQ(May({kAnn, kAnn, kAnn, kBob}, kAnn, {kAnn, kBob}), "xx--");
  EXPECT_EQ(May({kAnn, kAnn, kAnn, kBob, kBob}, kAnn, {kAnn, kBob}), "xxx--");
  EXPECT_EQ(May({kAnn, kAnn, kBob, kBob}, kAnn, {kAnn, kBob, kEve}), "x---");
}

TEST(LeaseShares, AOneMoreIsNoReasonToMove) {
  EXPECT_EQ(May({kAnn, kAnn, kBob}, kBob, {kAnn, kBob}), "--x");
  EXPECT_EQ(May({kAnn, kAnn, kAnn, kBob}, kBob, {kAnn, kBob}), "xxxx");
}

TEST(LeaseShares, WhatIsTakenCounts) {
  LeaseShares shares(LeasedTo({kAnn, kAnn, kAnn, kAnn}), kBob, std::vector{kAnn, kBob});
  EXPECT_TRUE(shares.MayHave(0));
  shares.Take(0);
  EXPECT_TRUE(shares.MayHave(0));
  EXPECT_TRUE(shares.MayHave(1));
  shares.Take(1);
  EXPECT_FALSE(shares.MayHave(2));
}

// Whoever asks in whatever order: in the end all partitions are had, and nobody has two more than
// another.
TEST(LeaseShares, EndsInBalance) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    const auto partitions = static_cast<uint16_t>(1 + rng.Below(12));
    const auto consumers = static_cast<ConsumerNumber>(1 + rng.Below(6));
    std::vector<Lease> leases(partitions);
    std::vector<ConsumerNumber> live;
    for (ConsumerNumber c = 0; c < consumers; ++c) live.push_back(c);
    for (Lease& lease : leases) {
      if (rng.Below(2) == 0) lease.owner = static_cast<ConsumerNumber>(rng.Below(8));
    }
    for (int round = 0; round < 100; ++round) {
      const auto who = static_cast<ConsumerNumber>(rng.Below(consumers));
      LeaseShares shares(leases, who, live);
      for (uint16_t p = 0; p < partitions; ++p) {
        if (!shares.MayHave(p)) continue;
        shares.Take(p);
        leases[p].owner = who;
      }
    }
    std::map<ConsumerNumber, int> counts;
    for (const ConsumerNumber c : live) counts[c] = 0;
    for (const Lease& lease : leases) ++counts[lease.owner];
    EXPECT_EQ(counts.size(), consumers) << "seed " << seed << ": one is leased to nobody alive";
    int least = partitions, most = 0;
    for (const auto& [who, count] : counts) {
      least = std::min(least, count);
      most = std::max(most, count);
    }
    EXPECT_LE(most, least + 1) << "seed " << seed;
  }
}

}  // namespace
}  // namespace evlog
