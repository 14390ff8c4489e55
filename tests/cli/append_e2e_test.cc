// evlog append and read, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(AppendE2eTest, AMillionLinesComeBackAsTheyWere) {
  Shell shell;
  EXPECT_EQ(shell.Out("seq 1 1000000 | evlog append numbers --lines"), "");
  EXPECT_EQ(shell.Out("evlog read numbers --format raw | cmp - <(seq 1 1000000)"), "");
  EXPECT_EQ(shell.Out("evlog read numbers --reverse --format raw | cmp - <(seq 1000000 -1 1)"), "");
  EXPECT_EQ(shell.Out("evlog read numbers --from o:500000 -n 2 --format raw"), "500001\n500002\n");
  EXPECT_EQ(shell.Out("evlog streams --format json | grep -o '\"entries\":[0-9]*'"),
            "\"entries\":1000000\n");
}

TEST(AppendE2eTest, KeysKeepTheirOrderOverPartitions) {
  Shell shell;
  shell.Out("evlog create orders --partitions 7");
  shell.Out(
      "for i in $(seq 1 5000); do echo \"{\\\"user\\\":\\\"u$((i % 13))\\\",\\\"n\\\":$i}\"; done "
      ">in");
  shell.Out("evlog append orders --jsonl in --key user");
  for (int user : {0, 5, 12}) {
    const std::string u = std::to_string(user);
    EXPECT_EQ(shell.Out("evlog read orders --where user=u" + u +
                        " --format '{field:n}' | cmp - <(seq 1 5000 | awk '$1 % 13 == " + u + "')"),
              "");
  }
  // Merged by id, which is the order of the appends.
  EXPECT_EQ(shell.Out("evlog read orders --format '{field:n}' | cmp - <(seq 1 5000)"), "");
  EXPECT_EQ(shell.Out("for p in 0 1 2 3 4 5 6; do evlog read orders --partition $p; done | wc -l"),
            "5000\n");
}

TEST(AppendE2eTest, BinaryValuesComeBackUnchanged) {
  Shell shell;
  shell.Out("head -c 300000 /dev/urandom >in; printf '\\n' >>in");
  shell.Out("evlog append bytes --lines in; evlog read bytes --format raw | cmp - in");
  shell.Out("seq 1 3 | evlog append zero --lines");
  EXPECT_EQ(shell.Out("evlog read zero --format raw -0 | tr '\\0' ,"), "1,2,3,");
}

TEST(AppendE2eTest, OneEntryPrintsItsId) {
  Shell shell;
  EXPECT_THAT(shell.Out("evlog append s type=created by=me"), MatchesRegex("[0-9]+-[0-9]+\n"));
  EXPECT_EQ(shell.Out("evlog append s --id 18446744073709551000-7 x=1 --key x --durability os"),
            "18446744073709551000-7\n");
  EXPECT_EQ(shell.Out("evlog read s --from 18446744073709551000"),
            "18446744073709551000-7  1  x=1\n");
  const Outcome lower = shell.Run("evlog append s --id 5-1 x=1");
  EXPECT_EQ(lower.code, 4);
  EXPECT_THAT(lower.err, HasSubstr("evlog: append: "));
}

TEST(AppendE2eTest, PrintedIdsAreThoseOfTheEntries) {
  Shell shell;
  shell.Out("evlog create p --partitions 3");
  shell.Out("seq 1 20000 | evlog append p --lines --key line --print-ids >ids");
  shell.Out("evlog read p --format '{id}' | cmp - ids");
}

TEST(AppendE2eTest, ABadLineKeepsWhatStoodBefore) {
  Shell shell;
  WriteFile(shell.directory() + "/in", "{\"n\":1}\n{\"n\":2}\nnonsense\n{\"n\":3}\n");
  const Outcome outcome = shell.Run("evlog append s --jsonl in");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("evlog: append: in:3: column 1: "));
  EXPECT_THAT(outcome.err, HasSubstr("acknowledged before that: 2 entries"));
  EXPECT_EQ(shell.Out("evlog read s --format raw"), "1\n2\n");
}

TEST(AppendE2eTest, ALineTooLongForTheLogIsABadLineToo) {
  struct Row {
    const char* lines;
    const char* arguments;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"head -c 70000 /dev/zero | tr '\\0' x", "--lines --key line", "a key of 70000 bytes"},
      {"head -c 16777210 /dev/zero | tr '\\0' x", "--lines", "an entry of 16777"},
      {"head -c 17000000 /dev/zero | tr '\\0' x", "--lines", "a record of more than 16777216"},
      {"printf '{\"n\":0'; seq -f ',\"n\":%g' 1 65536 | tr -d '\\n'; echo '}'", "--jsonl",
       "65537 fields"},
  };
  for (const Row& row : kRows) {
    Shell shell;
    const bool json = std::string(row.arguments) == "--jsonl";
    const std::string good = json ? "{\\\"n\\\":7}" : "fine";
    const Outcome outcome = shell.Run("{ echo \"" + good + "\"; " + row.lines +
                                      "; echo; echo after; } | evlog append s " + row.arguments);
    EXPECT_EQ(outcome.code, 1) << row.says;
    EXPECT_THAT(outcome.err, HasSubstr("<stdin>:2: " + std::string(row.says)));
    EXPECT_THAT(outcome.err, HasSubstr("acknowledged before that: 1 entry"));
    EXPECT_EQ(shell.Out("evlog read s --format raw | wc -l"), "1\n");
  }
}

