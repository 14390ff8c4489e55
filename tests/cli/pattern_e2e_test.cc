// evlog read, tail and replay of a name pattern, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// Six entries of order-a and order-b by turns, with one of `other` after each two.
void Fill(Shell& shell) {
  shell.Out(
      "for s in order-a order-b other; do evlog create $s --durability os; done\n"
      "for n in 1 2 3; do for s in order-a order-b other; do\n"
      "  evlog append $s n=$n --key n >/dev/null; done; done");
}

TEST(PatternE2eTest, InTheOrderOfCommitsEachLineNamesItsStream) {
  Shell shell;
  Fill(shell);
  EXPECT_EQ(shell.Out("evlog read 'order-*' --format raw"),
            "order-a\t1\norder-b\t1\norder-a\t2\norder-b\t2\norder-a\t3\norder-b\t3\n");
  EXPECT_EQ(shell.Out("evlog read '*' --format '{stream}:{field:n}' | tr '\\n' ' '"),
            "order-a:1 order-b:1 other:1 order-a:2 order-b:2 other:2 order-a:3 order-b:3 other:3 ");
  EXPECT_THAT(shell.Out("evlog read 'order-[^a]' -n 1"),
              MatchesRegex("order-b  [0-9]+-0  1  n=1\n"));
  EXPECT_THAT(shell.Out("evlog read 'ot*' -n 1 --format json"),
              MatchesRegex("\\{\"id\":\"[0-9]+-0\",\"offset\":0,\"partition\":0,\"key\":\"1\","
                           "\"fields\":\\[\\[\"n\",\"1\"\\]\\],\"stream\":\"other\","
                           "\"position\":\"[0-9a-f]{16}-[0-9]+\"}\n"));
  EXPECT_EQ(shell.Out("evlog read 'order-*' --format raw -0 -n 2 | tr '\\0' ,"),
            "order-a\t1,order-b\t1,");
  EXPECT_EQ(shell.Out("evlog read '*' --format raw --where n=2 --grep 2 | tr '\\n' ' '"),
            "order-a\t2 order-b\t2 other\t2 ");
  // Nobody is called so, and that is no error: somebody may be one day.
  EXPECT_EQ(shell.Out("evlog read 'none*'; evlog read 'order-*' --db 3"), "");
}

TEST(PatternE2eTest, GoesOnAfterThePositionOfAnyEntry) {
  Shell shell;
  shell.Out(
      "for s in a b; do evlog create x$s --durability os --partitions 2; done\n"
      "for i in 1 2 3; do seq $((i * 10)) $((i * 10 + 9)) | evlog append xa --lines\n"
      "  seq $((i * 100)) $((i * 100 + 9)) | evlog append xb --lines --key line; done\n"
      "evlog read 'x*' --format '{stream} {field:line}' >all\n"
      "evlog read 'x*' --format '{position}' >positions");
  EXPECT_EQ(shell.Out("wc -l <all; sort -u positions | wc -l"), "60\n60\n");
  EXPECT_EQ(shell.Out("for n in 1 7 10 20 39 60; do\n"
                      "  at=$(sed -n ${n}p positions)\n"
                      "  evlog read 'x*' --after $at --format '{stream} {field:line}' |\n"
                      "    cmp - <(tail -n +$((n + 1)) all) || echo $n\n"
                      "  evlog tail 'x*' --after $at --no-follow -n 3 "
                      "      --format '{stream} {field:line}' |\n"
                      "    cmp - <(tail -n +$((n + 1)) all | head -n 3) || echo $n\n"
                      "done"),
            "");
}

TEST(PatternE2eTest, PositionsAndFilters) {
  Shell shell;
  shell.Out(
      "for s in xa xb; do evlog create $s --durability os; done\n"
      "for i in 1 2 3 4; do evlog append xa --id $i-0 v=a$i t=x >/dev/null\n"
      "  evlog append xb --id $((i * 10))-0 v=b$i type=T >/dev/null; done");
  struct Row {
    const char* arguments;
    const char* values;
  };
  static constexpr Row kRows[] = {
      {"read", "a1 b1 a2 b2 a3 b3 a4 b4 "},
      {"read --from begin --until end", "a1 b1 a2 b2 a3 b3 a4 b4 "},
      {"read --from end", ""},
      {"read --until begin", ""},
      {"tail --until begin", ""},
      {"read -n 3", "a1 b1 a2 "},
      {"read -n 0", ""},
      {"read --from -3", "b3 a4 b4 "},
      {"read --from -99", "a1 b1 a2 b2 a3 b3 a4 b4 "},
      {"read --from -3 -n 1", "b3 "},
      // Ids and times are of each stream by itself.
      {"read --from 4", "b1 b2 b3 a4 b4 "},
      {"read --from 3-0 --until 20-0", "b1 b2 a3 a4 "},
      {"read --until 4", "a1 a2 a3 a4 "},
      {"read --from @1970-01-01T00:00:00.010Z --until @1970-01-01T00:00:00.040Z", "b1 b2 b3 "},
      {"read --type T -n 2", "b1 b2 "},
      {"tail --no-follow -n 2", "a4 b4 "},
      {"tail --no-follow -n 0", ""},
      {"tail --no-follow --grep a", "a1 a2 a3 a4 "},
      {"tail -n 99 --until 4", "a1 a2 a3 a4 "},
      {"tail --from 4 --until 30", "b1 b2 b3 a4 "},
      {"tail --from begin -n 2", "a1 b1 "},
      {"tail --until @-1m -n 3", "b3 a4 b4 "},
      {"tail --until end -n 1", "b4 "},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(shell.Out(std::string("evlog ") + row.arguments +
                        " 'x*' --format '{field:v}' | tr '\\n' ' '"),
              row.values)
        << row.arguments;
  }
}

