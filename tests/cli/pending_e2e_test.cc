// What a group has delivered: pending, ack, nack, claim.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// Five entries 1-0 to 5-0; consumer a has 1-0 and 2-0, b has 3-0.
void Deliver(Shell& shell, const std::string& options = "") {
  shell.Out(
      "for i in 1 2 3 4 5; do evlog append s --id $i-0 n=$i >/dev/null; done\n"
      "evlog groups create s g --from begin " +
      options +
      "\n"
      "evlog tail s --group g --consumer a -n 2 >/dev/null\n"
      "evlog tail s --group g --consumer b -n 1 >/dev/null");
}

// `ID CONSUMER DELIVERIES` of what is pending.
std::string Pending(Shell& shell, const std::string& arguments = "") {
  return shell.Out("evlog pending s g " + arguments + " | tail -n +2 |" +
                   " sed -E 's/  +/ /g' | cut -d ' ' -f 1,2,4 | tr '\\n' ';'");
}

TEST(PendingE2eTest, EveryFilterHolds) {
  Shell shell;
  Deliver(shell);
  EXPECT_EQ(Pending(shell), "1-0 a 1;2-0 a 1;3-0 b 1;");
  EXPECT_EQ(Pending(shell, "--consumer a"), "1-0 a 1;2-0 a 1;");
  EXPECT_EQ(Pending(shell, "--consumer nobody"), "");
  EXPECT_EQ(Pending(shell, "--from 2-0"), "2-0 a 1;3-0 b 1;");
  EXPECT_EQ(Pending(shell, "--from 2 --until 2"), "2-0 a 1;");
  EXPECT_EQ(Pending(shell, "-n 1"), "1-0 a 1;");
  EXPECT_EQ(Pending(shell, "-n 0"), "");
  EXPECT_EQ(Pending(shell, "--min-idle 1h"), "");
  EXPECT_EQ(Pending(shell, "--min-idle 0"), "1-0 a 1;2-0 a 1;3-0 b 1;");
  EXPECT_EQ(Pending(shell, "--released"), "");
  shell.Out("evlog nack s g 2-0 --delay 1h >/dev/null");
  EXPECT_EQ(Pending(shell, "--released"), "2-0 - 1;");
}

TEST(PendingE2eTest, TableAndJson) {
  Shell shell;
  Deliver(shell);
  shell.Out("evlog nack s g 1-0 --delay 1h >/dev/null; evlog nack s g 2-0 --kind fatal >/dev/null");
  EXPECT_THAT(shell.Out("evlog pending s g"),
              MatchesRegex("ID   CONSUMER +IDLE  DELIVERIES  DUE\n"
                           "1-0  - +-           1  2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z\n"
                           "2-0  - +-       fatal  -\n"
                           "3-0  b +[0-9a-z]+           1  -\n"));
  EXPECT_THAT(
      shell.Out("evlog pending s g --format json"),
      MatchesRegex("\\{\"id\":\"1-0\",\"consumer\":null,\"idle_ms\":null,\"deliveries\":1,"
                   "\"due_at\":\"2[0-9T:.-]+Z\"}\n"
                   "\\{\"id\":\"2-0\",\"consumer\":null,\"idle_ms\":null,\"deliveries\":null,"
                   "\"due_at\":null}\n"
                   "\\{\"id\":\"3-0\",\"consumer\":\"b\",\"idle_ms\":[0-9]+,\"deliveries\":1,"
                   "\"due_at\":null}\n"));
  EXPECT_THAT(shell.Out("evlog groups describe s g"),
              AllOf(HasSubstr("delivered to  3-0  1970-01-01T00:00:00.003Z\n"),
                    HasSubstr("read          3 entries\n"), HasSubstr("lag           2 entries, "),
                    HasSubstr("pending       3 entries, 2 of them released\n\n"
                              "CONSUMER  PENDING")));
  EXPECT_THAT(shell.Out("evlog groups describe s g --format json"),
              HasSubstr("\"pending\":3,\"released\":2,\"consumers\":[{\"consumer\":\"a\","
                        "\"pending\":0,\"idle_ms\":"));
}

TEST(PendingE2eTest, AckSaysHowManyWerePending) {
  Shell shell;
  Deliver(shell);
  EXPECT_EQ(shell.Out("evlog ack s g 1-0 1-0 3-0 4-0 9-9"), "acknowledged 2 entries\n");
  EXPECT_EQ(Pending(shell), "2-0 a 1;");
  EXPECT_EQ(shell.Out("evlog ack s g 2-0"), "acknowledged 1 entry\n");
  EXPECT_EQ(shell.Out("evlog ack s g 2-0 --format json"),
            "{\"stream\":\"s\",\"group\":\"g\",\"entries\":0}\n");
}

