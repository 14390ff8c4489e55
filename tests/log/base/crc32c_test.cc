#include "log/base/crc32c.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/rng.h"

namespace evlog {
namespace {

struct KnownAnswer {
  std::string bytes;
  uint32_t crc;
};

std::string Ascending() {
  std::string bytes;
  for (int i = 0; i < 32; ++i) bytes += static_cast<char>(i);
  return bytes;
}

std::string Descending() {
  const std::string ascending = Ascending();
  return std::string(ascending.rbegin(), ascending.rend());
}

// The check value of the catalogue, and those of RFC 3720, B.4.
TEST(Crc32cTest, KnownAnswers) {
  const KnownAnswer answers[] = {
      {"", 0},
      {"123456789", 0xe3069283},
      {std::string(32, '\0'), 0x8a9136aa},
      {std::string(32, '\xff'), 0x62a8ab43},
      {Ascending(), 0x46dd794e},
      {Descending(), 0x113fdb5c},
  };
  for (const KnownAnswer& answer : answers) {
    EXPECT_EQ(Crc32c(answer.bytes), answer.crc) << answer.bytes.size();
    EXPECT_EQ(ExtendCrc32cPortable(0, answer.bytes), answer.crc) << answer.bytes.size();
  }
}

TEST(Crc32cTest, HardwareAndTableAgreeAtEveryLengthAndAlignment) {
  const std::string bytes = Rng(1).Bytes(96);
  for (size_t from = 0; from < 16; ++from) {
    for (size_t size = 0; from + size <= bytes.size(); ++size) {
      const auto part = std::string_view(bytes).substr(from, size);
      ASSERT_EQ(Crc32c(part), ExtendCrc32cPortable(0, part)) << from << " " << size;
    }
  }
}

TEST(Crc32cTest, ExtendIsTheChecksumOfBothParts) {
  const std::string bytes = Rng(2).Bytes(50);
  for (size_t split = 0; split <= bytes.size(); ++split) {
    const auto all = std::string_view(bytes);
    EXPECT_EQ(ExtendCrc32c(Crc32c(all.substr(0, split)), all.substr(split)), Crc32c(bytes));
  }
}

TEST(Crc32cTest, MaskRotatesAndMoves) {
  EXPECT_EQ(MaskCrc32c(0), 0xa282ead8);
  EXPECT_EQ(MaskCrc32c(0x00008000), 0xa282ead9);
  EXPECT_EQ(MaskCrc32c(0x00000001), 0xa284ead8);
}

}  // namespace
}  // namespace evlog
