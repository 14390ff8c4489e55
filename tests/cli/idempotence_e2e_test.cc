// evlog append --producer: repeats append nothing. From the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr char kCount[] = " | grep -o '\"entries\":[0-9]*\\|\"duplicates\":[0-9]*' | tr '\\n' ' '";

TEST(IdempotenceE2eTest, ARepeatIsToldTheFirstAnswer) {
  struct Row {
    const char* mark;
    const char* other;  // what is no repeat
  };
  static constexpr Row kRows[] = {
      {"a=1 --sequence 7", "a=1 --sequence 8"},
      {"a=1 --idempotence-id x", "a=1 --idempotence-id y"},
      {"a=1 id=x --idempotence-field id", "a=1 id=y --idempotence-field id"},
      {"a=1 b=2 --idempotent-by-content", "a=1 b=3 --idempotent-by-content"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.mark);
    Shell shell;
    const std::string append = "evlog append s --durability os --producer till-7 ";
    const std::string id = shell.Out(append + row.mark);
    EXPECT_EQ(shell.Out(append + row.mark), id);
    EXPECT_EQ(shell.Out(append + row.mark + " --format json"),
              "{\"entries\":0,\"first_id\":\"" + id.substr(0, id.size() - 1) + "\",\"last_id\":\"" +
                  id.substr(0, id.size() - 1) +
                  "\",\"partition\":0,\"offset\":0,\"duplicates\":1}\n");
    EXPECT_EQ(shell.Run(append + row.mark + " --verbose").err,
              "a duplicate; it had been appended before\n");
    EXPECT_NE(shell.Out(append + row.other), id);
    // Of another producer it is another one.
    EXPECT_NE(shell.Out("evlog append s --producer till-8 " + std::string(row.mark)), id);
    EXPECT_EQ(shell.Out("evlog read s | wc -l"), "3\n");
  }
}

TEST(IdempotenceE2eTest, AnExpectationIsNotAskedOfARepeat) {
  Shell shell;
  const std::string append = "evlog append s a=1 --expect none --producer p --idempotence-id x";
  EXPECT_EQ(shell.Out(append), shell.Out(append));
  EXPECT_EQ(shell.Run("evlog append s a=1 --expect none --producer p --idempotence-id y").code, 4);
}

TEST(IdempotenceE2eTest, AnOldSequenceNumberIsAConflict) {
  Shell shell;
  shell.Out("evlog append s a=1 --producer p --sequence 12 >/dev/null");
  const Outcome old = shell.Run("evlog append s a=1 --producer p --sequence 11 --format json");
  EXPECT_EQ(old.code, 4);
  EXPECT_THAT(old.out, HasSubstr("\"last_sequence\":12}}"));
  EXPECT_EQ(old.err,
            "evlog: append: CONFLICT: stream \"s\": producer \"p\": the sequence number 11 is "
            "below the last one, 12\n");
}

TEST(IdempotenceE2eTest, LinesAreNumberedAndGoOnWhereTheyEnded) {
  Shell shell;
  shell.Out("evlog create s --durability os --partitions 3");
  const std::string append =
      " | evlog append s --lines --key line --producer p --format json --sequence ";
  EXPECT_EQ(shell.Out("seq 1 2500" + append + "1" + kCount), "\"entries\":2500 \"duplicates\":0 ");
  EXPECT_EQ(shell.Out("seq 1 4000" + append + "1" + kCount),
            "\"entries\":1500 \"duplicates\":2500 ");
  EXPECT_EQ(shell.Out("seq 1 4000" + append + "1"),
            "{\"entries\":0,\"first_id\":null,\"last_id\":null,\"partition\":null,\"offset\":null,"
            "\"duplicates\":4000}\n");
  // Cut otherwise, from the middle, and with the last one alone.
  EXPECT_EQ(shell.Out("seq 3990 4010" + append + "3990 --batch 3" + kCount),
            "\"entries\":10 \"duplicates\":11 ");
  EXPECT_EQ(shell.Out("seq 4010 4011" + append + "4010" + kCount),
            "\"entries\":1 \"duplicates\":1 ");
  EXPECT_EQ(shell.Out("evlog read s --format raw | cmp - <(seq 1 4011)"), "");
  const Outcome end = shell.Run("seq 2 | evlog append s --lines --producer q --sequence " +
                                std::string("18446744073709551615"));
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.err, HasSubstr("no number comes after 18446744073709551615"));
  EXPECT_THAT(end.err, HasSubstr("acknowledged before that: 1 entry"));
}

// Killed again and again, each time while its input goes on, and started anew with the whole input.
TEST(IdempotenceE2eTest, LinesAreThereOnceOverKills) {
  Shell shell;
  const Outcome outcome = shell.Run(
      "evlog create s --durability os; seq 1 300000 >in; mkfifo pipe; kills=0\n"
      "for i in 1 2 3 4; do\n"
      "  evlog append s --lines --batch 50 --producer p --sequence 1 <pipe & pid=$!\n"
      "  exec 3>pipe; head -n $((i * 60000)) in >&3\n"
      "  kill -9 $pid; wait $pid; [ $? = 137 ] && kills=$((kills + 1)); exec 3>&-\n"
      "done 2>/dev/null\n"
      "evlog append s --lines in --producer p --sequence 1 || exit 9\n"
      "evlog read s --format raw | cmp - in || exit 8\n"
      "evlog verify >/dev/null || exit 7; echo $kills; [ $kills = 4 ]");
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
}

