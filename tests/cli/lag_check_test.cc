#include "cli/lag_check.h"

#include <gtest/gtest.h>

#include <string>

namespace evlog::cli {
namespace {

GroupDescription Behind(const char* name, uint64_t lag, absl::Duration age) {
  GroupDescription group;
  group.name = name;
  group.lag = lag;
  group.lag_age = age;
  return group;
}

TEST(LagCheckTest, AThresholdIsPassedAboveIt) {
  struct Row {
    uint64_t lag;
    int64_t age_s;
    ExitCode code;
  };
  static constexpr Row kRows[] = {
      {0, 0, ExitCode::kOk},
      {10, 60, ExitCode::kOk},
      {11, 0, ExitCode::kWarning},
      {1, 61, ExitCode::kWarning},
      {20, 600, ExitCode::kWarning},
      {21, 0, ExitCode::kCritical},
      {1, 601, ExitCode::kCritical},
      {11, 601, ExitCode::kCritical},
      {21, 601, ExitCode::kCritical},
      // The age of nothing counts for nothing.
      {0, 9999, ExitCode::kOk},
  };
  const LagThresholds thresholds{10, 20, absl::Seconds(60), absl::Seconds(600)};
  for (const Row& row : kRows) {
    EXPECT_EQ(JudgeLag("s", {Behind("g", row.lag, absl::Seconds(row.age_s))}, thresholds).code,
              row.code)
        << row.lag << " " << row.age_s;
  }
}

TEST(LagCheckTest, WhatIsNotGivenJudgesNothing) {
  LagThresholds crit;
  crit.crit = 0;
  EXPECT_EQ(JudgeLag("s", {Behind("g", 0, absl::ZeroDuration())}, crit).code, ExitCode::kOk);
  EXPECT_EQ(JudgeLag("s", {Behind("g", 1, absl::Hours(9))}, crit).code, ExitCode::kCritical);
  LagThresholds age;
  age.age_warn = absl::Seconds(5);
  EXPECT_EQ(JudgeLag("s", {Behind("g", 1'000'000, absl::Seconds(5))}, age).code, ExitCode::kOk);
}

TEST(LagCheckTest, OneLine) {
  const LagThresholds thresholds{10, std::nullopt, absl::Milliseconds(1500), absl::Minutes(2)};
  EXPECT_EQ(JudgeLag("s", {Behind("g", 1200, absl::Milliseconds(1234))}, thresholds).line,
            "LAG WARNING - s/g: 1,200 entries, the oldest 1s old |"
            " 's/g lag'=1200;10;;0 's/g age'=1.234s;1.5;120;0");
  EXPECT_EQ(JudgeLag("s", {Behind("g", 0, absl::ZeroDuration())}, thresholds).line,
            "LAG OK - s/g: 0 entries | 's/g lag'=0;10;;0 's/g age'=0.000s;1.5;120;0");
}

TEST(LagCheckTest, OfManyGroupsTheWorstAreNamed) {
  LagThresholds thresholds;
  thresholds.warn = 10;
  thresholds.crit = 100;
  const absl::Duration age = absl::Seconds(1);
  EXPECT_EQ(
      JudgeLag("s", {Behind("a", 1, age), Behind("b", 2, age)}, thresholds).line.substr(0, 24),
      "LAG OK - s: 2 groups | '");
  const LagFinding found = JudgeLag(
      "s", {Behind("a", 101, age), Behind("b", 11, age), Behind("c", 102, age)}, thresholds);
  EXPECT_EQ(found.code, ExitCode::kCritical);
  EXPECT_EQ(found.line.substr(0, found.line.find('|')),
            "LAG CRITICAL - s/a: 101 entries, the oldest 1s old; "
            "s/c: 102 entries, the oldest 1s old ");
}

TEST(LagCheckTest, NamesCannotBreakTheLine) {
  LagThresholds thresholds;
  thresholds.warn = 10;
  EXPECT_EQ(JudgeLag("a|b\n", {Behind("it's=", 0, absl::ZeroDuration())}, thresholds).line,
            "LAG OK - \"a_b\\n\"/\"it's=\": 0 entries |"
            " 'a_b\\n/it''s_ lag'=0;10;;0 'a_b\\n/it''s_ age'=0.000s;;;0");
  EXPECT_EQ(UnknownLagLine("no|such\nstream"), "LAG UNKNOWN - no_such stream");
}

}  // namespace
}  // namespace evlog::cli
