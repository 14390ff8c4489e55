// Sizes, counts and durations as they stand on the command line.
#include "cli/size.h"

#include <gtest/gtest.h>

#include "cli/duration.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

TEST(SizeTest, UnitsOfTenAndOfTwo) {
  struct Row {
    const char* text;
    uint64_t bytes;
  };
  static constexpr Row kRows[] = {
      {"0", 0},
      {"4096", 4096},
      {"12B", 12},
      {"64kB", 64'000},
      {"64KB", 64'000},
      {"10MB", 10'000'000},
      {"3GB", 3'000'000'000},
      {"2TB", 2'000'000'000'000},
      {"64KiB", 65'536},
      {"16MiB", 16'777'216},
      {"1GiB", 1'073'741'824},
      {"16777215TiB", 16'777'215 * (uint64_t{1} << 40)},
      {"18446744073709551615", UINT64_MAX},
  };
  for (const Row& row : kRows) {
    EXPECT_THAT(ParseSize(row.text), IsOkAndHolds(row.bytes)) << row.text;
  }
}

TEST(SizeTest, WhatIsReadTwoWaysOrNotAtAllIsRefused) {
  for (const char* text : {"", "kB", "10M", "10m", "1.5MB", "-1", "1 MB", "10 ", "10mb", "+1",
                           "16777216TiB", "18446744073709551616"}) {
    EXPECT_THAT(ParseSize(text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no size")))
        << text;
  }
}

TEST(SizeTest, CountsAreDigitsOnly) {
  EXPECT_THAT(ParseCount("0"), IsOkAndHolds(0u));
  EXPECT_THAT(ParseCount("18446744073709551615"), IsOkAndHolds(UINT64_MAX));
  for (const char* text : {"", "-1", "1k", " 1", "18446744073709551616", "0x10"}) {
    EXPECT_THAT(ParseCount(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(SizeTest, DurationsComeBackAsTheyAreRead) {
  for (const char* text : {"0", "1ms", "999ms", "1s", "1s500ms", "1m40s", "1h30m", "7d", "1d1ms"}) {
    ASSERT_OK_AND_ASSIGN(const absl::Duration span, ParseDuration(text));
    EXPECT_EQ(DurationText(span), text);
  }
  EXPECT_EQ(DurationText(absl::Hours(24 * 14)), "14d");
}

}  // namespace
}  // namespace evlog::cli
