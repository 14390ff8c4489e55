// When requests are due, and what a stall does to their latencies.
#include "cli/load/pacing.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/load/load_target.h"
#include "tests/cli/load/skipping_clock.h"
#include "tests/support/manual_clock.h"

namespace evlog::cli {
namespace {

constexpr Nanos kMs = 1'000'000;

// The times at which a producer sends that always has time.
std::vector<Nanos> AllDue(Pacing pacing) {
  std::vector<Nanos> all;
  for (Nanos due = pacing.Due(0); due != kNever; due = pacing.Due(0)) {
    all.push_back(due);
    pacing.Sent(due, pacing.EntriesOf(due));
  }
  return all;
}

TEST(PacingTest, ProducersShareARateEvenly) {
  Pacing::Plan plan{.begin = 1000 * kMs, .rate = 1000, .producers = 2, .entries = 3};
  EXPECT_EQ(AllDue(Pacing(plan)), (std::vector<Nanos>{1000 * kMs, 1002 * kMs, 1004 * kMs}));
  plan.index = 1;
  EXPECT_EQ(AllDue(Pacing(plan)), (std::vector<Nanos>{1001 * kMs, 1003 * kMs, 1005 * kMs}));
}

TEST(PacingTest, ARateIsOfEntriesAndNotOfBatches) {
  Pacing pacing({.rate = 1000, .batch = 10, .entries = 25});
  EXPECT_EQ(AllDue(pacing), (std::vector<Nanos>{0, 10 * kMs, 20 * kMs}));
  pacing.Sent(0, pacing.EntriesOf(0));
  pacing.Sent(0, pacing.EntriesOf(0));
  EXPECT_EQ(pacing.EntriesOf(0), 5u);  // what is left
}

TEST(PacingTest, WithoutARateItIsDueNow) {
  Pacing pacing({.end = 100, .entries = 2});
  EXPECT_FALSE(pacing.paced());
  EXPECT_EQ(pacing.Due(7), 7);
  EXPECT_EQ(pacing.Due(99), 99);
  EXPECT_EQ(pacing.Due(100), kNever);
  pacing.Sent(7, 1);
  pacing.Sent(8, 1);
  EXPECT_EQ(pacing.Due(9), kNever);
}

TEST(PacingTest, WarmingUpIsNotCounted) {
  const Pacing::Plan plan{.count_from = 5 * kMs, .rate = 1000, .entries = 2};
  EXPECT_EQ(AllDue(Pacing(plan)),
            (std::vector<Nanos>{0, kMs, 2 * kMs, 3 * kMs, 4 * kMs, 5 * kMs, 6 * kMs}));
}

TEST(PacingTest, ItDoesNotDrift) {
  Pacing pacing({.rate = 3, .entries = 3'000'001});
  for (int i = 0; i < 3'000'000; ++i) pacing.Sent(0, 1);
  EXPECT_NEAR(static_cast<double>(pacing.Due(0)), 1e15, 1);
}

TEST(PlanOfTest, EntriesAreSharedOutWhole) {
  ManualClock clock;
  LoadShape shape;
  shape.producers = 3;
  shape.count = 11;
  const LoadContext context(shape, &clock);
  EXPECT_EQ(context.PlanOf(0).entries, 4u);
  EXPECT_EQ(context.PlanOf(1).entries, 4u);
  EXPECT_EQ(context.PlanOf(2).entries, 3u);
  shape.count = UINT64_MAX;
  EXPECT_EQ(LoadContext(shape, &clock).PlanOf(2).entries, UINT64_MAX);
}

// Ten entries, one each millisecond, to a target that takes no time but for the third, which takes
// `stall`.
LatencyHistogram LatenciesAt(uint64_t rate, absl::Duration stall) {
  SkippingClock clock;
  LoadShape shape;
  shape.rate = rate;
  shape.count = 10;
  LoadContext context(shape, &clock);
  context.begin = context.count_from = context.Now();
  Recorder* const recorder = context.AddRecorder();
  int sent = 0;
  SendInTurn(&context, recorder, Pacing(context.PlanOf(0)),
             [&](Nanos, uint32_t) -> absl::StatusOr<uint64_t> {
               if (++sent == 3) clock.Advance(stall);
               return 100;
             });
  Tallies tallies;
  ErrorCounts errors;
  recorder->TakeInto(&tallies, &errors);
  EXPECT_EQ(context.sent, 10u);
  EXPECT_EQ(tallies[0].entries, 10u);
  EXPECT_EQ(tallies[0].bytes, 1000u);
  return tallies[0].latency;
}

TEST(SendInTurnTest, AStallIsInTheLatenciesOfAllThatWereDueInIt) {
  const LatencyHistogram latencies = LatenciesAt(1000, absl::Milliseconds(5));
  // 0 0 5 4 3 2 1 0 0 0: the loop is open.
  EXPECT_EQ(latencies.max(), 5 * kMs);
  EXPECT_EQ(latencies.Quantile(0.5), 0);
  EXPECT_NEAR(static_cast<double>(latencies.Quantile(0.9)), 4.0 * kMs, 0.04 * kMs);
  EXPECT_NEAR(static_cast<double>(latencies.Quantile(0.7)), 2.0 * kMs, 0.02 * kMs);
}

TEST(SendInTurnTest, WithoutARateItIsInOne) {
  const LatencyHistogram latencies = LatenciesAt(0, absl::Milliseconds(5));
  EXPECT_EQ(latencies.max(), 5 * kMs);
  EXPECT_EQ(latencies.Quantile(0.9), 0);
}

TEST(SendInTurnTest, ErrorsAreCountedByTheirText) {
  ManualClock clock;
  LoadShape shape;
  shape.count = 5;
  LoadContext context(shape, &clock);
  Recorder* const recorder = context.AddRecorder();
  int sent = 0;
  SendInTurn(&context, recorder, Pacing(context.PlanOf(0)),
             [&](Nanos, uint32_t) -> absl::StatusOr<uint64_t> {
               if (++sent % 2 == 1) return absl::UnavailableError("no room");
               return 1;
             });
  Tallies tallies;
  ErrorCounts errors;
  recorder->TakeInto(&tallies, &errors);
  EXPECT_EQ(errors, (ErrorCounts{{"no room", 3}}));
  EXPECT_EQ(tallies[0].entries, 2u);
  EXPECT_EQ(context.sent, 2u);
}

TEST(SendInTurnTest, EndsWhenToldTo) {
  ManualClock clock;
  LoadShape shape;
  shape.rate = 1;
  LoadContext context(shape, &clock);
  context.begin = context.Now() + 1000 * kMs;
  std::jthread stopper([&] {
    clock.BlockUntilWaiting(1);
    context.producing.request_stop();
  });
  SendInTurn(&context, context.AddRecorder(), Pacing(context.PlanOf(0)),
             [&](Nanos, uint32_t) -> absl::StatusOr<uint64_t> { return 0; });
  EXPECT_EQ(context.sent, 0u);
}

}  // namespace
}  // namespace evlog::cli
