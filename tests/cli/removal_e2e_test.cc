// What changes and removes: alter, rename, trim, delete, drop; databases; expectations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

TEST(RemovalE2eTest, TrimByEveryBound) {
  struct Row {
    const char* arguments;
    const char* left;
  };
  static constexpr Row kRows[] = {
      {"--max-entries 3", "8 9 10 "},
      {"--max-entries 0", ""},
      {"--max-entries 99", "1 2 3 4 5 6 7 8 9 10 "},
      {"--max-entries 3 --approx", "1 2 3 4 5 6 7 8 9 10 "},
      {"--max-entries 3 --limit 2", "3 4 5 6 7 8 9 10 "},
      {"--min-id 5-0", "5 6 7 8 9 10 "},
      {"--min-id 5-1 --max-entries 7", "6 7 8 9 10 "},
      {"--max-age 1h", ""},
      {"--max-bytes 0", ""},
      {"--max-bytes 1GiB", "1 2 3 4 5 6 7 8 9 10 "},
  };
  Shell shell;
  shell.Out("for i in $(seq 1 10); do evlog append s --at base --id $i-0 n=$i >/dev/null; done");
  for (const Row& row : kRows) {
    shell.Out("rm -rf log; cp -r base log");
    const std::string trim = std::string("evlog trim s --yes ") + row.arguments;
    const std::string would = shell.Out(trim + " --dry-run");
    EXPECT_EQ(shell.Out("evlog read s | wc -l"), "10\n") << row.arguments;
    const std::string done = shell.Out(trim);
    EXPECT_EQ(shell.Out("evlog read s --format raw | tr '\\n' ' '"), row.left) << row.arguments;
    EXPECT_THAT(done, MatchesRegex("trimmed [0-9]+ entr(y|ies), (.*B|part of a chunk)\n"));
    EXPECT_EQ("would trim" + done.substr(7), would) << row.arguments;
  }
}

TEST(RemovalE2eTest, NobodyToAskMeansNo) {
  Shell shell;
  shell.Out("evlog append s --id 1-0 a=1 >/dev/null");
  for (const char* verb : {"trim s --max-entries 0", "delete s 1-0", "drop s"}) {
    const Outcome outcome = shell.Run(std::string("evlog ") + verb);
    EXPECT_EQ(outcome.code, 2) << verb;
    EXPECT_THAT(outcome.err, HasSubstr("no terminal to ask on; give --yes")) << verb;
  }
  EXPECT_EQ(shell.Out("evlog read s --format raw"), "1\n");
}

TEST(RemovalE2eTest, OnATerminalItAsks) {
  Shell shell;
  shell.Out("seq 1 10 | evlog append s --lines");
  const auto ask = [&shell](const std::string& answer, const std::string& command) {
    return shell.Run("printf '" + answer + "' | script -qec '" + command + "' /dev/null");
  };
  const Outcome no = ask("n\\n", "evlog trim s --max-entries 3");
  EXPECT_EQ(no.code, 1);
  EXPECT_THAT(no.out, HasSubstr("Trim 7 entries, "));
  EXPECT_THAT(no.out, HasSubstr("off stream \"s\"? [y/N] "));
  EXPECT_THAT(no.out, HasSubstr("not confirmed; nothing was removed"));
  EXPECT_EQ(shell.Out("evlog read s | wc -l"), "10\n");
  const Outcome yes = ask("y\\n", "evlog trim s --max-entries 3");
  EXPECT_EQ(yes.code, 0);
  EXPECT_THAT(yes.out, HasSubstr("trimmed 7 entries"));
  // Nothing would go, so there is nothing to ask.
  EXPECT_THAT(ask("", "evlog trim s --max-entries 3").out, HasSubstr("trimmed 0 entries"));
  EXPECT_THAT(ask("yes\\n", "evlog drop s").out,
              HasSubstr("Drop stream \"s\" and its 3 entries, "));
  EXPECT_EQ(shell.Run("evlog info s").code, 3);
}