TEST(PatternE2eTest, WhatMakesNoSenseIsNamed) {
  Shell shell;
  shell.Out("evlog append x a=1 >/dev/null; evlog append y a=1 --at other >/dev/null");
  const std::string elsewhere =
      "evlog read 'x*' --after $(evlog read '*' --at other --format '{position}')";
  struct Row {
    std::string command;
    const char* says;
  };
  const Row kRows[] = {
      {"evlog read 'x*' --partition 0", "--partition is of one stream, not of the pattern \"x*\""},
      {"evlog read 'x*' --reverse", "--reverse: the pattern \"x*\" is read in commit order"},
      {"evlog read 'x*' --from o:1", "--from o:1: an offset is of one stream"},
      {"evlog tail 'x*' --until o:1", "--until o:1: an offset is of one stream"},
      {"evlog tail 'x*' --after 5-1", "--after \"5-1\": not a position"},
      {"evlog tail 'x*' --after 5-1 --from end", "--from and --after exclude each other"},
      {elsewhere, "a position of another log"},
      {"evlog read x --after 00f1e2d3c4b5a697-1", "--after is for a pattern of names"},
      {"evlog read x --format '{position}'", "{position} is for a pattern"},
      {"evlog replay x --exec cat --format '{position}'", "{position} is for a pattern"},
      {"evlog replay 'x*' --to xy", "the pattern \"x*\" matches the target \"xy\""},
      {"evlog replay '*' --to y", "it would be replayed into itself"},
      {"evlog replay 'x*' --exec cat --partition 0", "--partition is of one stream"},
  };
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(row.command);
    EXPECT_EQ(outcome.code, 2) << row.command << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.command;
    EXPECT_EQ(outcome.out, "") << row.command;
  }
}

TEST(PatternE2eTest, ABackslashEscapes) {
  Shell shell;
  shell.Out(
      "for s in 'a*b' 'axb' 'a[1]' 'a\\c' 'plain'; do\n"
      "  evlog append \"$s\" --key v v=\"$s\" --durability os >/dev/null; done");
  // One stream, so it has partitions and can be read backwards.
  EXPECT_EQ(shell.Out("evlog read 'a\\*b' --partition 0 --reverse --format raw"), "a*b\n");
  EXPECT_EQ(shell.Out("evlog read 'a\\[1\\]' --format raw"), "a[1]\n");
  // Without a special character a backslash is one.
  EXPECT_EQ(shell.Out("evlog read 'a\\c' --format raw"), "a\\c\n");
  EXPECT_EQ(shell.Out("evlog read 'a\\\\*' --format '{field:v}'"), "a\\c\n");
  EXPECT_EQ(shell.Out("evlog read 'a*b' --format '{field:v}' | tr '\\n' ' '"), "a*b axb ");
  EXPECT_EQ(shell.Run("evlog read 'no\\*ne'").code, 3);
  EXPECT_THAT(shell.Run("evlog read 'no\\*ne'").err, HasSubstr("no stream \"no*ne\""));
}

// Beside the process that owns the log, and streams that are made meanwhile.
TEST(PatternE2eTest, FollowsWhatAnotherProcessAppends) {
  Shell shell;
  EXPECT_EQ(
      shell.Out("evlog create order-a; mkfifo in out\n"
                "evlog tail 'order-*' --format raw --timeout 60s >out & tail=$!\n"
                "exec 4<out\n"
                "next() { read -r -t 60 line <&4; echo \"$line\"; }\n"
                "evlog append order-a --lines in & writer=$!\n"
                "exec 3>in\n"
                "echo one >&3; next; echo two >&3; next\n"
                "exec 3>&-; wait $writer\n"
                "evlog append other n=0 >/dev/null; evlog append order-b n=1 >/dev/null; next\n"
                "evlog append order-a n=2 >/dev/null; next\n"
                "evlog rename other order-c; evlog append order-c n=3 >/dev/null; next\n"
                // Nobody reads any more: the follower ends by itself, and quietly.
                "exec 4<&-; wait $tail; echo code $?"),
      "order-a\tone\norder-a\ttwo\norder-b\t1\norder-a\t2\norder-c\t3\ncode 0\n");
}

