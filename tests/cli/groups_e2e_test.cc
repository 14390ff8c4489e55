// Consumer groups from the outside: what `evlog groups` makes, shows, changes and removes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// Members of the JSON of one group, as they stand there.
std::string Member(Shell& shell, const std::string& pattern) {
  return shell.Out("evlog groups describe s g --format json | grep -oE '" + pattern + "'");
}

TEST(GroupsE2eTest, AGroupBeginsWhereItIsTold) {
  struct Row {
    const char* from;
    const char* lag;
  };
  static constexpr Row kRows[] = {
      {"begin", "5"}, {"end", "0"}, {"3-0", "3"}, {"3", "3"}, {"o:4", "1"}, {"@-1h", "0"},
  };
  Shell shell;
  shell.Out("for i in 1 2 3 4 5; do evlog append s --id $i-0 n=$i >/dev/null; done");
  for (const Row& row : kRows) {
    shell.Out(std::string("evlog groups create s g --from ") + row.from);
    EXPECT_EQ(Member(shell, "\"lag\":[0-9]+"), std::string("\"lag\":") + row.lag + "\n")
        << row.from;
    shell.Out("evlog groups delete s g --yes >/dev/null");
  }
}

TEST(GroupsE2eTest, DescribeShowsHowItDelivers) {
  Shell shell;
  shell.Out(
      "evlog append s --id 5-1 a=1 >/dev/null\n"
      "evlog groups create s g --from begin --ack-wait 90s --backoff 1s,10s --max-deliveries 5 "
      "--dead-letters dead --max-in-flight 1000 --max-in-flight-of-consumer 10 --durability sync");
  EXPECT_THAT(shell.Out("evlog groups describe s g"),
              MatchesRegex("group         g\n"
                           "stream        s\n"
                           "state         delivering\n"
                           "durability    sync\n"
                           "order         shared\n"
                           "ack wait      1m30s\n"
                           "backoff       1s, 10s\n"
                           "delivers      an entry at most 5 times by itself\n"
                           "dead letters  dead\n"
                           "in flight     at most 1,000, at most 10 with each consumer\n"
                           "delivered to  -\n"
                           "read          0 entries\n"
                           "lag           1 entry, the oldest [0-9a-z]+ old\n"
                           "pending       0 entries\n"));
  EXPECT_THAT(
      shell.Out("evlog groups describe s g --format json"),
      MatchesRegex("\\{\"stream\":\"s\",\"group\":\"g\",\"paused\":false,\"durability\":\"sync\","
                   "\"order\":\"shared\",\"poison\":\"park\",\"ack_wait_ms\":90000,\"backoff_ms\":"
                   "\\[1000,10000\\],\"redelivers\":true,"
                   "\"max_deliveries\":5,\"dead_letters\":\"dead\",\"max_in_flight\":1000,"
                   "\"max_in_flight_of_consumer\":10,\"entries_read\":0,"
                   "\"last_delivered_id\":null,\"lag\":1,\"lag_age_ms\":[0-9]+,\"pending\":0,"
                   "\"released\":0,\"consumers\":\\[\\]}\n"));
}

TEST(GroupsE2eTest, AnOrderedGroupShowsWhoHasWhichPartition) {
  Shell shell;
  shell.Out(
      "evlog create s --partitions 4\n"
      "seq 100 | evlog append s --lines --key line >/dev/null\n"
      "evlog groups create s g --from begin --order ordered --poison block --ack-wait 1h\n"
      "evlog tail s --group g --consumer w --no-follow -n 100 >/dev/null");
  EXPECT_THAT(shell.Out("evlog groups describe s g"),
              AllOf(HasSubstr("order         ordered; what is given up blocks its partition\n"),
                    ContainsRegex("CONSUMER +PENDING +IDLE +INACTIVE +PARTITIONS\n"
                                  "w +100 .* 0,1,2,3\n")));
  EXPECT_THAT(shell.Out("evlog groups describe s g --format json"),
              AllOf(HasSubstr("\"order\":\"ordered\",\"poison\":\"block\""),
                    HasSubstr("\"partitions\":[0,1,2,3]")));
  // Nothing more of these partitions until it has settled them; and nobody takes them from it.
  shell.Out("seq 101 200 | evlog append s --lines --key line >/dev/null");
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer x --no-follow -n 100"), "");
  EXPECT_THAT(shell.Run("evlog claim s g x --min-idle 0s").err, HasSubstr("is ordered"));
}

