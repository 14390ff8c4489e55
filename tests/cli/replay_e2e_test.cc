// evlog replay, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

TEST(ReplayE2eTest, KeysAndFieldsAreKept) {
  Shell shell;
  shell.Out("evlog create s --partitions 3; seq 1 5000 | evlog append s --lines --key line");
  shell.Out("evlog replay s --to copy");
  const char* const kSame =
      "evlog read s --format '{key} {fields} {partition}' >a;"
      "evlog read copy --format '{key} {fields} {partition}' >b; cmp a b; wc -l <b";
  EXPECT_EQ(shell.Out(kSame), "5000\n");
  // Another directory, another database, part of it.
  shell.Out("evlog replay s --to part --to-at elsewhere --to-db 2 --from -100 -n 10 --grep 0$");
  EXPECT_EQ(shell.Out("evlog read part --at elsewhere --db 2 --format raw | tr '\\n' ' '"),
            "4910 4920 4930 4940 4950 4960 4970 4980 4990 5000 ");
}

TEST(ReplayE2eTest, ACommandGetsJsonLines) {
  Shell shell;
  shell.Out("for i in 1 2 3; do evlog append s --id $i-0 n=$i --key n >/dev/null; done");
  EXPECT_EQ(
      shell.Out("evlog replay s --exec 'cat; echo end' --until 2"),
      "{\"id\":\"1-0\",\"offset\":0,\"partition\":0,\"key\":\"1\",\"fields\":[[\"n\",\"1\"]]}\n"
      "{\"id\":\"2-0\",\"offset\":1,\"partition\":0,\"key\":\"2\",\"fields\":[[\"n\",\"2\"]]}\n"
      "end\n");
  EXPECT_EQ(shell.Out("evlog replay s --exec 'tr \"\\0\" ,' -0 --format '{field:n}'"), "1,2,3,");
  const Outcome failed = shell.Run("evlog replay s --exec 'cat >/dev/null; exit 7'");
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.err, HasSubstr("evlog: replay: the command ended with 7"));
  const Outcome killed = shell.Run("evlog replay s --exec 'kill -9 $$'");
  EXPECT_EQ(killed.code, 1);
  EXPECT_THAT(killed.err, HasSubstr("ended by signal 9"));
}

TEST(ReplayE2eTest, ACommandThatStopsReadingIsAnError) {
  Shell shell;
  shell.Out("seq 1 200000 | evlog append s --lines");
  const Outcome outcome = shell.Run("evlog replay s --exec 'head -n 1' --checkpoint c >out");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("did not read all that it was given"));
  // Nothing counts as done.
  EXPECT_EQ(shell.Out("evlog replay s --exec 'wc -l' --checkpoint c"), "200000\n");
  EXPECT_EQ(shell.Out("evlog replay s --exec 'wc -l' --checkpoint c"), "0\n");
  EXPECT_EQ(shell.Out("echo more | evlog append s --lines;"
                      "evlog replay s --exec cat --format raw --checkpoint c"),
            "more\n");
}

TEST(ReplayE2eTest, ACheckpointGoesOnWhereItEnded) {
  Shell shell;
  shell.Out("seq 1 100 | evlog append s --lines");
  for (int run = 0; run < 4; ++run) {
    shell.Out("evlog replay s --to t -n 30 --checkpoint c");
  }
  EXPECT_EQ(shell.Out("evlog read t --format raw | cmp - <(seq 1 100)"), "");
  // It is of this replay only.
  for (const char* other : {"--to u", "--exec cat", "--to t --to-db 1 "}) {
    const Outcome outcome = shell.Run(
        std::string("evlog create u --db 1 2>/dev/null; evlog create t --db 1 2>/dev/null;"
                    "evlog create u 2>/dev/null; evlog replay s --checkpoint c ") +
        other);
    EXPECT_EQ(outcome.code, 4) << other;
    EXPECT_THAT(outcome.err, HasSubstr("CONFLICT: checkpoint c is of a replay from")) << other;
  }
  WriteFile(shell.directory() + "/c", "nonsense");
  EXPECT_EQ(shell.Run("evlog replay s --to t --checkpoint c").code, 1);
}

// So slow that it is killed on its way, each time when something has come since somebody looked.
TEST(ReplayE2eTest, ExactlyOnceOverKills) {
  for (const std::string where : {"", " --at other"}) {
    Shell shell;
    shell.Out("seq 1 500000 | evlog append s --lines --durability os; evlog create t" + where);
    const std::string replay =
        "evlog replay s --checkpoint c --to t" + std::string(where.empty() ? "" : " --to-at other");
    const Outcome outcome = shell.Run(
        "kills=0\n"
        "for i in 1 2 3 4 5; do\n" +
        replay +
        " --speed 0.01x & pid=$!\n"
        "  evlog tail t --from end -n 1 --timeout 20s >/dev/null" +
        where +
        "\n"
        "  kill -9 $pid 2>/dev/null; wait $pid; [ $? = 137 ] && kills=$((kills + 1))\n"
        "done 2>/dev/null\n" +
        replay + " && " + replay +
        " || exit 9\n"
        "evlog read t --format raw" +
        where +
        " | cmp - <(seq 1 500000) || exit 8\n"
        "echo $kills kills; [ $kills -ge 2 ]");
    EXPECT_EQ(outcome.code, 0) << where << outcome.out << outcome.err;
  }
}

