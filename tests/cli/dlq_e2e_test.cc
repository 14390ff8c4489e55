// The dead letters of a group: dlq list, show, replay, drop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

// Entries 1-0 to 5-0 with keys; 1-0 and 2-0 were refused, 3-0 was delivered as often as allowed.
void Refuse(Shell& shell) {
  shell.Out(
      "for i in 1 2 3 4 5; do evlog append s --id $i-0 k=key$i n=$i --key k >/dev/null; done\n"
      "evlog groups create s g --from begin --ack-wait 20ms --max-deliveries 1"
      " --dead-letters dead\n"
      "evlog tail s --group g --consumer c -n 3 >/dev/null\n"
      "evlog nack s g 1-0 2-0 --kind fatal >/dev/null\n"
      "evlog tail s --group g --consumer d --ack --timeout 300ms --format raw >rest");
}

// `ENTRY REASON` of each dead letter.
std::string Letters(Shell& shell, const std::string& arguments = "") {
  return shell.Out("evlog dlq list s g " + arguments + " | tail -n +2 |" +
                   " sed -E 's/  +/ /g' | cut -d ' ' -f 3,5 | tr '\\n' ';'");
}

// Fields of all entries of a stream, without ids.
std::string Values(Shell& shell, const std::string& stream) {
  return shell.Out("evlog read " + stream + " --format '{key}:{field:n}' | tr '\\n' ' '");
}

TEST(DlqE2eTest, ListSaysWhereFromAndWhy) {
  Shell shell;
  Refuse(shell);
  EXPECT_EQ(shell.Out("cat rest"), "key4\t4\nkey5\t5\n");
  EXPECT_EQ(Letters(shell), "1-0 fatal;2-0 fatal;3-0 deliveries;");
  EXPECT_EQ(Letters(shell, "--reason fatal"), "1-0 fatal;2-0 fatal;");
  EXPECT_EQ(Letters(shell, "--reason requested"), "");
  EXPECT_EQ(Letters(shell, "-n 1"), "1-0 fatal;");
  EXPECT_THAT(shell.Out("evlog dlq list s g -n 1"),
              MatchesRegex("ID +STREAM  ENTRY  GROUP  REASON  DELIVERIES  CONSUMER  TIME\n"
                           "[0-9]+-[0-9]+  s       1-0    g      fatal            1  c         "
                           "2[0-9T:.-]+Z\n"));
  EXPECT_THAT(shell.Out("evlog dlq list s g --reason deliveries --format json"),
              MatchesRegex("\\{\"id\":\"[0-9]+-[0-9]+\",\"stream\":\"s\",\"entry_id\":\"3-0\","
                           "\"group\":\"g\",\"reason\":\"deliveries\",\"deliveries\":1,"
                           "\"consumer\":\"c\",\"at\":\"2[0-9T:.-]+Z\"}\n"));
}

TEST(DlqE2eTest, ShowPrintsThemWhole) {
  Shell shell;
  Refuse(shell);
  EXPECT_EQ(shell.Out("evlog dlq show s g --format '{key} {field:dead_letter.id} {field:n}'"),
            "key1 1-0 1\nkey2 2-0 2\nkey3 3-0 3\n");
  EXPECT_THAT(shell.Out("evlog dlq show s g -n 1"),
              MatchesRegex("[0-9-]+  key1  dead_letter.stream=s dead_letter.id=1-0 "
                           "dead_letter.group=g dead_letter.reason=fatal dead_letter.deliveries=1 "
                           "dead_letter.consumer=c dead_letter.ms=[0-9]+ k=key1 n=1\n"));
  EXPECT_EQ(shell.Out("evlog dlq show s g $(evlog dlq list s g --format json |"
                      " grep '\"2-0\"' | cut -d '\"' -f 4) --format '{field:n}'"),
            "2\n");
  EXPECT_EQ(shell.Out("evlog dlq show s g --reason deliveries --format '{field:n}'"), "3\n");
}

