// evlog check: a line and an exit code, as monitoring plugins have them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

// Group a is 5 entries behind, the oldest very old; b is not behind.
constexpr char kSetUp[] =
    "for i in 1 2 3 4 5; do evlog append s --id $i-0 n=$i >/dev/null; done\n"
    "evlog groups create s a --from begin; evlog groups create s b --from end; evlog create none";

TEST(CheckE2eTest, CodeAndLine) {
  struct Row {
    const char* arguments;
    int code;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"s a --warn 5 --crit 10", 0, "LAG OK - s/a: 5 entries, the oldest "},
      {"s a --warn 4 --crit 10", 1, "LAG WARNING - s/a: 5 entries, the oldest "},
      {"s a --warn 3 --crit 4", 2, "LAG CRITICAL - s/a: 5 entries, the oldest "},
      {"s b --crit 0 --age-crit 0", 0,
       "LAG OK - s/b: 0 entries | 's/b lag'=0;;0;0 's/b age'=0.000"},
      {"s a --age-warn 1h", 1, "LAG WARNING - "},
      {"s a --warn 10 --crit 10 --age-crit 1h", 2, "LAG CRITICAL - "},
      {"s --warn 5 --crit 5", 0, "LAG OK - s: 2 groups | 's/a lag'=5;5;5;0 's/a age'="},
      {"s --warn 1", 1, "LAG WARNING - s/a: 5 entries, the oldest "},
      // Whatever keeps it from knowing.
      {"s a", 3, "LAG UNKNOWN - nothing to judge by; give --warn"},
      {"s a --warn x", 3, "LAG UNKNOWN - --warn: "},
      {"s a --crit -1", 3, "LAG UNKNOWN - --crit: "},
      {"s a --age-warn 5", 3, "LAG UNKNOWN - --age-warn: "},
      {"s a --warn 5 --crit 4", 3, "LAG UNKNOWN - --warn 5 is above --crit 4"},
      {"s a --age-warn 5s --age-crit 4s", 3, "LAG UNKNOWN - --age-warn 5s is above --age-crit 4s"},
      {"s c --warn 1", 3, "LAG UNKNOWN - stream \"s\" has no group \"c\""},
      {"none --warn 1", 3, "LAG UNKNOWN - stream \"none\" has no groups"},
      {"nowhere --warn 1", 3, "LAG UNKNOWN - "},
      {"s --warn 1 --at nowhere", 3, "LAG UNKNOWN - "},
      {"s --warn 1 --db 16", 3, "LAG UNKNOWN - "},
  };
  Shell shell;
  shell.Out(kSetUp);
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(std::string("evlog check lag ") + row.arguments);
    EXPECT_EQ(outcome.code, row.code) << row.arguments << "\n" << outcome.out << outcome.err;
    EXPECT_THAT(outcome.out, StartsWith(row.says)) << row.arguments;
    EXPECT_THAT(outcome.out, MatchesRegex("[^\n]*\n")) << row.arguments;
    EXPECT_EQ(outcome.err, "") << row.arguments;
  }
}

TEST(CheckE2eTest, AWrongCommandLineIsUnknownToo) {
  struct Row {
    const char* arguments;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"", "evlog: check: "},
      {"nonsense", "there is no verb \"check nonsense\""},
      {"lag", "evlog: check lag: STREAM is required"},
      {"lag s --nonsense", "--nonsense"},
      {"lag s --warn", "--warn"},
  };
  Shell shell;
  shell.Out(kSetUp);
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(std::string("evlog check ") + row.arguments);
    EXPECT_EQ(outcome.code, 3) << row.arguments;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.arguments;
  }
}

}  // namespace
}  // namespace evlog::cli