TEST(PendingE2eTest, NackByItsKind) {
  Shell shell;
  Deliver(shell);
  EXPECT_EQ(shell.Out("evlog nack s g 1-0 --delay 1h"), "gave back 1 entry\n");
  EXPECT_EQ(shell.Out("evlog nack s g 2-0 --kind silent --delay 1h"), "gave back 1 entry\n");
  EXPECT_EQ(shell.Out("evlog nack s g 3-0 --kind fatal --format json"),
            "{\"stream\":\"s\",\"group\":\"g\",\"entries\":1}\n");
  EXPECT_EQ(Pending(shell), "1-0 - 1;2-0 - 0;3-0 - fatal;");
  // Who gives it back at once gets it again at once.
  shell.Out("evlog claim s g a 1-0 2-0 3-0 >/dev/null; evlog nack s g 1-0 >/dev/null");
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer c -n 1 --format '{id}'"), "1-0\n");
}

TEST(PendingE2eTest, ClaimByIds) {
  Shell shell;
  Deliver(shell);
  EXPECT_EQ(shell.Out("evlog claim s g c 3-0 1-0 4-0 9-9"), "1-0  -  n=1\n3-0  -  n=3\n");
  EXPECT_EQ(Pending(shell), "1-0 c 2;2-0 a 1;3-0 c 2;");
  EXPECT_EQ(shell.Out("evlog claim s g c 2-0 --min-idle 1h"), "");
  EXPECT_EQ(shell.Out("evlog claim s g c 2-0 --format json"),
            "{\"id\":\"2-0\",\"offset\":1,\"partition\":0,\"key\":null,\"fields\":[[\"n\",\"2\"]],"
            "\"deliveries\":2}\n");
}

TEST(PendingE2eTest, ClaimWhatIsIdle) {
  Shell shell;
  Deliver(shell);
  EXPECT_EQ(shell.Out("evlog claim s g c --min-idle 1h"), "");
  EXPECT_EQ(shell.Out("evlog claim s g c --min-idle 0 -n 2 --format raw"), "1\n2\n");
  EXPECT_EQ(shell.Out("evlog claim s g c --min-idle 0 --format '{field:n}' -0 | tr '\\0' ','"),
            "1,2,3,");
  EXPECT_EQ(Pending(shell), "1-0 c 3;2-0 c 3;3-0 c 2;");
  // What was given back fits once it is due.
  shell.Out("evlog nack s g 1-0 --delay 1h >/dev/null; evlog nack s g 2-0 >/dev/null");
  EXPECT_EQ(shell.Out("evlog claim s g d --min-idle 1h --format raw"), "2\n");
  EXPECT_EQ(Pending(shell, "--released --min-idle 1h"), "");
}

TEST(PendingE2eTest, ClaimTellsWhatIsGone) {
  Shell shell;
  Deliver(shell);
  shell.Out("evlog delete s 2-0 --yes >/dev/null");
  const Outcome outcome = shell.Run("evlog claim s g c 1-0 2-0 --format raw");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "1\n");
  EXPECT_EQ(outcome.err, "evlog: claim: trimmed or deleted, so not pending any more: 1\n");
  EXPECT_EQ(Pending(shell), "1-0 c 2;3-0 b 1;");
}

TEST(PendingE2eTest, MoreThanOneRoundIsClaimed) {
  Shell shell;
  shell.Out(
      "seq 1 1000 | evlog append s --lines; evlog groups create s g --from begin\n"
      "evlog tail s --group g --consumer a --no-follow >/dev/null");
  EXPECT_EQ(shell.Out("evlog claim s g b --min-idle 0 -n 250 | wc -l"), "250\n");
  EXPECT_EQ(shell.Out("evlog claim s g b --min-idle 0 -n 5000 | wc -l"), "1000\n");
  EXPECT_EQ(shell.Out("evlog pending s g --consumer b --format json | wc -l"), "1000\n");
}