TEST(AppendE2eTest, CsvFromSeveralFilesAndStdin) {
  Shell shell;
  WriteFile(shell.directory() + "/a.csv", "user,note\nann,\"two\nlines\"\n");
  WriteFile(shell.directory() + "/b.csv", "note,user\nx,bob\n");
  shell.Out("printf 'user\\nzoe\\n' | evlog append s --csv --key user a.csv - b.csv");
  EXPECT_EQ(shell.Out("evlog read s --format '{key}:{field:note}'"),
            "ann:two\nlines\nzoe:\nbob:x\n");
  EXPECT_THAT(shell.Run("printf 'note\\nx\\n' | evlog append s --csv --key user").err,
              HasSubstr("<stdin>:2: no field \"user\", which --key names"));
}

TEST(AppendE2eTest, ASlowPipeIsNotHeldBack) {
  Shell shell;
  // The writer stays open, so only a flush for want of input can have brought the lines there.
  EXPECT_EQ(shell.Out("evlog create s\n"
                      "mkfifo in\n"
                      "evlog append s --lines in & writer=$!\n"
                      "exec 3>in\n"
                      "printf 'one\\ntwo\\nhal' >&3\n"
                      "evlog tail s --from begin -n 2 --timeout 60s --format raw\n"
                      "printf 'f\\n' >&3\n"
                      "evlog tail s --from o:2 -n 1 --timeout 60s --format raw\n"
                      "exec 3>&-\n"
                      "wait $writer"),
            "one\ntwo\nhalf\n");
}

TEST(AppendE2eTest, ASignalFinishesWhatWasRead) {
  for (const char* signal : {"INT", "TERM"}) {
    SCOPED_TRACE(signal);
    Shell shell;
    // With job control, so that the shell does not have its background job ignore SIGINT.
    const Outcome outcome = shell.Run(
        "set -m\n"
        "evlog create s\n"
        "mkfifo in\n"
        "evlog append s --lines in & writer=$!\n"
        "exec 3>in\n"
        "printf 'one\\ntwo\\n' >&3\n"
        "evlog tail s --from begin -n 2 --timeout 60s --format raw\n"
        "kill -" +
        std::string(signal) + " $writer\nwait $writer");
    EXPECT_EQ(outcome.code, 130);
    EXPECT_EQ(outcome.out, "one\ntwo\n");
    EXPECT_THAT(outcome.err, HasSubstr("interrupted; acknowledged: 2 entries"));
    EXPECT_EQ(shell.Out("evlog verify >/dev/null; evlog read s --format raw"), "one\ntwo\n");
  }
}

TEST(AppendE2eTest, KillLosesNothingAcknowledged) {
  Shell shell;
  const Outcome outcome = shell.Run(
      "evlog create s --durability os\n"
      "mkfifo ids\n"
      "seq 1 100000000 | evlog append s --lines --print-ids >ids & writer=$!\n"
      "tee seen <ids | { head -n 30000 >/dev/null; kill -9 $writer; cat >/dev/null; }\n"
      "evlog verify >/dev/null || exit 7\n"
      // The last line may have been cut.
      "acknowledged=$(($(wc -l <seen)))\n"
      "evlog read s --format '{id}' -n $acknowledged | cmp - <(head -n $acknowledged seen) || exit "
      "8\n"
      "evlog read s --format raw >have\n"
      "cmp have <(seq 1 $(wc -l <have)) || exit 9\n"
      // And the log goes on.
      "echo more | evlog append s --lines && evlog read s --from -1 --format raw");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "more\n");
}

TEST(AppendE2eTest, SummariesGoToStderrAndOnlyWhenAskedFor) {
  Shell shell;
  const Outcome quiet = shell.Run("seq 1 10 | evlog append s --lines");
  EXPECT_EQ(quiet.out + quiet.err, "");
  const Outcome verbose = shell.Run("seq 1 10 | evlog append s --lines --verbose");
  EXPECT_EQ(verbose.out, "");
  EXPECT_THAT(verbose.err, testing::StartsWith("10 entries, 21 B, "));
  const Outcome directory = shell.Run("evlog append s --lines /");
  EXPECT_EQ(directory.code, 1);
  EXPECT_THAT(directory.err, HasSubstr("evlog: append: /: reading: Is a directory"));
}

}  // namespace
}  // namespace evlog::cli
