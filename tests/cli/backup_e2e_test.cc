// backup, backups, restore, doctor: as an operator uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(BackupE2eTest, ThereAndBack) {
  Shell shell;
  shell.Out("seq 1 5000 | evlog append numbers --lines");
  EXPECT_THAT(shell.Out("evlog backup there"),
              ContainsRegex("^backup 1 of 20.*Z: .*B, through commit [0-9,]+; .*B copied\n$"));
  shell.Out("seq 5001 6000 | evlog append numbers --lines; evlog backup there >/dev/null");
  EXPECT_THAT(shell.Out("evlog backups there"),
              AllOf(HasSubstr("BACKUP"), ContainsRegex("\n +1 .* complete\n +2 .* complete\n$")));
  EXPECT_THAT(shell.Out("evlog backups there --verify"), HasSubstr("verified"));
  // Wherever the log itself is.
  EXPECT_THAT(shell.Out("EVLOG_AT=redis://127.0.0.1:1 evlog backups there"), HasSubstr("BACKUP"));
  EXPECT_EQ(shell.Out("evlog restore there --at back >/dev/null && evlog read numbers --at back "
                      "--format raw | cmp - <(seq 1 6000) && echo equal"),
            "equal\n");
  EXPECT_EQ(shell.Out("evlog restore there --backup 1 --at first >/dev/null && "
                      "evlog read numbers --at first --format raw | tail -n 1"),
            "5000\n");
  EXPECT_EQ(shell.Run("evlog restore there --at back").code, 4) << "it holds something";
  EXPECT_EQ(shell.Run("evlog restore there --backup 9 --at other").code, 3);
  EXPECT_EQ(shell.Run("evlog restore nowhere --at other").code, 3);
  EXPECT_EQ(shell.Out("evlog backup there --keep 1 >/dev/null; "
                      "evlog backups there --format json | grep -c backup"),
            "1\n");
}

TEST(BackupE2eTest, WhatIsWrongIsSaid) {
  Shell shell;
  shell.Out("evlog append s a=1 >/dev/null; evlog append s a=1 --at other >/dev/null");
  EXPECT_THAT(shell.Run("evlog backup").err, HasSubstr("TARGET: give the directory"));
  EXPECT_EQ(shell.Run("evlog backup").code, 2);
  EXPECT_EQ(shell.Run("evlog backup there --at nowhere").code, 3);
  EXPECT_EQ(shell.Run("evlog backup there --max-rate 5k").code, 2);
  EXPECT_EQ(shell.Run("evlog backup there --db 1").code, 2);
  shell.Out("evlog backup there >/dev/null");
  EXPECT_THAT(shell.Run("evlog backup there --at other").err,
              HasSubstr("each log needs a directory of its own"));
  EXPECT_THAT(shell.Run("evlog backup . ").err, HasSubstr("not a directory of backups"));
  shell.Out("for file in there/private/1/*.log; do printf x >>$file; done");
  const Outcome damaged = shell.Run("evlog backups there --verify");
  EXPECT_EQ(damaged.code, 1);
  EXPECT_THAT(damaged.out, HasSubstr("DAMAGED"));
  EXPECT_THAT(damaged.err, ContainsRegex("there: backup 1: .*\\.log"));
}

TEST(BackupE2eTest, OfAServer) {
  Shell shell;
  shell.Out("seq 1 100 | evlog append s --lines");
  const std::string start =
      "mkfifo said; evlog serve --dir log --listen 127.0.0.1:0 FLAGS >said & server=$!\n"
      "read -r line <said; url=redis://127.0.0.1:${line##*:}\n";
  const auto with = [&start](const std::string& flags) {
    std::string text = "rm -f said; " + start;
    return text.replace(text.find("FLAGS"), 5, flags);
  };
  const Outcome none = shell.Run(
      with("") + "evlog backup --at $url; code=$?; kill $server; wait $server; exit $code");
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("start the server with --backup-dir"));
  EXPECT_EQ(shell.Out(with("--backup-dir there") +
                      "evlog backup --at $url --keep 2 >/dev/null\n"
                      "redis-cli -u $url evlog backups | grep -c last-commit\n"
                      "redis-cli -u $url xadd s '*' line 101 >/dev/null\n"
                      "evlog backup --at $url --format json | grep -o '\"backup\":[0-9]*'\n"
                      "evlog backup beside >/dev/null\n"  // beside the server
                      "kill $server; wait $server\n"
                      "for target in there beside; do\n"
                      "  evlog restore $target --at back-$target >/dev/null\n"
                      "  evlog read s --at back-$target --format raw | tail -n 1; done"),
            "1\n\"backup\":2\n101\n101\n");
}

