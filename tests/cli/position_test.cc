#include "cli/position.h"

#include <gtest/gtest.h>

#include <string>

#include "cli/duration.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'795'168'800);  // 2026-11-20T10:00:00Z
constexpr uint64_t kNowMs = 1'795'168'800'000;

TEST(PositionTest, EveryFormIsRead) {
  struct Row {
    const char* text;
    Bound::Kind kind;
    EntryId id;
  };
  static constexpr Row kRows[] = {
      {"begin", Bound::Kind::kBegin, {0, 0}},
      {"end", Bound::Kind::kEnd, {0, 0}},
      {"5-3", Bound::Kind::kId, {5, 3}},
      {"5", Bound::Kind::kId, {5, 0}},
      {"0-0", Bound::Kind::kId, {0, 0}},
      {"18446744073709551615-18446744073709551615", Bound::Kind::kId, {UINT64_MAX, UINT64_MAX}},
      {"o:0", Bound::Kind::kOffset, {0, 0}},
      {"o:1200", Bound::Kind::kOffset, {0, 1200}},
      {"-1", Bound::Kind::kLast, {0, 1}},
      {"-20", Bound::Kind::kLast, {0, 20}},
      {"-0", Bound::Kind::kEnd, {0, 0}},
      {"@2026-11-20T10:00:00Z", Bound::Kind::kTime, {kNowMs, 0}},
      {"@2026-11-20T11:00:00+01:00", Bound::Kind::kTime, {kNowMs, 0}},
      {"@2026-11-20T10:00:00.123Z", Bound::Kind::kTime, {kNowMs + 123, 0}},
      {"@-15m", Bound::Kind::kTime, {kNowMs - 15 * 60 * 1000, 0}},
      {"@-1h30m", Bound::Kind::kTime, {kNowMs - 90 * 60 * 1000, 0}},
      {"@-2d", Bound::Kind::kTime, {kNowMs - 2 * 24 * 3600 * 1000, 0}},
      {"@now", Bound::Kind::kTime, {kNowMs, 0}},
      {"@-9000w", Bound::Kind::kTime, {0, 0}},  // before 1970 is the beginning
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.text);
    ASSERT_OK_AND_ASSIGN(const Bound bound, ParsePosition(row.text, PositionRole::kFrom, kNow));
    EXPECT_EQ(bound.kind(), row.kind);
    if (row.kind != Bound::Kind::kBegin && row.kind != Bound::Kind::kEnd) {
      EXPECT_EQ(bound.id(), row.id);
    }
  }
}

TEST(PositionTest, AMillisecondAloneEndsWithItsLastId) {
  ASSERT_OK_AND_ASSIGN(const Bound until, ParsePosition("5", PositionRole::kUntil, kNow));
  EXPECT_EQ(until.id(), (EntryId{5, UINT64_MAX}));
}

TEST(PositionTest, ErrorsQuoteTheTextAndSayWhatIsWrong) {
  struct Row {
    const char* text;
    PositionRole role;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"", PositionRole::kFrom, "an empty position"},
      {"start", PositionRole::kFrom, "\"start\": one of begin, end"},
      {"Begin", PositionRole::kFrom, "\"Begin\": one of begin, end"},
      {"5-", PositionRole::kFrom, "\"5-\": not an id"},
      {"5-x", PositionRole::kFrom, "\"5-x\": not an id"},
      {"5-1-2", PositionRole::kFrom, "\"5-1-2\": not an id"},
      {"18446744073709551616", PositionRole::kFrom, "not an id"},
      {"o:", PositionRole::kFrom, "a number is expected after \"o:\""},
      {"o:-1", PositionRole::kFrom, "a number is expected after \"o:\""},
      {"o:18446744073709551616", PositionRole::kFrom, "a number is expected after \"o:\""},
      {"-", PositionRole::kFrom, "a number is expected after \"-\""},
      {"--5", PositionRole::kFrom, "a number is expected after \"-\""},
      {"-5x", PositionRole::kFrom, "a number is expected after \"-\""},
      {"-5", PositionRole::kUntil, "for --from only"},
      {"@", PositionRole::kFrom, "not a time"},
      {"@yesterday", PositionRole::kFrom, "not a time"},
      {"@2026-11-20", PositionRole::kFrom, "not a time"},
      {"@2026-11-20T10:00:00", PositionRole::kFrom, "with Z or an offset"},
      {"@infinite-future", PositionRole::kFrom, "not a time"},
      {"@1969-12-31T23:59:59Z", PositionRole::kFrom, "before 1970"},
      {"@-", PositionRole::kFrom, "a duration is missing"},
      {"@-15", PositionRole::kFrom, "a unit (ms, s, m, h, d, w) is expected"},
      {"@15m", PositionRole::kFrom, "not a time"},
  };
  for (const Row& row : kRows) {
    EXPECT_THAT(ParsePosition(row.text, row.role, kNow),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.says)))
        << row.text;
  }
}

TEST(DurationTest, EveryUnitIsRead) {
  struct Row {
    const char* text;
    absl::Duration span;
  };
  const Row rows[] = {
      {"0", absl::ZeroDuration()},        {"0s", absl::ZeroDuration()},
      {"250ms", absl::Milliseconds(250)}, {"10s", absl::Seconds(10)},
      {"15m", absl::Minutes(15)},         {"1.5h", absl::Minutes(90)},
      {"1h30m", absl::Minutes(90)},       {"2d", absl::Hours(48)},
      {"1w", absl::Hours(168)},           {"1m30s500ms", absl::Milliseconds(90'500)},
      {".5s", absl::Milliseconds(500)},   {"5.s", absl::Seconds(5)},
  };
  for (const Row& row : rows)
    EXPECT_THAT(ParseDuration(row.text), IsOkAndHolds(row.span)) << row.text;
}

TEST(DurationTest, ErrorsSayWhatIsWrong) {
  for (const char* text : {"", "10", "s", "-5s", "10 s", "1h-5m", "1x", "1e3s", "1..5s", ".s",
                           "999999999999999999w", "9999999999999999999s", "nans", "infs"}) {
    EXPECT_THAT(ParseDuration(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace evlog::cli