TEST(RemovalE2eTest, DeleteSaysHowManyThereWere) {
  Shell shell;
  shell.Out("for i in 1 2 3; do evlog append s --id $i-0 n=$i >/dev/null; done");
  EXPECT_EQ(shell.Out("evlog delete s 2-0 2-0 9-9 --dry-run"), "would delete 1 entry\n");
  EXPECT_EQ(shell.Out("evlog delete s 2-0 2-0 9-9 --yes --format json"),
            "{\"stream\":\"s\",\"entries\":1,\"bytes\":null,\"dry_run\":false}\n");
  EXPECT_EQ(shell.Out("evlog delete s 2-0 --yes"), "deleted 0 entries\n");
  EXPECT_EQ(shell.Out("evlog read s --format raw | tr '\\n' ' '"), "1 3 ");
}

TEST(RemovalE2eTest, DropTakesTheStreamAway) {
  Shell shell;
  shell.Out("seq 1 5 | evlog append s --lines; evlog append other a=1 >/dev/null");
  EXPECT_THAT(
      shell.Out("evlog drop s --dry-run --format json"),
      MatchesRegex("\\{\"stream\":\"s\",\"entries\":5,\"bytes\":[0-9]+,\"dry_run\":true}\n"));
  EXPECT_THAT(shell.Out("evlog drop s --yes"), MatchesRegex("dropped 5 entries, .*B\n"));
  EXPECT_EQ(shell.Out("evlog streams --format json | wc -l"), "1\n");
  EXPECT_EQ(shell.Run("evlog drop s --yes").code, 3);
}

// Marks of what was removed outlive the stream, until its rows are gone.
TEST(RemovalE2eTest, WhatIsLeftOfADroppedStreamIsNoDamage) {
  Shell shell;
  shell.Out(
      "evlog create s --partitions 3; seq 1 20000 | evlog append s --lines --key line\n"
      "evlog trim s --max-entries 15000 --yes >/dev/null\n"
      "evlog delete s $(evlog read s -n 3 --format '{id}') --yes >/dev/null\n"
      "evlog drop s --yes >/dev/null");
  EXPECT_THAT(shell.Out("evlog verify"), StartsWith("whole: 0 streams, 0 partitions, 0 entries"));
}

TEST(RemovalE2eTest, Rename) {
  Shell shell;
  shell.Out("evlog append a x=1 >/dev/null; evlog append b x=2 >/dev/null");
  const Outcome taken = shell.Run("evlog rename a b");
  EXPECT_EQ(taken.code, 4);
  EXPECT_THAT(taken.err, HasSubstr("CONFLICT: stream \"b\" exists already; --replace drops it"));
  EXPECT_EQ(shell.Run("evlog rename none c").code, 3);
  EXPECT_EQ(shell.Out("evlog rename a c; evlog read c --format raw"), "1\n");
  EXPECT_EQ(shell.Run("evlog rename c b --replace").code, 2);
  EXPECT_THAT(shell.Out("evlog rename c b --replace --dry-run"),
              MatchesRegex("would drop 1 entry, .* B\n"));
  EXPECT_EQ(shell.Out("evlog read b --format raw"), "2\n");
  EXPECT_THAT(shell.Out("evlog rename c b --replace --yes"),
              MatchesRegex("dropped 1 entry, .* B\n"));
  EXPECT_EQ(shell.Out("evlog read b --format raw"), "1\n");
  EXPECT_EQ(shell.Run("evlog info c").code, 3);
  // Nothing is there to drop.
  EXPECT_EQ(shell.Out("evlog rename b d --replace --yes --format json"),
            "{\"stream\":\"d\",\"entries\":0,\"bytes\":0,\"dry_run\":false}\n");
}

