// Delayed appends on the command line: append --delay, delayed list, delayed cancel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(DelayedE2eTest, AppendsPrintATicketByWhichTheyAreListed) {
  Shell shell;
  EXPECT_THAT(shell.Out("evlog append s to=ann text='call back' --key to --delay 1h | tee t1"),
              MatchesRegex("[0-9]+-1\n"));
  EXPECT_EQ(shell.Out("evlog append s v=2 --deliver-at @2100-01-01T00:00:00Z"),
            "4102444800000-2\n");
  EXPECT_THAT(shell.Out("evlog append other v=3 --deliver-at 2100-01-01T01:00:00+01:00"
                        " --format json"),
              MatchesRegex("\\{\"ticket\":\"4102444800000-3\","
                           "\"due\":\"2100-01-01T00:00:00.000Z\"\\}\n"));
  EXPECT_EQ(shell.Out("evlog read s"), "");
  EXPECT_THAT(shell.Out("evlog delayed list"),
              MatchesRegex("TICKET +DUE +STREAM  ENTRIES  BYTES  KEY  FIRST\n"
                           "[0-9]+-1 +2[0-9T:.-]+Z  s +1   27 B  ann  to=ann text=\"call back\"\n"
                           "4102444800000-2  2100-01-01T00:00:00.000Z  s +1 +5 B  -    v=2\n"
                           "4102444800000-3  2100-01-01T00:00:00.000Z  other +1 +5 B  -    v=3\n"));
  EXPECT_EQ(shell.Out("evlog delayed list s --format json --after $(cat t1)"),
            "{\"ticket\":\"4102444800000-2\",\"due\":\"2100-01-01T00:00:00.000Z\","
            "\"stream\":\"s\",\"entries\":1,\"bytes\":5,\"key\":null,\"fields\":[[\"v\",\"2\"]],"
            "\"damage\":null}\n");
  EXPECT_EQ(shell.Out("evlog delayed list -n 1 | wc -l"), "2\n");
  EXPECT_EQ(shell.Out("evlog verify --format json | cut -d , -f 1"), "{\"ok\":true\n");
}

TEST(DelayedE2eTest, CancelSaysWhatIsNotThere) {
  Shell shell;
  shell.Out("for i in 1 2 3; do evlog append s v=$i --deliver-at @2100-01-01T00:00:00Z; done");
  EXPECT_EQ(shell.Out("evlog delayed cancel 4102444800000-1 4102444800000-1"),
            "cancelled 1 delayed append\n");
  const Outcome some =
      shell.Run("evlog delayed cancel 4102444800000-1 4102444800000-2 --format json");
  EXPECT_EQ(some.code, 3);
  EXPECT_EQ(some.out, "{\"cancelled\":[\"4102444800000-2\"],\"missing\":[\"4102444800000-1\"]}\n");
  EXPECT_THAT(some.err, HasSubstr("no delayed append 4102444800000-1 waits"));
  EXPECT_EQ(shell.Out("evlog delayed list --format json | wc -l"), "1\n");
}

TEST(DelayedE2eTest, IsAppendedByWhoeverHasTheLogOpen) {
  Shell shell;
  EXPECT_EQ(shell.Out("evlog append s v=1 --delay 0 >t1\n"
                      "evlog append s v=2 --delay 300ms >t2\n"
                      "mkfifo hold; evlog append other --lines <hold & exec 3>hold\n"
                      "evlog tail s --from begin -n 2 --format raw --timeout 60s\n"
                      "exec 3>&-; wait"),
            "1\n2\n");
  EXPECT_EQ(shell.Out("evlog delayed list --format json"), "");
  EXPECT_EQ(shell.Run("evlog delayed cancel $(cat t1)").code, 3);
}

TEST(DelayedE2eTest, OneProcessOwnsTheDirectory) {
  Shell shell;
  shell.Out("evlog append s v=1 --delay 1h >t1");
  const Outcome held = shell.Run(
      "mkfifo hold; evlog append other --lines --print-ids <hold >ids & exec 3>hold\n"
      "echo x >&3; until test -s ids; do :; done\n"
      "evlog append s v=2 --delay 1h; echo append $?\n"
      "evlog delayed cancel $(cat t1); echo cancel $?\n"
      "evlog delayed list --format json | wc -l\n"
      "exec 3>&-; wait");
  EXPECT_EQ(held.out, "append 1\ncancel 1\n1\n");
  EXPECT_THAT(held.err, HasSubstr("held by another process"));
}

TEST(DelayedE2eTest, RefusesWhatMakesNoSense) {
  Shell shell;
  shell.Out("evlog append s v=1 >/dev/null");
  for (const char* arguments :
       {"append s v=1 --delay soon", "append s v=1 --delay -1m",
        "append s v=1 --deliver-at tomorrow", "append s v=1 --delay 1m --deliver-at @2100-01-01",
        "append s --lines --delay 1m", "append s v=1 --delay 1m --id 1-1",
        "append s v=1 --delay 1m --expect none",
        "append s v=1 --delay 1m --producer p --sequence 1", "append s v=1 --delay 1m --print-ids",
        "delayed cancel 17", "delayed cancel", "delayed list --after 17-0", "delayed"}) {
    const Outcome outcome = shell.Run(std::string("evlog ") + arguments + " </dev/null");
    EXPECT_EQ(outcome.code, 2) << arguments << ": " << outcome.err;
  }
  EXPECT_EQ(shell.Run("evlog delayed list nothing").code, 3);
  EXPECT_EQ(shell.Run("evlog delayed cancel 1-1 --at nowhere").code, 3);
  EXPECT_EQ(shell.Out("evlog delayed list --format json"), "");
  EXPECT_EQ(shell.Out("evlog read s | wc -l"), "1\n");
}

}  // namespace
}  // namespace evlog::cli
