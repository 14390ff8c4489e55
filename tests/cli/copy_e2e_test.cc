// evlog copy, and what info and streams say of a stream and its log. From the outside.
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

TEST(CopyE2eTest, HoldsWhatTheOriginalDoes) {
  Shell shell;
  shell.Out(
      "evlog create s --partitions 3 --max-age 7d --durability os\n"
      "seq 1 20000 | evlog append s --lines --key line\n"
      "evlog trim s --max-entries 15000 --yes >/dev/null\n"
      "evlog delete s $(evlog read s -n 3 --format '{id}') --yes >/dev/null");
  EXPECT_EQ(shell.Out("evlog copy s t"), "");
  EXPECT_EQ(shell.Out("f='{id} {partition} {offset} {key} {fields}'\n"
                      "evlog read t --format \"$f\" >a; wc -l <a\n"
                      "cmp a <(evlog read s --format \"$f\")\n"
                      "cmp <(evlog info t --format json | sed 's/:\"t\"/:\"s\"/') "
                      "    <(evlog info s --format json)"),
            "14997\n");
  // From now on they are two.
  shell.Out("echo x | evlog append t --lines --key line; evlog drop s --yes >/dev/null");
  EXPECT_EQ(shell.Out("evlog read t | wc -l; evlog verify >/dev/null"), "14998\n");
  const Outcome verbose = shell.Run("evlog copy t u --to-db 3 --verbose");
  EXPECT_EQ(verbose.out, "");
  EXPECT_THAT(verbose.err, MatchesRegex("14,998 entries, [0-9.]+ kB\n"));
  EXPECT_EQ(shell.Out("evlog read u --db 3 | wc -l"), "14998\n");
  // Told once, in the original.
  EXPECT_EQ(shell.Out("evlog read '*' --db 3"), "");
}

TEST(CopyE2eTest, ANameThatIsTaken) {
  Shell shell;
  shell.Out("evlog append a x=1 >/dev/null; evlog append b x=2 >/dev/null");
  const Outcome taken = shell.Run("evlog copy a b");
  EXPECT_EQ(taken.code, 4);
  EXPECT_EQ(taken.err, "evlog: copy: CONFLICT: stream \"b\" exists already; --replace drops it\n");
  EXPECT_EQ(shell.Run("evlog copy a b --replace").code, 2);
  EXPECT_THAT(shell.Out("evlog copy a b --replace --dry-run"),
              MatchesRegex("would drop 1 entry, .* B\n"));
  EXPECT_EQ(shell.Out("evlog read b --format raw"), "2\n");
  const Outcome no = shell.Run("printf 'n\\n' | script -qec 'evlog copy a b --replace' /dev/null");
  EXPECT_EQ(no.code, 1);
  EXPECT_THAT(no.out, HasSubstr("Drop stream \"b\" and its 1 entry, "));
  EXPECT_THAT(shell.Out("evlog copy a b --replace --yes --format json"),
              MatchesRegex("\\{\"stream\":\"b\",\"entries\":1,\"bytes\":[0-9]+,"
                           "\"dry_run\":false}\n"));
  EXPECT_EQ(shell.Out("evlog read a --format raw; evlog read b --format raw"), "1\n1\n");
  EXPECT_EQ(shell.Out("evlog copy a c --replace --yes"), "dropped 0 entries, 0 B\n");
}

TEST(CopyE2eTest, WhatIsWrongIsSaid) {
  Shell shell;
  shell.Out("evlog append s a=1 >/dev/null");
  struct Row {
    const char* arguments;
    int code;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"s s", 2, "cannot be copied to itself"},
      {"s s --replace --yes", 2, "cannot be copied to itself"},
      {"s t --to-db 16", 2, "database is 16"},
      {"s t --dry-run", 2, "without --replace"},
      {"s", 2, "TO is required"},
      {"none t", 3, "there is no stream \"none\""},
      {"s t --at nowhere", 3, "nowhere"},
  };
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(std::string("evlog copy ") + row.arguments);
    EXPECT_EQ(outcome.code, row.code) << row.arguments << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.arguments;
    EXPECT_EQ(outcome.out, "") << row.arguments;
  }
  EXPECT_EQ(shell.Out("evlog streams --format json | wc -l"), "1\n");
}

// On a terminal it says how far it has come; Ctrl-C leaves nothing.
TEST(CopyE2eTest, ProgressAndInterruption) {
  Shell shell;
  shell.Out("seq 1 5000000 | evlog append s --lines --durability os");
  EXPECT_THAT(shell.Run("script -qec 'evlog copy s t' /dev/null").out,
              AllOf(ContainsRegex("[0-9,]+ of 5,000,000 entries"),
                    ContainsRegex("\n?5,000,000 entries, [0-9.]+ MB")));
  // Stopped at its first word.
  const Outcome stopped = shell.Run(
      "set -m; mkfifo words\n"
      "script -qefc 'echo $$; exec evlog copy s u' /dev/null >words &\n"
      "{ read -r pid; read -r -d ' ' word; kill -INT ${pid%?}; cat >/dev/null; } <words\n"
      "wait %1");
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_EQ(shell.Run("evlog info u").code, 3);
  EXPECT_EQ(shell.Out("evlog verify >/dev/null; evlog copy s u; evlog read u | wc -l"),
            "5000000\n");
}

TEST(CopyE2eTest, InfoShowsWatermarksSizesGarbageAndRetention) {
  Shell shell;
  shell.Out(
      "evlog create s --max-entries 1000 --partitions 2 --durability os\n"
      "seq 1 3000 | evlog append s --lines --key line; evlog trim s --max-entries 700 --yes\n"
      "evlog delete s $(evlog read s -n 1 --format '{id}') --yes >/dev/null");
  const std::string info = shell.Out("evlog info s");
  EXPECT_THAT(info,
              AllOf(HasSubstr("retention   max-entries=1000\n"), HasSubstr("entries     699\n"),
                    ContainsRegex("size        [0-9.]+ k?B\n"),
                    ContainsRegex("PARTITION  FIRST OFFSET  NEXT OFFSET  ENTRIES"),
                    ContainsRegex("\n        1  +[0-9]+  +[0-9]+  +[0-9]+  +[0-9.]+ k?B  ")));
  EXPECT_THAT(shell.Out("evlog streams"),
              AllOf(ContainsRegex("SIZE +LAST ID +RETENTION"), HasSubstr("max-entries=1000")));
  EXPECT_THAT(shell.Out("evlog info"), ContainsRegex("garbage     [0-9.]+ k?B of the tables"));
}

}  // namespace
}  // namespace evlog::cli
