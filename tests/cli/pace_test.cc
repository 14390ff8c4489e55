// The speed of a replay, on a clock that is wound by hand.
#include "cli/pace.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

TEST(PaceTest, GapsAreKeptAndDivided) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  ASSERT_OK_AND_ASSIGN(Pace original, Pace::Parse("1x"));
  EXPECT_TRUE(original.paced());
  EXPECT_EQ(original.Due({1000, 0}, now), now);
  EXPECT_EQ(original.Due({1000, 1}, now), now);
  EXPECT_EQ(original.Due({3500, 0}, now + absl::Seconds(9)), now + absl::Milliseconds(2500));
  ASSERT_OK_AND_ASSIGN(Pace fast, Pace::Parse("10x"));
  EXPECT_EQ(fast.Due({1000, 0}, now), now);
  EXPECT_EQ(fast.Due({3500, 0}, now), now + absl::Milliseconds(250));
  ASSERT_OK_AND_ASSIGN(Pace slow, Pace::Parse("0.5x"));
  EXPECT_EQ(slow.Due({1000, 0}, now), now);
  EXPECT_EQ(slow.Due({3500, 0}, now), now + absl::Seconds(5));
}

TEST(PaceTest, MaxNeverWaitsAndAnyIdIsAnId) {
  const absl::Time now = absl::FromUnixSeconds(5);
  ASSERT_OK_AND_ASSIGN(Pace max, Pace::Parse("max"));
  EXPECT_FALSE(max.paced());
  EXPECT_EQ(max.Due({0, 1}, now), now);
  EXPECT_EQ(max.Due({UINT64_MAX, 1}, now), now);
  ASSERT_OK_AND_ASSIGN(Pace original, Pace::Parse("1x"));
  EXPECT_EQ(original.Due({0, 1}, now), now);
  EXPECT_GT(original.Due({UINT64_MAX, 1}, now), now + absl::Hours(24 * 365 * 1000));
}

TEST(PaceTest, SpanIsWhatIsLeft) {
  ASSERT_OK_AND_ASSIGN(const Pace fast, Pace::Parse("10x"));
  EXPECT_EQ(fast.Span(5000), absl::Milliseconds(500));
  ASSERT_OK_AND_ASSIGN(const Pace max, Pace::Parse("max"));
  EXPECT_EQ(max.Span(5000), absl::ZeroDuration());
}

TEST(PaceTest, NonsenseIsRefused) {
  for (const char* text :
       {"", "x", "1", "0x", "-1x", "nanx", "infx", "1e3x", "1xx", "fast", " 1x"}) {
    EXPECT_THAT(Pace::Parse(text).status(), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(PaceTest, WaitingEndsByTheClockOrByAStop) {
  ManualClock clock;
  const absl::Time then = clock.Now() + absl::Seconds(30);
  EXPECT_TRUE(WaitUntil(&clock, clock.Now(), {}));
  {
    std::jthread winder([&] {
      clock.BlockUntilWaiting(1);
      clock.Set(then);
    });
    EXPECT_TRUE(WaitUntil(&clock, then, {}));
  }
  std::stop_source stop;
  std::jthread stopper([&] {
    clock.BlockUntilWaiting(1);
    stop.request_stop();
  });
  EXPECT_FALSE(WaitUntil(&clock, then + absl::Seconds(1), stop.get_token()));
}

}  // namespace
}  // namespace evlog::cli