TEST(DlqE2eTest, ReplayPutsBackWhatItWas) {
  Shell shell;
  Refuse(shell);
  shell.Out("evlog dlq list s g --format json | cut -d '\"' -f 4 >ids");
  EXPECT_EQ(shell.Out("evlog dlq replay s g $(sed -n 2p ids)"), "replayed 1 dead letter\n");
  EXPECT_EQ(Letters(shell), "1-0 fatal;3-0 deliveries;");
  EXPECT_EQ(Values(shell, "s"), "key1:1 key2:2 key3:3 key4:4 key5:5 key2:2 ");
  // Nothing of the letter is left in it.
  EXPECT_THAT(shell.Out("evlog tail s -n 1 --no-follow"),
              MatchesRegex("[0-9-]+  key2  k=key2 n=2\n"));
  EXPECT_EQ(shell.Out("evlog dlq replay s g --reason deliveries --format json"),
            "{\"stream\":\"s\",\"group\":\"g\",\"letters\":1}\n");
  EXPECT_EQ(shell.Out("evlog dlq replay s g --all"), "replayed 1 dead letter\n");
  EXPECT_EQ(Letters(shell), "");
  EXPECT_EQ(Values(shell, "dead"), "");
  EXPECT_EQ(Values(shell, "s"), "key1:1 key2:2 key3:3 key4:4 key5:5 key2:2 key3:3 key1:1 ");
  EXPECT_EQ(shell.Out("evlog dlq replay s g --all"), "replayed 0 dead letters\n");
  // They come to the group once more.
  EXPECT_EQ(shell.Out("evlog tail s --group g --consumer c --ack -n 3 --format '{field:n}'"),
            "2\n3\n1\n");
}

TEST(DlqE2eTest, IdsThatAreNoLettersAreTold) {
  Shell shell;
  Refuse(shell);
  const Outcome outcome = shell.Run("evlog dlq replay s g 9-9 9-9");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "replayed 0 dead letters\n");
  EXPECT_EQ(outcome.err,
            "evlog: dlq replay: not among the dead letters of group \"g\" of stream \"s\": "
            "1 of 1 ids\n");
}

TEST(DlqE2eTest, DropAsks) {
  Shell shell;
  Refuse(shell);
  EXPECT_EQ(shell.Run("evlog dlq drop s g --all").code, 2);
  EXPECT_EQ(shell.Out("evlog dlq drop s g --all --dry-run"), "would drop 3 dead letters\n");
  const Outcome no =
      shell.Run("printf 'n\\n' | script -qec 'evlog dlq drop s g --reason fatal' /dev/null");
  EXPECT_EQ(no.code, 1);
  EXPECT_THAT(no.out, HasSubstr("Drop 2 dead letters of group \"g\" of stream \"s\"? [y/N] "));
  EXPECT_EQ(shell.Out("evlog dlq drop s g --reason fatal --yes --format json"),
            "{\"stream\":\"s\",\"group\":\"g\",\"letters\":2,\"dry_run\":false}\n");
  EXPECT_EQ(Letters(shell), "3-0 deliveries;");
  EXPECT_EQ(shell.Out("evlog dlq drop s g --all --yes"), "dropped 1 dead letter\n");
  EXPECT_EQ(shell.Out("evlog dlq drop s g --all --yes"), "dropped 0 dead letters\n");
  EXPECT_EQ(Values(shell, "s"), "key1:1 key2:2 key3:3 key4:4 key5:5 ");
}

// A stream may take the dead letters of several groups, and entries that are none.
TEST(DlqE2eTest, OthersAreLeftAlone) {
  Shell shell;
  Refuse(shell);
  shell.Out(
      "evlog append dead a=1 >/dev/null; evlog append dead dead_letter.stream=s >/dev/null\n"
      "evlog groups create s h --from begin --dead-letters dead\n"
      "evlog tail s --group h --consumer c -n 1 >/dev/null\n"
      "evlog nack s h 1-0 --kind fatal >/dev/null");
  EXPECT_EQ(Letters(shell), "1-0 fatal;2-0 fatal;3-0 deliveries;");
  EXPECT_EQ(shell.Out("evlog dlq replay s g --all; evlog dlq drop s g --all --yes"),
            "replayed 3 dead letters\ndropped 0 dead letters\n");
  EXPECT_EQ(shell.Out("evlog read dead | wc -l"), "3\n");
  EXPECT_EQ(shell.Out("evlog dlq list s h | wc -l"), "2\n");
}

