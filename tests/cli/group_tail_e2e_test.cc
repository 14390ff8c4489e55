// evlog tail --group: a consumer of a group on a command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kSetUp[] =
    "for i in 1 2 3 4 5; do evlog append s --id $i-0 n=$i --key n >/dev/null; done\n"
    "evlog groups create s g --from begin";

std::string PendingCount(Shell& shell) {
  return shell.Out("evlog pending s g --format json | wc -l");
}

TEST(GroupTailE2eTest, WithoutAckEntriesStayPending) {
  Shell shell;
  shell.Out(kSetUp);
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer c --no-follow"),
            "1-0  1  n=1\n2-0  2  n=2\n3-0  3  n=3\n4-0  4  n=4\n5-0  5  n=5\n");
  EXPECT_EQ(PendingCount(shell), "5\n");
  // They are not due yet.
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer c --no-follow"), "");
}

TEST(GroupTailE2eTest, WithAckNothingIsPending) {
  Shell shell;
  shell.Out(kSetUp);
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer c --ack -n 3 --format raw"), "1\n2\n3\n");
  EXPECT_EQ(PendingCount(shell), "0\n");
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer d --ack --no-follow --format raw"),
            "4\n5\n");
  EXPECT_EQ(shell.Out("evlog groups describe s g --format json | grep -oE '\"lag\":[0-9]+'"),
            "\"lag\":0\n");
}

TEST(GroupTailE2eTest, EveryFormat) {
  Shell shell;
  shell.Out(kSetUp);
  const auto take = [&shell](const std::string& format) {
    return shell.Out("evlog tail s --group g --consumer c -n 1 --format " + format);
  };
  EXPECT_EQ(take("json"),
            "{\"id\":\"1-0\",\"offset\":0,\"partition\":0,\"key\":\"1\",\"fields\":[[\"n\",\"1\"]],"
            "\"deliveries\":1}\n");
  EXPECT_EQ(take("text"), "2-0  2  n=2\n");
  EXPECT_EQ(take("raw"), "3\n");
  EXPECT_EQ(take("'{stream} {id} {field:n}'"), "s 4-0 4\n");
  EXPECT_EQ(take("raw -0 | tr '\\0' ,"), "5,");
}

TEST(GroupTailE2eTest, WhatWasNotAcknowledgedComesAgain) {
  Shell shell;
  shell.Out(std::string(kSetUp) + " --ack-wait 50ms");
  shell.Out("evlog tail s --group g --consumer c -n 5 >/dev/null");
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer d -n 5 --timeout 60s --format json |"
                      " grep -o '\"deliveries\":2' | wc -l"),
            "5\n");
}

TEST(GroupTailE2eTest, TheTimeoutEndsIt) {
  Shell shell;
  shell.Out(kSetUp);
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer c --ack --timeout 20ms | wc -l"), "5\n");
  const Outcome nothing = shell.Run("evlog tail s --group g --consumer c --timeout 20ms");
  EXPECT_EQ(nothing.code, 5);
  EXPECT_EQ(nothing.out + nothing.err, "");
  shell.Out("evlog groups seek s g begin; evlog groups pause s g");
  EXPECT_EQ(shell.Run("evlog tail s --group g --consumer c --timeout 20ms").code, 5);
}

TEST(GroupTailE2eTest, ASignalEndsItAndWhatWasShownIsAcknowledged) {
  Shell shell;
  shell.Out(kSetUp);
  const Outcome outcome = shell.Run(
      "mkfifo out; evlog tail s --group g --consumer c --ack --format raw >out & tail=$!\n"
      "exec 3<out; for i in 1 2 3 4 5; do read -r -t 60 line <&3; echo got $line; done\n"
      "kill -TERM $tail; wait $tail");
  EXPECT_EQ(outcome.code, 130);
  EXPECT_EQ(outcome.out, "got 1\ngot 2\ngot 3\ngot 4\ngot 5\n");
  EXPECT_EQ(PendingCount(shell), "0\n");
}