// Killed when entries are in the target of which the file knows nothing.
TEST(ReplayE2eTest, ExactlyOnceWhereTheFileIsBehind) {
  for (const std::string where : {"", " --at other"}) {
    Shell shell;
    // The third is due after an hour.
    shell.Out("for i in 1 2 3600003; do evlog append s --id $i-0 n=$i >/dev/null; done");
    const std::string to = where.empty() ? " --to t" : " --to t --to-at other";
    const Outcome outcome =
        shell.Run("evlog create t" + where + "; evlog replay s --checkpoint c --speed 1x" + to +
                  " & replay=$!\n"
                  "evlog tail t --from begin -n 2 --timeout 60s >/dev/null" +
                  where + "; kill -9 $replay; wait $replay");
    EXPECT_EQ(outcome.code, 137) << outcome.err;
    EXPECT_THAT(ReadFile(shell.directory() + "/c"), HasSubstr("\"done\":\"0-0 0\""));
    shell.Out("evlog replay s --checkpoint c" + to);
    EXPECT_THAT(ReadFile(shell.directory() + "/c"), HasSubstr("\"done\":\"3600003-0 3\""));
    EXPECT_EQ(shell.Out("evlog read t --format raw" + where), "1\n2\n3600003\n");
  }
}

TEST(ReplayE2eTest, ACommandGetsItAgainAfterAKill) {
  Shell shell;
  shell.Out("for i in 1 2 3 4 5; do evlog append s --id $i-0 n=$i >/dev/null; done");
  shell.Out("evlog replay s --exec 'cat >>out' --format raw --checkpoint c -n 2");
  // Three more, and then it waits for the sixth, which is due an hour later.
  shell.Out("evlog append s --id 3600005-0 n=6 >/dev/null");
  const Outcome killed = shell.Run(
      "evlog replay s --exec 'cat >>out' --format raw --checkpoint c --speed 1x & replay=$!\n"
      "until [ \"$(wc -l <out)\" = 5 ]; do :; done; kill -9 $replay; wait $replay");
  EXPECT_EQ(killed.code, 137);
  shell.Out("evlog replay s --exec 'cat >>out' --format raw --checkpoint c");
  EXPECT_EQ(shell.Out("tr '\\n' ' ' <out"), "1 2 3 4 5 3 4 5 6 ");
}

TEST(ReplayE2eTest, ASignalKeepsTheCheckpoint) {
  for (const char* to : {"--to t", "--exec 'cat >>out' --format raw"}) {
    SCOPED_TRACE(to);
    Shell shell;
    // The third entry is due in an hour.
    shell.Out("for i in 1 2 3600000; do evlog append s --id $i-0 n=$i >/dev/null; done");
    const bool stream = std::string(to) == "--to t";
    const Outcome outcome = shell.Run(
        "set -m\n"
        "evlog create t\n"
        "evlog replay s " +
        std::string(to) + " --speed 1x --checkpoint c & replay=$!\n" +
        std::string(stream ? "evlog tail t --from begin -n 2 --timeout 60s >/dev/null\n"
                           : "until [ \"$(wc -l <out 2>/dev/null)\" = 2 ]; do :; done\n") +
        "kill -INT $replay; wait $replay");
    EXPECT_EQ(outcome.code, 130) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("interrupted; replayed: 2 entries"));
    shell.Out("evlog replay s " + std::string(to) + " --checkpoint c");
    EXPECT_EQ(stream ? shell.Out("evlog read t --format raw") : shell.Out("cat out"),
              "1\n2\n3600000\n");
  }
}

TEST(ReplayE2eTest, SpeedDividesTheGaps) {
  Shell shell;
  shell.Out(
      "for i in 0 1 2 3; do evlog append s --id $((1 + i * 1000000000))-0 n=$i >/dev/null; done");
  EXPECT_EQ(shell.Out("evlog replay s --exec cat --format raw --speed 1000000000x | tr '\\n' ' '"),
            "0 1 2 3 ");
}

TEST(ReplayE2eTest, WhatIsWrongIsSaid) {
  Shell shell;
  shell.Out("evlog append s a=1 >/dev/null");
  struct Row {
    const char* arguments;
    int code;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"s", 2, "where to?"},
      {"s --to t --exec cat", 2, "where to?"},
      {"s --to s", 2, "into itself"},
      {"s --to s --to-at log/", 2, "into itself"},
      {"s --exec cat --to-at x", 2, "--to-at and --to-db"},
      {"s --to t --format raw", 2, "not for streams"},
      {"s --to t -0", 2, "not for streams"},
      {"s --exec cat --format nix", 2, "--format \"nix\""},
      {"s --to t --speed fast", 2, "--speed \"fast\""},
      {"s --to t --speed 0x", 2, "--speed"},
      {"s --to t --from -5 --until -5", 2, "for --from only"},
      {"s --to t --to-db 16", 2, "database is 16"},
      {"none --to t", 3, "none"},
      {"s --exec cat --checkpoint no/such/c", 1, "checkpoint no/such/c"},
  };
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(std::string("evlog replay ") + row.arguments);
    EXPECT_EQ(outcome.code, row.code) << row.arguments << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.arguments;
    EXPECT_EQ(outcome.out, "") << row.arguments;
  }
  // Nothing was made by the way.
  EXPECT_EQ(shell.Out("evlog streams --format json | wc -l"), "1\n");
}

}  // namespace
}  // namespace evlog::cli
