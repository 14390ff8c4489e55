// Values of the load generator, and the time that stands in them.
#include "cli/load/payload.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace evlog::cli {
namespace {

TEST(PayloadTest, BeginsWithItsTime) {
  Payload payload({100, 100}, 0, 1);
  for (const Nanos stamp : {Nanos{0}, Nanos{1}, Nanos{1'763'640'000'123'456'789}, INT64_MAX}) {
    const std::string_view value = payload.Value(stamp);
    EXPECT_EQ(value.size(), 100u);
    EXPECT_EQ(StampOf(value), stamp);
  }
  EXPECT_EQ(payload.Value(255).substr(0, kStampBytes), "00000000000000ff");
}

TEST(PayloadTest, WhatIsTooShortHasNone) {
  Payload payload({kStampBytes - 1, kStampBytes - 1}, 0, 1);
  EXPECT_EQ(payload.Value(5).size(), kStampBytes - 1);
  EXPECT_EQ(StampOf(payload.Value(5)), std::nullopt);
  EXPECT_EQ(StampOf(""), std::nullopt);
  EXPECT_EQ(StampOf("not a number at all"), std::nullopt);
  EXPECT_EQ(StampOf("0000000000000010 and more"), 16);
}

TEST(PayloadTest, SizesAreDrawnFromTheirRange) {
  Payload payload({20, 23}, 0, 1);
  std::set<size_t> sizes;
  for (int i = 0; i < 200; ++i) sizes.insert(payload.Value(1).size());
  EXPECT_EQ(sizes, (std::set<size_t>{20, 21, 22, 23}));
  // More than there is to cut from.
  Payload large({5'000'000, 5'000'000}, 0, 1);
  EXPECT_EQ(large.Value(1).size(), 5'000'000u);
}

TEST(PayloadTest, ValuesDiffer) {
  Payload one({100, 100}, 0, 1), other({100, 100}, 0, 2);
  const std::string first(one.Value(1));
  EXPECT_NE(first, one.Value(1));
  EXPECT_NE(first, other.Value(1));
}

TEST(PayloadTest, Keys) {
  EXPECT_EQ(Payload({}, 0, 1).Key(), std::nullopt);
  Payload payload({}, 3, 1);
  std::set<std::string> keys;
  for (int i = 0; i < 200; ++i) keys.insert(std::string(payload.Key().value_or("none")));
  EXPECT_EQ(keys, (std::set<std::string>{"k0", "k1", "k2"}));
}

}  // namespace
}  // namespace evlog::cli