TEST(DoctorE2eTest, AWholeLog) {
  Shell shell;
  shell.Out("seq 1 100 | evlog append s --lines");
  const Outcome whole = shell.Run("evlog doctor");
  EXPECT_EQ(whole.code, 0) << whole.out;
  EXPECT_THAT(whole.out,
              AllOf(ContainsRegex("ok +directory +.*format [0-9]+"), HasSubstr("nobody holds"),
                    ContainsRegex("disk +.* free"), ContainsRegex("ok +wal +.*whole through"),
                    ContainsRegex("ok +tables")));
  EXPECT_EQ(shell.Out("evlog doctor --format json | grep -c '\"verdict\":'") > "7", true);
  const Outcome none = shell.Run("evlog doctor --truncate --yes");
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("there is no loss to accept"));
  EXPECT_EQ(shell.Run("evlog doctor --at nowhere").code, 1);
}

// The way that docs/durability.md describes.
TEST(DoctorE2eTest, ADamagedWriteAheadLogIsCutAndOpens) {
  Shell shell;
  // A file of the write-ahead log for each.
  shell.Out("for i in $(seq 1 20); do evlog append s n=$i --durability sync >/dev/null; done");
  shell.Out(
      "file=$(ls log/db/*.log | sed -n 10p); at=$(($(stat -c %s $file) / 2))\n"
      "printf '\\xff\\xff\\xff\\xff' | dd of=$file bs=1 seek=$at conv=notrunc status=none");
  const Outcome damaged = shell.Run("evlog doctor");
  EXPECT_EQ(damaged.code, 1) << damaged.out;
  EXPECT_THAT(damaged.out, AllOf(ContainsRegex("FAILED +wal +.*\\.log, byte [0-9]+"),
                                 HasSubstr("evlog doctor --truncate")));
  EXPECT_EQ(shell.Run("evlog read s").code, 1);
  EXPECT_EQ(shell.Run("evlog doctor --truncate").code, 2) << "nobody to ask";
  const std::string done = shell.Out("evlog doctor --truncate --yes");
  EXPECT_THAT(done, AllOf(HasSubstr("gave up"), HasSubstr("kept-1")));
  EXPECT_EQ(shell.Out("evlog read s --format raw | cmp - <(seq 1 20 | "
                      "head -n $(evlog read s | wc -l)) && evlog read s -n 1 | wc -l"),
            "1\n");
  EXPECT_EQ(shell.Run("evlog append s n=x && evlog verify").code, 0);
  EXPECT_EQ(shell.Out("evlog doctor | grep -c kept-1"), "1\n");
  EXPECT_NE(shell.Out("ls log/kept-1/*.log"), "");
}

// Whole files of it are gone: what a close has noted is missed.
TEST(DoctorE2eTest, AnEndThatIsMissingIsMissed) {
  Shell shell;
  shell.Out(
      "seq 1 100 | evlog append s --lines --batch 10; cp -r log copy; "
      "seq 101 200 | evlog append s --lines --batch 10\n"
      "rm -r log/db; cp -r copy/db log/db");
  const Outcome outcome = shell.Run("evlog read s");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("its last files are missing or cut short"));
  EXPECT_THAT(shell.Run("evlog verify").out, HasSubstr("EVLOG says that"));
  shell.Out("evlog doctor --truncate --yes");
  EXPECT_EQ(shell.Out("evlog read s --format raw | tail -n 1"), "100\n");
}

}  // namespace
}  // namespace evlog::cli