TEST(RemovalE2eTest, AlterRemovesAtOnceAndSaysSo) {
  Shell shell;
  shell.Out("seq 1 10 | evlog append s --lines");
  const Outcome refused = shell.Run("evlog alter s --max-entries 3");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("no terminal to ask on; give --yes"));
  EXPECT_THAT(shell.Out("evlog alter s --max-entries 3 --dry-run"),
              "would trim 7 entries, part of a chunk\n");
  EXPECT_EQ(shell.Out("evlog info s --format json | grep -c '\"retention\":null'"), "1\n");
  EXPECT_THAT(shell.Out("evlog alter s --max-entries 3 --yes"),
              "trimmed 7 entries, part of a chunk\n");
  EXPECT_EQ(shell.Out("evlog read s --format raw | tr '\\n' ' '"), "8 9 10 ");
  // Who keeps more is not asked.
  EXPECT_EQ(shell.Out("evlog alter s --max-entries none"), "");
  EXPECT_EQ(shell.Out("evlog alter s --durability os"), "");
}

TEST(RemovalE2eTest, RetentionWaitsForGroupsWhereItIsTold) {
  Shell shell;
  shell.Out(
      "evlog create s --max-entries 2 --keep-unacked 1MB\n"
      "for i in 1 2 3 4 5; do evlog append s --id $i-0 v=$i >/dev/null; done\n"
      "evlog groups create s g --from begin");
  const auto values = [&shell] { return shell.Out("evlog read s --format raw | tr '\\n' ' '"); };
  shell.Out("evlog alter s --max-entries 2 --yes >/dev/null");
  shell.Out("evlog trim s --max-entries 2 --references only-acked --yes >/dev/null");
  EXPECT_EQ(values(), "1 2 3 4 5 ");
  EXPECT_THAT(shell.Out("evlog info s"),
              HasSubstr("waits       for groups, with 1.0 MB at most\n"));
  shell.Out("evlog tail s --group g --consumer c --ack -n 2 >/dev/null");
  EXPECT_THAT(shell.Out("evlog trim s --max-entries 1 --references only-acked --dry-run"),
              HasSubstr("2 entries"));
  shell.Out("evlog trim s --max-entries 1 --references only-acked --yes >/dev/null");
  EXPECT_EQ(values(), "3 4 5 ");
  shell.Out("evlog alter s --keep-unacked 0 && evlog alter s --max-entries 2 --yes >/dev/null");
  EXPECT_EQ(values(), "4 5 ");
  EXPECT_EQ(shell.Run("evlog create t --keep-unacked some").code, 2);
}

TEST(RemovalE2eTest, SettingsAreMadeAlteredAndShown) {
  Shell shell;
  const auto info = [&shell](const char* filter) {
    return shell.Out("evlog info s --format json | grep -oE '" + std::string(filter) + "'");
  };
  shell.Out("evlog create s --max-entries 1000 --max-age 7d --idempotence-ids 7");
  EXPECT_THAT(info("\"retention\".*\"idempotence_ids\":[0-9]+"),
              "\"retention\":{\"max_entries\":1000,\"max_bytes\":null,\"max_age_ms\":604800000,"
              "\"min_id\":null,\"exact\":true},\"expires_at\":null,"
              "\"idempotence_window_ms\":100000,\"idempotence_ids\":7\n");
  // What is not named stays.
  shell.Out(
      "evlog alter s --max-entries none --max-bytes 64MiB --approx --durability os --yes "
      "--idempotence-window 1h --expires-at 2126-01-01T00:00:00Z >/dev/null");
  EXPECT_THAT(shell.Out("evlog info s"),
              AllOf(HasSubstr("durability  os\n"),
                    HasSubstr("retention   max-bytes=67108864 max-age=7d approx\n"),
                    HasSubstr("expires     2126-01-01T00:00:00.000Z\n"),
                    HasSubstr("remembers   7 idempotence ids of a producer for 1h\n")));
  EXPECT_THAT(shell.Out("evlog streams"), HasSubstr("max-bytes=67108864 max-age=7d approx"));
  shell.Out("evlog alter s --max-bytes none --max-age none --expires-at never");
  EXPECT_EQ(info("\"retention\":null,\"expires_at\":null"),
            "\"retention\":null,\"expires_at\":null\n");
  shell.Out("evlog alter s --expires-in 1h; evlog alter s --min-id 5-1 --yes >/dev/null");
  EXPECT_THAT(info("\"min_id\":\"5-1\",\"exact\":true},\"expires_at\":\"2"), HasSubstr("5-1"));
}

