#include "log/partitioner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "evlog/entry_id.h"
#include "tests/support/hex.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

// The format: these values hold for ever. They come from a second implementation of the text in
// partitioner.h (arithmetic on Python's integers).
struct Golden {
  const char* key_hex;
  uint16_t of_3, of_16, of_1000, of_1024;
};
constexpr Golden kGolden[] = {
    {"", 2, 11, 702, 719},
    {"00", 1, 8, 546, 559},
    {"61", 2, 12, 781, 800},
    {"62", 0, 2, 139, 143},
    {"61626364656667", 0, 4, 262, 268},
    {"6162636465666768", 0, 0, 7, 7},
    {"616263646566676869", 1, 7, 448, 459},
    {"757365723a31", 0, 1, 67, 68},
    {"757365723a32", 2, 15, 946, 969},
    {"757365723a31303030303030", 1, 8, 507, 520},
    {"6f726465722f34373131", 0, 3, 197, 202},
    {"0000000000000000", 2, 15, 948, 970},
    {"000000000000000000", 2, 11, 734, 752},
    {"ffffffffffffffff", 0, 2, 176, 180},
    {"ffffffffffffffffffffffffffffffff", 2, 12, 798, 817},
    {"6bc3a47365", 1, 6, 436, 446},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2"
     "e2f303132333435363738393a3b3c3d3e3f",
     0, 0, 61, 63},
};

TEST(PartitionerTest, GoldenForEver) {
  for (const Golden& g : kGolden) {
    const std::string key = FromHex(g.key_hex);
    EXPECT_EQ(PartitionOf(key, 1), 0) << g.key_hex;
    EXPECT_EQ(PartitionOf(key, 3), g.of_3) << g.key_hex;
    EXPECT_EQ(PartitionOf(key, 16), g.of_16) << g.key_hex;
    EXPECT_EQ(PartitionOf(key, 1000), g.of_1000) << g.key_hex;
    EXPECT_EQ(PartitionOf(key, 1024), g.of_1024) << g.key_hex;
  }
}

TEST(PartitionerTest, DoesNotDependOnWhereTheKeyLies) {
  const std::string key = "a key of more than two words";
  for (size_t shift = 0; shift < 8; ++shift) {
    const std::string buffer = std::string(shift, 'x') + key + "behind";
    EXPECT_EQ(PartitionOf(std::string_view(buffer).substr(shift, key.size()), 1024),
              PartitionOf(key, 1024));
  }
}

TEST(PartitionerTest, ZeroBytesCount) {
  std::vector<int> seen(kPartitionsMax, 0);
  int most = 0;
  for (size_t size = 0; size < 64; ++size) {
    most = std::max(most, ++seen[PartitionOf(std::string(size, '\0'), kPartitionsMax)]);
  }
  EXPECT_LE(most, 4);
}

// How far the counts of so many keys lie from even, in standard deviations of that distance for a
// perfectly random function. Fixed keys, so the outcome is always the same.
double Unevenness(uint32_t partitions, int keys, const std::function<std::string(int)>& key) {
  std::vector<int> counts(partitions, 0);
  for (int i = 0; i < keys; ++i) {
    const uint16_t partition = PartitionOf(key(i), partitions);
    if (partition >= partitions) return INFINITY;
    ++counts[partition];
  }
  const double expected = static_cast<double>(keys) / partitions;
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - expected) * (count - expected) / expected;
  const double freedom = partitions - 1;
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

TEST(PartitionerTest, KeysThatPeopleUseSpreadEvenly) {
  const auto little_endian = [](uint64_t v) {
    return std::string(reinterpret_cast<const char*>(&v), sizeof v);
  };
  const struct {
    const char* name;
    std::function<std::string(int)> key;
  } kinds[] = {
      {"decimal", [](int i) { return std::to_string(i); }},
      {"user", [](int i) { return "user:" + std::to_string(i); }},
      {"long", [](int i) { return "tenant/eu-west-1/orders/" + std::to_string(i) + "/lines"; }},
      {"binary", [&](int i) { return little_endian(static_cast<uint64_t>(i)); }},
      {"high bits", [&](int i) { return little_endian(static_cast<uint64_t>(i) << 44); }},
      {"steps", [&](int i) { return little_endian(static_cast<uint64_t>(i) * 1024); }},
      {"pairs", [&](int i) { return little_endian(i / 256) + little_endian(i % 256); }},
      {"repeated",
       [](int i) {
         return std::string(i % 97 + 1, static_cast<char>(i / 97)) + std::to_string(i / 24832);
       }},
      {"random", [](int i) { return Rng(i).Bytes(16); }},
  };
  for (const auto& kind : kinds) {
    for (const uint32_t partitions : {2, 3, 7, 16, 100, 1000, 1024}) {
      const double unevenness = Unevenness(partitions, 100'000, kind.key);
      EXPECT_LT(unevenness, 5) << kind.name << " over " << partitions;
      EXPECT_GT(unevenness, -5) << kind.name << " over " << partitions << ": too even";
    }
  }
}

// Flipping any one bit of a key moves it to another one of 1024 partitions almost always, and to
// another one of two in half of the cases.
TEST(PartitionerTest, EveryBitCounts) {
  Rng rng(7);
  for (const size_t size : {1, 7, 8, 9, 16, 31}) {
    for (size_t bit = 0; bit < size * 8; ++bit) {
      int moved_of_1024 = 0;
      int moved_of_2 = 0;
      constexpr int kRounds = 400;
      for (int round = 0; round < kRounds; ++round) {
        std::string key = rng.Bytes(size);
        const uint16_t of_1024 = PartitionOf(key, 1024);
        const uint16_t of_2 = PartitionOf(key, 2);
        key[bit / 8] = static_cast<char>(key[bit / 8] ^ (1 << bit % 8));
        moved_of_1024 += PartitionOf(key, 1024) != of_1024;
        moved_of_2 += PartitionOf(key, 2) != of_2;
      }
      EXPECT_GT(moved_of_1024, kRounds * 97 / 100) << size << " bytes, bit " << bit;
      EXPECT_GT(moved_of_2, kRounds * 35 / 100) << size << " bytes, bit " << bit;
      EXPECT_LT(moved_of_2, kRounds * 65 / 100) << size << " bytes, bit " << bit;
    }
  }
}

}  // namespace
}  // namespace evlog