TEST(IdempotenceE2eTest, IdsOfFieldsAndContentWithinTheWindow) {
  Shell shell;
  shell.Out("evlog create s --durability os --idempotence-ids 1000; evlog create t");
  shell.Out("seq -f '{\"id\":\"r%g\",\"v\":1}' 1 500 >in; seq -f '{\"id\":\"r%g\"}' 401 600 >more");
  const std::string append = "evlog append s --jsonl --producer p --format json ";
  EXPECT_EQ(shell.Out(append + "--idempotence-field id in" + kCount),
            "\"entries\":500 \"duplicates\":0 ");
  EXPECT_EQ(shell.Out(append + "--idempotence-field id more in" + kCount),
            "\"entries\":100 \"duplicates\":600 ");
  // The ids of repeats are those of the first time.
  EXPECT_EQ(shell.Out("evlog append s --jsonl in --producer p --idempotence-field id --print-ids |"
                      " cmp - <(evlog read s --format '{id}' -n 500)"),
            "");
  EXPECT_EQ(shell.Out(append + "--idempotent-by-content in more" + kCount),
            "\"entries\":700 \"duplicates\":0 ");
  EXPECT_THAT(shell.Run(append + "--idempotent-by-content more in --verbose").err,
              StartsWith("0 entries, 700 duplicates, "));
  const Outcome many = shell.Run(
      "seq 1 101 | evlog append t --lines --producer p --idempotent-by-content --verbose");
  EXPECT_THAT(many.err, HasSubstr("a repeat is known of the newest 100, for 1m40s"));
}

TEST(IdempotenceE2eTest, OneIdForAllMakesThemOneAppend) {
  Shell shell;
  const std::string append =
      "evlog append s --lines in --batch 2 --producer p --idempotence-id file-1 --format json";
  shell.Out("seq 1 5000 >in");
  EXPECT_EQ(shell.Out(append + kCount), "\"entries\":5000 \"duplicates\":0 ");
  EXPECT_EQ(shell.Out("evlog verify --format json | grep -o '\"commits\":[0-9]*'"),
            "\"commits\":1\n");
  EXPECT_THAT(shell.Out(append),
              MatchesRegex("\\{\"entries\":0,\"first_id\":\"[0-9]+-0\",\"last_id\":\"[0-9]+-4999\","
                           "\"partition\":0,\"offset\":0,\"duplicates\":5000}\n"));
  const Outcome large = shell.Run(
      "yes 0123456789abcdef | head -c 17000000 | evlog append s --lines --producer p "
      "--idempotence-id file-2");
  EXPECT_EQ(large.code, 1);
  EXPECT_THAT(large.err, HasSubstr("with --idempotence-id all entries are one batch, of 16777216"));
  EXPECT_EQ(shell.Out("evlog read s | wc -l"), "5000\n");
}

TEST(IdempotenceE2eTest, WhatIsWrongIsSaid) {
  Shell shell;
  WriteFile(shell.directory() + "/in", "{\"id\":\"a\"}\n{\"v\":1}\n");
  WriteFile(shell.directory() + "/empty", "{\"id\":\"b\"}\n{\"id\":\"\"}\n");
  struct Row {
    const char* arguments;
    int code;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"a=1 --sequence 1", 2, "give --producer NAME"},
      {"a=1 --idempotent-by-content", 2, "give --producer NAME"},
      {"a=1 --producer p", 2, "give one of --sequence"},
      {"a=1 --producer p --sequence 1 --idempotence-id x", 2, "give one of --sequence"},
      {"a=1 --producer '' --sequence 1", 2, "--producer: idempotence: the producer has 0 bytes"},
      {"a=1 --producer p --idempotence-id ''", 2, "--idempotence-id: idempotence: the id has 0"},
      {"a=1 --producer p --sequence -1", 2, "--sequence: \"-1\" is no number"},
      {"a=1 --producer p --idempotence-field b", 2, "no field \"b\", which --idempotence-field"},
      {"--lines --expect none --producer p --sequence 1", 2, "only --idempotence-id is a mark"},
      {"--lines --expect none --producer p --idempotent-by-content", 2, "one append, for which"},
      {"--lines --print-ids --producer p --sequence 1", 2, "--print-ids and --sequence exclude"},
      {"--lines --print-ids --producer p --idempotence-id x", 2, "and --idempotence-id exclude"},
      {"--jsonl in --producer p --idempotence-field id", 1, "in:2: no field \"id\""},
      {"--jsonl empty --producer p --idempotence-field id", 1, "empty:2: --idempotence-field"},
  };
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(std::string("evlog append s ") + row.arguments);
    EXPECT_EQ(outcome.code, row.code) << row.arguments << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.arguments;
    EXPECT_EQ(outcome.out, "") << row.arguments;
  }
}

}  // namespace
}  // namespace evlog::cli