TEST(RemovalE2eTest, OffsetsStayWhenEntriesGo) {
  Shell shell;
  shell.Out("seq 1 10 | evlog append s --lines; evlog trim s --max-entries 4 --yes >/dev/null");
  EXPECT_EQ(shell.Out("evlog streams --format json | grep -o '\"first_offset.*next_offset\":10'"),
            "\"first_offset\":6,\"next_offset\":10\n");
  const Outcome gap = shell.Run("evlog read s --from o:2 -n 1 --format raw");
  EXPECT_EQ(gap.code, 0);
  EXPECT_EQ(gap.out, "7\n");
  EXPECT_EQ(gap.err, "evlog: read: trimmed before they could be shown: 4\n");
}

TEST(RemovalE2eTest, InfoOfTheLogShowsWhatIsGarbage) {
  Shell shell;
  shell.Out("evlog create s; evlog create t --db 3");
  EXPECT_THAT(
      shell.Out("evlog info --format json"),
      MatchesRegex("\\{\"log\":\"[0-9a-f]{16}\",\"file_bytes\":[0-9]+,\"table_bytes\":[0-9]+,"
                   "\"garbage_bytes\":0,\"written_commit\":[0-9]+,\"synced_commit\":[0-9]+,"
                   "\"databases\":\\[0,3\\]}\n"));
  // More than fits in memory, until a table of it was finished before its writer ended; and what
  // goes is less than what makes it worth writing a file anew.
  shell.Out(
      "for mb in 60 20 20 20 20 20 20 20; do\n"
      "  head -c ${mb}000000 /dev/urandom | base64 -w 900 | evlog append s --lines --durability "
      "os\n"
      "  if evlog info | grep -q 'tables .* MB'; then break; fi\n"
      "done\n"
      "entries=$(evlog info s --format json | grep -o '\"entries\":[0-9]*' | head -n 1)\n"
      "evlog trim s --max-entries $((${entries#*:} * 4 / 5)) --yes >/dev/null");
  EXPECT_THAT(shell.Out("evlog info"), AllOf(ContainsRegex("files       [0-9.]+ MB\n"),
                                             ContainsRegex("tables      [0-9.]+ MB, "),
                                             ContainsRegex("garbage     [0-9.]+ MB of the tables"),
                                             HasSubstr("databases   0, 3\n")));
}

TEST(RemovalE2eTest, StreamsByPage) {
  Shell shell;
  shell.Out("for i in 1 2 3 4 5; do evlog create s$i; done");
  const auto names = [&shell](const std::string& arguments) {
    return shell.Out("evlog streams " + arguments + " | cut -d ' ' -f 1 | tr '\\n' ' '");
  };
  EXPECT_EQ(names("-n 2"), "STREAM s1 s2 ");
  EXPECT_EQ(names("-n 2 --after s2"), "STREAM s3 s4 ");
  EXPECT_EQ(names("--after s4"), "STREAM s5 ");
  EXPECT_EQ(names("'s[24]' --after s3"), "STREAM s4 ");
  EXPECT_EQ(names("-n 0"), "STREAM ");
  EXPECT_EQ(shell.Out("evlog streams -n 2 --after s1 --format json | wc -l"), "2\n");
}

TEST(RemovalE2eTest, DatabasesAreApart) {
  Shell shell;
  shell.Out("evlog append s a=zero >/dev/null; evlog append s a=three --db 3 >/dev/null");
  EXPECT_EQ(shell.Out("evlog read s --format raw; evlog read s --format raw --db 0"),
            "zero\nzero\n");
  EXPECT_EQ(shell.Out("evlog --db 3 read s --format raw"), "three\n");
  EXPECT_EQ(shell.Run("evlog read s --db 4").code, 3);
  shell.Out("evlog rename s t --db 3; evlog alter t --db 3 --durability os; evlog create u --db 3");
  EXPECT_EQ(shell.Out("evlog streams --db 3 --format json | wc -l"), "2\n");
  EXPECT_EQ(shell.Out("evlog streams --format json | wc -l"), "1\n");
  EXPECT_EQ(
      shell.Out("evlog drop t --yes --db 3 >/dev/null; evlog tail s --no-follow --format raw"),
      "zero\n");
}

