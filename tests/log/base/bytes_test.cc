#include "log/base/bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "tests/support/hex.h"
#include "tests/support/rng.h"

namespace evlog {
namespace {

TEST(BytesTest, BigEndianIsGolden) {
  char buffer[8];
  EXPECT_EQ(PutBig16(buffer, 0x0102), buffer + 2);
  EXPECT_EQ(ToHex({buffer, 2}), "0102");
  EXPECT_EQ(PutBig32(buffer, 0x01020304), buffer + 4);
  EXPECT_EQ(ToHex({buffer, 4}), "01020304");
  EXPECT_EQ(PutBig64(buffer, 0x0102030405060708), buffer + 8);
  EXPECT_EQ(ToHex({buffer, 8}), "0102030405060708");
  EXPECT_EQ(GetBig16(buffer), 0x0102);
  EXPECT_EQ(GetBig32(buffer), 0x01020304u);
  EXPECT_EQ(GetBig64(buffer), 0x0102030405060708u);
}

TEST(BytesTest, BigEndianSortsAsNumbers) {
  std::string previous;
  std::vector<uint64_t> values = {0};
  for (int bit = 0; bit < 64; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    if (bit > 1) values.push_back(power - 1);
    values.push_back(power);
    if (bit > 0) values.push_back(power + 1);
  }
  for (size_t i = 1; i < values.size(); ++i) {
    char a[8], b[8];
    PutBig64(a, values[i - 1]);
    PutBig64(b, values[i]);
    EXPECT_EQ(std::string_view(a, 8) < std::string_view(b, 8), values[i - 1] < values[i]);
    EXPECT_EQ(GetBig64(b), values[i]);
  }
}

TEST(VarintTest, Golden) {
  const struct {
    uint64_t value;
    const char* hex;
  } cases[] = {
      {0, "00"},
      {1, "01"},
      {127, "7f"},
      {128, "8001"},
      {300, "ac02"},
      {16383, "ff7f"},
      {16384, "808001"},
      {UINT32_MAX, "ffffffff0f"},
      {UINT64_MAX, "ffffffffffffffffff01"},
  };
  for (const auto& c : cases) {
    std::string out = "x";
    AppendVarint(&out, c.value);
    EXPECT_EQ(ToHex(out.substr(1)), c.hex);
    EXPECT_EQ(out[0], 'x');
  }
}

TEST(VarintTest, RoundTripsAroundPowersOfTwo) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const int delta : {-1, 0, 1}) {
      const uint64_t value = (uint64_t{1} << bit) + static_cast<uint64_t>(delta);
      std::string out;
      AppendVarint(&out, value);
      EXPECT_EQ(out.size(), VarintSize(value)) << value;
      EXPECT_LE(out.size(), kVarint64BytesMax);
      ByteReader reader(out);
      EXPECT_EQ(reader.ReadVarint(), value);
      EXPECT_TRUE(reader.ok());
      EXPECT_EQ(reader.left(), 0u);
    }
  }
  EXPECT_EQ(VarintSize(UINT32_MAX), kVarint32BytesMax);
  EXPECT_EQ(VarintSize(UINT64_MAX), kVarint64BytesMax);
}

TEST(ByteReaderTest, EveryCutIsNoticed) {
  const std::string out = FromHex("ffffffffffffffffff01");
  for (size_t size = 0; size < out.size(); ++size) {
    const std::string cut = out.substr(0, size);
    ByteReader reader(cut);
    EXPECT_EQ(reader.ReadVarint(), 0u);
    EXPECT_FALSE(reader.ok()) << size;
  }
}

