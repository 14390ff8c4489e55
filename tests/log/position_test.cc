#include "evlog/position.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

TEST(PositionTest, AsTextAndBack) {
  const struct {
    Position position;
    const char* text;
  } cases[] = {
      {{}, "0000000000000000-0"},
      {{0x00f1e2d3c4b5a697, 1234, 0}, "00f1e2d3c4b5a697-1234"},
      {{0x00f1e2d3c4b5a697, 1234, uint64_t{2} << 32 | 17}, "00f1e2d3c4b5a697-1234-2.17"},
      {{1, 0, 5}, "0000000000000001-0-0.5"},
      {{UINT64_MAX, UINT64_MAX, UINT64_MAX},
       "ffffffffffffffff-18446744073709551615-4294967295.4294967295"},
  };
  for (const auto& [position, text] : cases) {
    EXPECT_EQ(position.ToString(), text);
    EXPECT_THAT(Position::Parse(text), IsOkAndHolds(position));
  }
}

TEST(PositionTest, RefusesWhatItDoesNotWrite) {
  for (const char* text :
       {"", "-", "1-2", "00f1e2d3c4b5a697", "00f1e2d3c4b5a697-", "00f1e2d3c4b5a697-x",
        "00F1E2D3C4B5A697-1", "00f1e2d3c4b5a697-01", "00f1e2d3c4b5a697-1-", "00f1e2d3c4b5a697-1-2",
        "00f1e2d3c4b5a697-1-2.", "00f1e2d3c4b5a697-1-0.0", "00f1e2d3c4b5a697-1-2.3 ",
        "00f1e2d3c4b5a697-1-2.4294967296", "00f1e2d3c4b5a697-18446744073709551616",
        " 00f1e2d3c4b5a697-1", "00f1e2d3c4b5a697-+1"}) {
    EXPECT_THAT(Position::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(PositionTest, OrderWithinALog) {
  const Position first{7, 5, 0}, within{7, 5, 1}, later{7, 6, 0}, other{8, 9, 0};
  EXPECT_TRUE(first < within);
  EXPECT_TRUE(within < later);
  EXPECT_TRUE(later >= first);
  EXPECT_TRUE(Position() < first);
  EXPECT_TRUE(other > Position());
  EXPECT_FALSE(first < other);
  EXPECT_FALSE(first > other);
  EXPECT_FALSE(first == other);
}

}  // namespace
}  // namespace evlog