TEST(RemovalE2eTest, ExpectationsHoldOrSayWhereItStands) {
  Shell shell;
  EXPECT_EQ(shell.Out("evlog append s --expect none --id 5-1 n=1"), "5-1\n");
  EXPECT_EQ(shell.Out("evlog append s --expect o:1 --id 6-0 n=2"), "6-0\n");
  EXPECT_EQ(shell.Out("evlog append s --expect 6-0 --id 7-0 n=3 --format json"),
            "{\"entries\":1,\"first_id\":\"7-0\",\"last_id\":\"7-0\",\"partition\":0,"
            "\"offset\":2,\"duplicates\":0}\n");
  for (const char* expect : {"none", "o:2", "o:4", "6-0"}) {
    const Outcome conflict =
        shell.Run(std::string("evlog append s n=x --format json --expect ") + expect);
    EXPECT_EQ(conflict.code, 4) << expect;
    EXPECT_EQ(conflict.out,
              "{\"conflict\":{\"partition\":0,\"next_offset\":3,\"last_id\":\"7-0\","
              "\"last_sequence\":null}}\n");
    EXPECT_THAT(conflict.err, HasSubstr("evlog: append: CONFLICT: "));
    EXPECT_THAT(conflict.err, HasSubstr("partition 0 stands at o:3, its last id is 7-0"));
  }
  const Outcome never = shell.Run("evlog append new n=1 --expect o:1");
  EXPECT_EQ(never.code, 4);
  EXPECT_THAT(never.err, HasSubstr("stands at o:0, it never had an entry"));
}

TEST(RemovalE2eTest, ManyEntriesWithAnExpectationAreAllOrNothing) {
  Shell shell;
  EXPECT_EQ(shell.Out("seq 1 5000 | evlog append s --lines --batch 10 --expect none --format json |"
                      " grep -o '^{\"entries\":5000'"),
            "{\"entries\":5000\n");
  EXPECT_EQ(shell.Out("evlog verify --format json | grep -o '\"commits\":[0-9]*'"),
            "\"commits\":1\n");
  EXPECT_EQ(shell.Run("seq 1 10 | evlog append s --lines --expect o:4999").code, 4);
  const Outcome bad =
      shell.Run("printf '{\"a\":1}\\nx\\n' | evlog append s --jsonl --expect o:5000");
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.err, HasSubstr("acknowledged before that: 0 entries"));
  // A pause does not cut it in two.
  EXPECT_EQ(shell.Out("{ echo a; evlog info s >/dev/null; echo b; } |"
                      " evlog append s --lines --expect o:5000 --verbose 2>&1 | cut -c 1-10"),
            "2 entries,\n");
  EXPECT_EQ(shell.Out("evlog read s --format raw | wc -l"), "5002\n");
}

TEST(RemovalE2eTest, TypesAreOneOrTheOther) {
  Shell shell;
  shell.Out(
      "for t in placed paid shipped placed; do evlog append s type=$t by=me >/dev/null; done");
  EXPECT_EQ(shell.Out("evlog read s --type placed --format '{field:type}' | tr '\\n' ' '"),
            "placed placed ");
  EXPECT_EQ(shell.Out("evlog read s --type placed --type paid --where by=me -n 2 "
                      "--format '{field:type}' | tr '\\n' ' '"),
            "placed paid ");
  EXPECT_EQ(shell.Out("evlog tail s --type shipped --no-follow --format '{field:type}'"),
            "shipped\n");
}

}  // namespace
}  // namespace evlog::cli