TEST(GroupsE2eTest, AlterChangesOnlyWhatIsNamed) {
  Shell shell;
  shell.Out(
      "evlog create s; evlog groups create s g --from end --max-deliveries 5 --dead-letters dead\n"
      "evlog groups alter s g --ack-wait none --max-in-flight 7 --no-redeliver");
  EXPECT_EQ(Member(shell, "\"ack_wait_ms\".*\"max_in_flight_of"),
            "\"ack_wait_ms\":null,\"backoff_ms\":[],\"redelivers\":false,\"max_deliveries\":5,"
            "\"dead_letters\":\"dead\",\"max_in_flight\":7,\"max_in_flight_of\n");
  EXPECT_THAT(shell.Out("evlog groups describe s g"),
              AllOf(HasSubstr("ack wait      without an end\n"),
                    HasSubstr("delivers      once, then to claims only\n")));
  shell.Out("evlog groups alter s g --no-dead-letters --max-deliveries none --redeliver");
  EXPECT_EQ(Member(shell, "\"redelivers\".*\"max_in_flight\":7"),
            "\"redelivers\":true,\"max_deliveries\":null,\"dead_letters\":null,"
            "\"max_in_flight\":7\n");
}

TEST(GroupsE2eTest, SeekGoesBothWays) {
  Shell shell;
  shell.Out(
      "for i in 1 2 3 4 5; do evlog append s --id $i-0 n=$i >/dev/null; done\n"
      "evlog groups create s g --from begin; evlog groups seek s g end");
  EXPECT_EQ(Member(shell, "\"lag\":[0-9]+"), "\"lag\":0\n");
  shell.Out("evlog groups seek s g 4-0");
  EXPECT_EQ(Member(shell, "\"lag\":[0-9]+"), "\"lag\":2\n");
  shell.Out("evlog groups seek s g o:1 --forget");
  EXPECT_EQ(Member(shell, "\"lag\":[0-9]+"), "\"lag\":4\n");
}

TEST(GroupsE2eTest, PauseAndResumeMayBeSaidTwice) {
  Shell shell;
  shell.Out("evlog create s; evlog groups create s g --from end --max-in-flight 3");
  shell.Out("evlog groups pause s g; evlog groups pause s g");
  EXPECT_THAT(shell.Out("evlog groups describe s g"), HasSubstr("state         paused\n"));
  EXPECT_THAT(shell.Out("evlog groups list"), HasSubstr("  paused  "));
  shell.Out("evlog groups resume s g; evlog groups resume s g");
  EXPECT_EQ(Member(shell, "\"paused\":.*|\"max_in_flight\":3").substr(0, 14), "\"paused\":false");
}

TEST(GroupsE2eTest, ListOfOneStreamOfAPatternAndOfAll) {
  Shell shell;
  shell.Out(
      "seq 1 3 | evlog append s --lines; evlog create t; evlog create 'x*'; evlog create none\n"
      "evlog groups create s b --from begin; evlog groups create s a --from end\n"
      "evlog groups create t a --from end; evlog groups create 'x*' c --from end\n"
      "evlog groups create other g --from end --create-stream --db 2");
  const auto list = [&shell](const std::string& arguments) {
    return shell.Out("evlog groups list " + arguments + " --format json |" +
                     " sed -E 's/.\"stream\":\"([^\"]*)\",\"group\":\"([^\"]*)\".*/\\1 \\2/' |" +
                     " tr '\\n' ';'");
  };
  EXPECT_EQ(list(""), "s a;s b;t a;x* c;");
  EXPECT_EQ(list("s"), "s a;s b;");
  EXPECT_EQ(list("'[st]'"), "s a;s b;t a;");
  EXPECT_EQ(list("'x\\*'"), "x* c;");
  EXPECT_EQ(list("none"), "");
  EXPECT_EQ(list("'nobody*'"), "");
  EXPECT_EQ(list("--db 2"), "other g;");
  EXPECT_THAT(shell.Out("evlog groups list s"),
              MatchesRegex("STREAM  GROUP  STATE +LAG  LAG AGE  PENDING  RELEASED  CONSUMERS\n"
                           "s       a      delivering +0 +- +0 +0 +0\n"
                           "s       b      delivering +3 +[0-9a-z]+ +0 +0 +0\n"));
}