TEST(DlqE2eTest, WhatWasNeverNeededIsEmpty) {
  Shell shell;
  shell.Out("evlog create s; evlog groups create s g --from end --dead-letters dead");
  EXPECT_EQ(Letters(shell), "");
  EXPECT_EQ(shell.Out("evlog dlq show s g; evlog dlq replay s g --all; evlog dlq drop s g --all "
                      "--yes; evlog dlq list s g --format json"),
            "replayed 0 dead letters\ndropped 0 dead letters\n");
  EXPECT_EQ(shell.Run("evlog info dead").code, 3);
}

// Whenever it is killed, each entry is in one of the two places, once.
TEST(DlqE2eTest, AKilledReplayNeitherLosesNorDoubles) {
  Shell shell;
  shell.Out(
      "seq 1 50000 | evlog append s --lines --durability os\n"
      "evlog groups create s g --from begin --dead-letters dead --no-redeliver\n"
      "evlog tail s --group g --consumer c --no-follow --format '{id}' >ids\n"
      "xargs -n 2000 evlog nack s g --kind fatal <ids >/dev/null\n"
      "evlog trim s --max-entries 0 --yes >/dev/null");
  EXPECT_EQ(shell.Out("evlog dlq list s g --format json | wc -l"), "50000\n");
  for (const char* seconds : {"0.02", "0.03", "0.04", "0.05", "0.06", "0.1"}) {
    shell.Run(std::string("timeout -s KILL ") + seconds + " evlog dlq replay s g --all");
    EXPECT_EQ(shell.Out("{ evlog read s --format '{field:line}'\n"
                        "  evlog dlq show s g --format '{field:line}'; } | sort -n |"
                        " cmp - <(seq 1 50000) && echo same"),
              "same\n")
        << seconds;
  }
  shell.Out("evlog dlq replay s g --all >/dev/null");
  EXPECT_EQ(shell.Out("evlog read s --format raw | cmp - <(seq 1 50000) && echo same"), "same\n");
}

TEST(DlqE2eTest, WrongUseSaysWhatIsWrong) {
  struct Row {
    const char* arguments;
    int code;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"", 2, "evlog: dlq: A subcommand is required"},
      {"nonsense s g", 2, "there is no verb \"dlq nonsense\""},
      {"list s", 2, "evlog: dlq list: GROUP is required"},
      {"list s g --reason maybe", 2, "--reason"},
      {"list s h", 3, "evlog: dlq list: stream \"s\" has no group \"h\""},
      {"list s none", 3, "group \"none\" of stream \"s\" has no dead letters"},
      {"list nowhere g", 3, "evlog: dlq list: "},
      {"show s g x", 2, "x"},
      {"show s g --format yaml", 2, "--format \"yaml\""},
      {"show s none", 3, "has no dead letters"},
      {"replay s g", 2, "nothing says which dead letters; give ids, --reason or --all"},
      {"replay s g --all --reason fatal", 2, "exclude each other"},
      {"replay s g --all 1-0", 2, "exclude each other"},
      {"replay s g x", 2, "x"},
      {"replay s none --all", 3, "has no dead letters"},
      {"drop s g --yes", 2, "nothing says which dead letters"},
      {"drop s g --all", 2, "no terminal to ask on; give --yes"},
      {"drop s h --all --yes", 3, "no group \"h\""},
  };
  Shell shell;
  Refuse(shell);
  shell.Out("evlog groups create s none --from end");
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(std::string("evlog dlq ") + row.arguments);
    EXPECT_EQ(outcome.code, row.code) << row.arguments << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.arguments;
    EXPECT_EQ(outcome.out, "") << row.arguments;
  }
  EXPECT_EQ(Letters(shell), "1-0 fatal;2-0 fatal;3-0 deliveries;");
}

}  // namespace
}  // namespace evlog::cli