TEST(ByteReaderTest, RefusesVarintsPastTheirWidth) {
  const struct {
    const char* hex;
    bool fits_64, fits_32;
  } cases[] = {
      {"ffffffff0f", true, true},
      {"ffffffff1f", true, false},
      {"8080808010", true, false},
      {"ffffffffffffffffff01", true, false},
      {"ffffffffffffffffff02", false, false},
      {"ffffffffffffffffff7f", false, false},
      {"80808080808080808080", false, false},
      {"8080808080808080808001", false, false},
      {"8000", true, true},  // longer than need be
  };
  for (const auto& c : cases) {
    const std::string bytes = FromHex(c.hex);
    ByteReader wide(bytes);
    wide.ReadVarint();
    EXPECT_EQ(wide.ok(), c.fits_64) << c.hex;
    ByteReader narrow(bytes);
    const uint32_t value = narrow.ReadVarint32();
    EXPECT_EQ(narrow.ok(), c.fits_32) << c.hex;
    if (!c.fits_32) {
      EXPECT_EQ(value, 0u) << c.hex;
    }
  }
}

TEST(ByteReaderTest, ReadsInOrderAndStopsAtTheEnd) {
  const std::string bytes = FromHex("07 | 8001 | 616263 | ff");
  ByteReader reader(bytes);
  EXPECT_EQ(reader.left(), 7u);
  EXPECT_EQ(reader.ReadByte(), 7);
  EXPECT_EQ(reader.ReadVarint(), 128u);
  EXPECT_EQ(reader.ReadBytes(3), "abc");
  EXPECT_EQ(reader.position(), bytes.data() + 6);
  EXPECT_EQ(reader.ReadBytes(0), "");
  EXPECT_EQ(reader.ReadByte(), 255);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.left(), 0u);
  EXPECT_EQ(reader.ReadBytes(0), "");
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.ReadByte(), 0);
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReaderTest, FailureStays) {
  const std::string bytes = "abcdef";
  ByteReader reader(bytes);
  EXPECT_EQ(reader.ReadBytes(7), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.left(), 0u);
  EXPECT_EQ(reader.ReadByte(), 0);
  EXPECT_EQ(reader.ReadBytes(1), "");
  EXPECT_EQ(reader.ReadVarint(), 0u);
  EXPECT_EQ(reader.ReadVarint32(), 0u);

  ByteReader failed(bytes);
  failed.Fail();
  EXPECT_EQ(failed.ReadBytes(SIZE_MAX), "");
  EXPECT_FALSE(failed.ok());

  ByteReader huge(bytes);
  EXPECT_EQ(huge.ReadBytes(SIZE_MAX), "");
  EXPECT_FALSE(huge.ok());
}

TEST(ByteReaderTest, AnyBytesAreReadWithinTheirBounds) {
  Rng rng(TestSeed(3));
  for (int round = 0; round < 20'000; ++round) {
    const std::string bytes = rng.Bytes(rng.Below(24));
    ByteReader reader(bytes);
    while (reader.ok() && reader.left() > 0) {
      const size_t before = reader.left();
      switch (rng.Below(4)) {
        case 0:
          reader.ReadByte();
          break;
        case 1:
          reader.ReadVarint();
          break;
        case 2:
          reader.ReadVarint32();
          break;
        default:
          reader.ReadBytes(rng.Skewed(64));
      }
      ASSERT_LE(reader.left(), before);
      ASSERT_GE(reader.position(), bytes.data());
      ASSERT_LE(reader.position(), bytes.data() + bytes.size());
    }
  }
}

TEST(TransparentHashTest, FindsStringsByTheirBytes) {
  absl::flat_hash_map<std::string, int, TransparentHash, std::equal_to<>> map;
  map["orders"] = 1;
  map[std::string("a\0b", 3)] = 2;
  const std::string buffer = "xordersx";
  const auto it = map.find(std::string_view(buffer).substr(1, 6));
  ASSERT_NE(it, map.end());
  EXPECT_EQ(it->second, 1);
  EXPECT_EQ(map.count(std::string_view("a\0b", 3)), 1u);
  EXPECT_EQ(map.count(std::string_view("a")), 0u);
}

}  // namespace
}  // namespace evlog