TEST(GroupsE2eTest, DeleteSaysWhatIsLostAndAsks) {
  Shell shell;
  shell.Out("seq 1 3 | evlog append s --lines; evlog groups create s g --from begin");
  EXPECT_EQ(shell.Run("evlog groups delete s g").code, 2);
  EXPECT_EQ(shell.Out("evlog groups delete s g --dry-run"),
            "would delete group \"g\" of stream \"s\": 0 pending, 3 not delivered\n");
  const Outcome no = shell.Run("printf 'n\\n' | script -qec 'evlog groups delete s g' /dev/null");
  EXPECT_EQ(no.code, 1);
  EXPECT_THAT(no.out, HasSubstr("Delete group \"g\" of stream \"s\": 0 pending, 3 not delivered?"));
  EXPECT_EQ(shell.Out("evlog groups delete s g --yes --format json"),
            "{\"stream\":\"s\",\"group\":\"g\",\"pending\":0,\"lag\":3,\"dry_run\":false}\n");
  EXPECT_EQ(shell.Run("evlog groups describe s g").code, 3);
  EXPECT_EQ(shell.Out("evlog read s | wc -l"), "3\n");
}

TEST(GroupsE2eTest, ReadingVerbsWorkBesideTheOwner) {
  Shell shell;
  const Outcome outcome = shell.Run(
      "evlog create s; evlog groups create s g --from begin; mkfifo in\n"
      "evlog append s --lines in & writer=$!\n"
      "exec 3>in; echo one >&3\n"
      "evlog tail s --from begin -n 1 --timeout 60s --format raw\n"
      "evlog groups describe s g | grep -o '^lag  .*1 entry'; evlog groups list | wc -l\n"
      "evlog groups pause s g; code=$?\n"
      "exec 3>&-; wait $writer; exit $code");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "one\nlag           1 entry\n2\n");
  EXPECT_THAT(outcome.err, HasSubstr("evlog: groups pause: "));
}

TEST(GroupsE2eTest, WrongUseSaysWhatIsWrong) {
  struct Row {
    const char* arguments;
    int code;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"", 2, "evlog: groups: A subcommand is required"},
      {"nonsense", 2, "there is no verb \"groups nonsense\""},
      {"list --format yaml", 2, "--format"},
      {"list nowhere", 3, "evlog: groups list: "},
      {"create s", 2, "evlog: groups create: GROUP is required"},
      {"create s h", 2, "--from is required"},
      {"create s h --from -3", 2, "--from: position \"-3\": a group cannot begin at the last N"},
      {"create s h --from nowhere", 2, "--from: position \"nowhere\""},
      {"create s h --from begin --dead-letters s", 2, "the stream of the group itself"},
      {"create s h --from begin --ack-wait 5", 2, "--ack-wait"},
      {"create s h --from begin --durability async", 2, "sync or os"},
      {"create s '' --from begin", 2, "name"},
      {"create two h --from o:1", 2, "2 partitions"},
      {"create s h --from begin --ack-wait 1m --no-redeliver", 2, "exclude each other"},
      {"create nowhere h --from begin", 3,
       "there is no stream \"nowhere\"; --create-stream makes it"},
      {"create s h --from begin --at nowhere", 3, "nowhere"},
      {"create s g --from begin", 4, "CONFLICT: group \"g\" of stream \"s\" exists already"},
      {"describe s", 2, "GROUP is required"},
      {"describe s h", 3, "stream \"s\" has no group \"h\""},
      {"describe nowhere g", 3, "nowhere"},
      {"alter s g", 2, "nothing to alter; see evlog groups alter --help"},
      {"alter s h --ack-wait 1s", 3, "no group \"h\""},
      {"alter s g --redeliver --no-redeliver", 2, "exclude each other"},
      {"alter s g --dead-letters d --no-dead-letters", 2, "exclude each other"},
      {"seek s g", 2, "POSITION is required"},
      {"seek s g nowhere", 2, "position \"nowhere\""},
      {"seek s h end", 3, "no group \"h\""},
      {"pause s h", 3, "evlog: groups pause: stream \"s\" has no group \"h\""},
      {"resume s h", 3, "evlog: groups resume: "},
      {"delete s g", 2, "no terminal to ask on; give --yes"},
      {"delete s h --yes", 3, "no group \"h\""},
      {"list --at tcp://localhost", 2, "neither a directory nor redis://HOST:PORT"},
  };
  Shell shell;
  shell.Out("evlog create s; evlog create two --partitions 2; evlog groups create s g --from end");
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(std::string("evlog groups ") + row.arguments);
    EXPECT_EQ(outcome.code, row.code) << row.arguments << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.arguments;
    EXPECT_EQ(outcome.out, "") << row.arguments;
  }
}

}  // namespace
}  // namespace evlog::cli