TEST(GroupTailE2eTest, NothingIsAcknowledgedThatCouldNotBeWritten) {
  Shell shell;
  shell.Out(kSetUp);
  const Outcome full = shell.Run("evlog tail s --group g --consumer c --ack -n 2 >/dev/full");
  EXPECT_EQ(full.code, 1);
  EXPECT_THAT(full.err, HasSubstr("evlog: tail: writing the output: "));
  EXPECT_EQ(PendingCount(shell), "2\n");
  // The reader has gone before there was anything to read.
  EXPECT_EQ(shell.Out("mkfifo out; { exec 3<out; } & exec 4>out; wait\n"
                      "evlog tail s --group g --consumer c --ack --no-follow >&4; echo code $?"),
            "code 0\n");
  EXPECT_EQ(PendingCount(shell), "5\n");
}

// More than a pipe holds, and nobody takes it: it was handed out, so it is pending, and was not
// written, so it is not acknowledged.
TEST(GroupTailE2eTest, KilledWhileItWritesNothingWasAcknowledged) {
  Shell shell;
  const Outcome outcome = shell.Run(
      "head -c 700000 /dev/zero | base64 -w 9000 | evlog append s --lines --durability os\n"
      "evlog groups create s g --from begin --ack-wait none; mkfifo out; exec 3<>out\n"
      "evlog tail s --group g --consumer c --ack >out & tail=$!\n"
      "until [ $(evlog pending s g --format json | wc -l) = 100 ]; do :; done\n"
      "kill -KILL $tail; wait $tail 2>/dev/null; evlog pending s g --format json | wc -l\n"
      "exec 3<&-; evlog groups describe s g --format json | grep -oE '\"lag\":[0-9]+'");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "100\n\"lag\":4\n");
}

TEST(GroupTailE2eTest, NobodyReadsAnyMore) {
  Shell shell;
  shell.Out(kSetUp);
  // It waits for ever, but for somebody.
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer c --ack --format raw | head -n 1"), "1\n");
}

TEST(GroupTailE2eTest, ManyEntriesAreHandedOutOnceEach) {
  Shell shell;
  shell.Out(
      "evlog create s --partitions 4; seq 1 5000 | evlog append s --lines --key line\n"
      "evlog groups create s g --from begin\n"
      "evlog tail s --group g --consumer a --ack -n 1234 --format raw >one\n"
      "evlog tail s --group g --consumer b --ack --no-follow --format raw >two\n"
      "cat one two | sort -n | cmp - <(seq 1 5000)");
  EXPECT_EQ(shell.Out("wc -l <one"), "1234\n");
  EXPECT_EQ(PendingCount(shell), "0\n");
}

TEST(GroupTailE2eTest, WrongUseSaysWhatIsWrong) {
  struct Row {
    const char* arguments;
    int code;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"s --consumer c", 2, "--consumer is of a group; give --group"},
      {"s --ack", 2, "--ack is of a group; give --group"},
      {"s --group g", 2, "--group: give --consumer, who reads"},
      {"s --group g --consumer c --from begin", 2, "--from: with --group"},
      {"s --group g --consumer c --until end", 2, "--until: with --group"},
      {"s --group g --consumer c --after x", 2, "--after: with --group"},
      {"s --group g --consumer c --partition 0", 2, "--partition: with --group"},
      {"s --group g --consumer c --type t", 2, "--type: with --group"},
      {"s --group g --consumer c --where a=b", 2, "--where: with --group"},
      {"s --group g --consumer c --grep x", 2, "--grep: with --group"},
      {"'s*' --group g --consumer c", 2, "a group is of one stream, not of the pattern \"s*\""},
      {"s --group g --consumer c --timeout 5", 2, "--timeout"},
      {"s --group g --consumer c --format yaml", 2, "--format \"yaml\""},
      {"s --group g --consumer c --format '{position}'", 2, "position"},
      {"s --group g --consumer ''", 2, "consumer"},
      {"s --group h --consumer c", 3, "stream \"s\" has no group \"h\""},
      {"nowhere --group g --consumer c", 3, "evlog: tail: "},
      {"s --group g --consumer c --at nowhere", 3, "evlog: tail: "},
  };
  Shell shell;
  shell.Out(kSetUp);
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(std::string("evlog tail ") + row.arguments);
    EXPECT_EQ(outcome.code, row.code) << row.arguments << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.arguments;
    EXPECT_EQ(outcome.out, "") << row.arguments;
  }
  EXPECT_EQ(PendingCount(shell), "0\n");
}

}  // namespace
}  // namespace evlog::cli