TEST(PendingE2eTest, WrongUseSaysWhatIsWrong) {
  struct Row {
    const char* arguments;
    int code;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"pending s", 2, "evlog: pending: GROUP is required"},
      {"pending s h", 3, "evlog: pending: stream \"s\" has no group \"h\""},
      {"pending nowhere g", 3, "evlog: pending: "},
      {"pending s g --min-idle 5", 2, "--min-idle"},
      {"pending s g --from x", 2, "--from"},
      {"pending s g --until x", 2, "--until"},
      {"pending s g -n -1", 2, "-n: -1 is negative"},
      {"pending s g --consumer a --released", 2, "exclude each other"},
      {"pending s g --format yaml", 2, "--format"},
      {"ack s g", 2, "ID is required"},
      {"ack s g 1-0 x", 2, "x"},
      {"ack s h 1-0", 3, "evlog: ack: stream \"s\" has no group \"h\""},
      {"nack s g", 2, "ID is required"},
      {"nack s g x", 2, "x"},
      {"nack s g 1-0 --kind maybe", 2, "--kind"},
      {"nack s g 1-0 --delay 5", 2, "--delay"},
      {"nack s g 1-0 --kind fatal --delay 5s", 2, "does not come again"},
      {"nack s h 1-0", 3, "evlog: nack: "},
      {"claim s g", 2, "CONSUMER is required"},
      {"claim s g c", 2, "nothing says what to claim; give ids, or --min-idle"},
      {"claim s g c 1-0 -n 5", 2, "-n: the ids say which entries"},
      {"claim s g c --min-idle 0 -n 0", 2, "-n 0: at least 1"},
      {"claim s g c x", 2, "x"},
      {"claim s g c --min-idle x", 2, "--min-idle"},
      {"claim s g c 1-0 --format yaml", 2, "--format \"yaml\""},
      {"claim s g '' 1-0", 2, "consumer"},
      {"claim s h c 1-0", 3, "evlog: claim: "},
  };
  Shell shell;
  Deliver(shell);
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(std::string("evlog ") + row.arguments);
    EXPECT_EQ(outcome.code, row.code) << row.arguments << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.arguments;
    EXPECT_EQ(outcome.out, "") << row.arguments;
  }
  EXPECT_EQ(Pending(shell), "1-0 a 1;2-0 a 1;3-0 b 1;");
}

TEST(PendingE2eTest, ClaimsByForceAndOnlyIds) {
  Shell shell;
  Deliver(shell);
  EXPECT_EQ(shell.Out("evlog claim s g c 5-0"), "");
  EXPECT_EQ(shell.Out("evlog claim s g c 5-0 1-0 --force --just-id"), "1-0\n5-0\n");
  EXPECT_EQ(Pending(shell, "--consumer c"), "1-0 c 1;5-0 c 1;") << "which count no delivery";
  EXPECT_THAT(shell.Run("evlog claim s g c --min-idle 0 --force").err, HasSubstr("--force"));
}

TEST(PendingE2eTest, AcknowledgesAndDeletes) {
  Shell shell;
  Deliver(shell);
  shell.Out("evlog groups create s other --from begin");
  EXPECT_EQ(shell.Out("evlog ack s g 1-0 2-0 --delete --references only-acked"),
            "acknowledged and deleted 0 entries\n");
  EXPECT_EQ(Pending(shell), "3-0 b 1;");
  EXPECT_EQ(shell.Out("evlog ack s g 3-0 --delete"), "acknowledged and deleted 1 entry\n");
  EXPECT_EQ(shell.Out("evlog read s --format raw | tr '\\n' ' '"), "1 2 4 5 ");
  EXPECT_THAT(shell.Run("evlog ack s g 4-0 --references drop").err, HasSubstr("--delete"));
  shell.Out("evlog tail s --group other --consumer x -n 1 >/dev/null");
  shell.Out("evlog delete s 1-0 --references drop --yes >/dev/null");
  EXPECT_EQ(shell.Out("evlog pending s other | wc -l"), "1\n");
}

TEST(PendingE2eTest, ConsumersComeAndLeave) {
  Shell shell;
  Deliver(shell);
  shell.Out("evlog groups add-consumer s g new; evlog groups add-consumer s g new");
  EXPECT_EQ(shell.Out("evlog groups remove-consumer s g a"), "released 2 entries\n");
  EXPECT_EQ(shell.Out("evlog groups remove-consumer s g b --forget"), "forgot 1 entry\n");
  EXPECT_EQ(shell.Out("evlog pending s g --released | wc -l"), "3\n");
  const Outcome missing = shell.Run("evlog groups remove-consumer s g a");
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.err, HasSubstr("has no consumer \"a\""));
}

TEST(PendingE2eTest, GivesUpByHand) {
  Shell shell;
  Deliver(shell, "--dead-letters dead");
  EXPECT_EQ(shell.Out("evlog dlq add s g 2-0 4-0"), "dead-lettered 1 entry\n");
  EXPECT_THAT(shell.Out("evlog dlq list s g"), HasSubstr("requested"));
  EXPECT_EQ(Pending(shell), "1-0 a 1;3-0 b 1;");
}

}  // namespace
}  // namespace evlog::cli