TEST(PatternE2eTest, FollowingEnds) {
  Shell shell;
  shell.Out("evlog append x1 n=1 --durability os >/dev/null");
  EXPECT_EQ(shell.Run("evlog tail 'x*' --from end --timeout 10ms").code, 5);
  EXPECT_EQ(shell.Run("evlog tail 'none*' --timeout 10ms").code, 5);
  EXPECT_EQ(shell
                .Out("evlog tail 'x*' --from end --timeout 60s -n 1 --format raw & tail=$!\n"
                     "until evlog append x2 n=$((++n)) >/dev/null && ! kill -0 $tail 2>/dev/null; "
                     "do :; done\n"
                     "wait $tail")
                .substr(0, 3),
            "x2\t");
  // A time, which also an id stands for.
  EXPECT_EQ(shell.Out("evlog tail 'x1*' --format raw --until \"@$(date -u -d '+1 sec' +%FT%TZ)\""),
            "x1\t1\n");
  EXPECT_EQ(shell.Out("evlog tail 'x1*' --format raw --until $(($(date +%s%3N) + 300))"),
            "x1\t1\n");
  const Outcome interrupted = shell.Run(
      "set -m; mkfifo out; evlog tail 'x*' -n 1 --format '{stream}' >out & tail=$!\n"
      // Open until the end: a follower that nobody reads ends by itself.
      "exec 4<out; read -r line <&4; kill -INT $tail; wait $tail");
  EXPECT_EQ(interrupted.code, 130);
}

TEST(PatternE2eTest, ReplayGoesOnFromItsCheckpoint) {
  Shell shell;
  Fill(shell);
  shell.Out("evlog replay 'order-*' --to all --checkpoint c -n 4");
  EXPECT_THAT(ReadFile(shell.directory() + "/c"),
              AllOf(HasSubstr("\"from\":\"streams \\\"order-*\\\" of database 0 of log "),
                    HasSubstr("\"done\":\"@")));
  EXPECT_EQ(shell.Out("evlog replay 'order-*' --to all --checkpoint c --from end;"
                      "evlog append order-c n=4 >/dev/null;"
                      "evlog replay 'order-*' --to all --checkpoint c\n"
                      "evlog read all --format '{key}{field:n}' | tr '\\n' ' '"),
            "11 11 22 22 33 33 4 ");
  EXPECT_EQ(shell.Out("evlog info all --format json | grep -o '\"partitions\":[0-9]*,'"),
            "\"partitions\":1,\n");
  EXPECT_THAT(shell.Out("evlog replay 'order-*' --exec cat --from -1"),
              HasSubstr("\"stream\":\"order-c\",\"position\":\""));
  EXPECT_EQ(shell
                .Out("evlog replay 'order-*' --exec cat --format '{stream}' --checkpoint d -n 6\n"
                     "evlog replay 'order-*' --exec cat --format raw --checkpoint d")
                .substr(48),
            "order-c\t4\n");
  const Outcome other = shell.Run("evlog replay 'order-?' --to all --checkpoint c");
  EXPECT_EQ(other.code, 4);
  EXPECT_THAT(other.err, HasSubstr("CONFLICT: checkpoint c is of a replay from streams"));
}

TEST(PatternE2eTest, ReplayIsExactlyOnceOverKills) {
  Shell shell;
  // The third of each is due an hour after the others.
  shell.Out(
      "evlog create t\n"
      "for i in 1 2 3600003; do for s in xa xb; do\n"
      "  evlog append $s --id $i-0 n=$i --durability os >/dev/null; done; done");
  const Outcome killed = shell.Run(
      "evlog replay 'x*' --to t --checkpoint c --speed 1x & replay=$!\n"
      "evlog tail t --from begin -n 4 --timeout 60s >/dev/null; kill -9 $replay; wait $replay");
  EXPECT_EQ(killed.code, 137) << killed.err;
  EXPECT_THAT(ReadFile(shell.directory() + "/c"), HasSubstr("\"done\":\"0-0 0\""));
  EXPECT_EQ(shell.Out("evlog replay 'x*' --to t --checkpoint c\n"
                      "evlog read t --format raw | tr '\\n' ' '"),
            "1 1 2 2 3600003 3600003 ");
}

}  // namespace
}  // namespace evlog::cli
