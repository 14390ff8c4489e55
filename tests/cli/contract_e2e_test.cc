// What scripts rely on: exit codes, JSON, positions, following, the text of the help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ContractE2eTest, HelpIsGolden) {
  Shell shell;
  EXPECT_EQ(shell.Out("evlog --help; for verb in create append read tail replay streams info \\\n"
                      "  top alter rename copy trim delete drop backup backups restore \\\n"
                      "  verify doctor \\\n"
                      "  groups 'groups list' \\\n"
                      "  'groups create' 'groups describe' 'groups alter' 'groups seek' \\\n"
                      "  'groups pause' 'groups resume' 'groups delete' 'groups add-consumer' \\\n"
                      "  'groups remove-consumer' pending ack nack claim \\\n"
                      "  delayed 'delayed list' 'delayed cancel' \\\n"
                      "  dlq 'dlq list' 'dlq show' 'dlq replay' 'dlq drop' 'dlq add' \\\n"
                      "  check 'check lag' pub sub \\\n"
                      "  route 'route add' 'route list' 'route remove' serve completion \\\n"
                      "  bench 'bench append' 'bench read' 'bench consume' 'bench pubsub'; do\n"
                      "  echo \"--- $verb\"; evlog $verb --help; done"),
            ReadFile(EVLOG_TREE "/tests/cli/help.golden"));
}

TEST(ContractE2eTest, Version) {
  Shell shell;
  EXPECT_THAT(shell.Out("evlog --version"),
              testing::MatchesRegex("evlog [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

struct CodeRow {
  const char* command;
  int code;
  const char* says;
};

// Each ends with its code, says so on stderr, and prints nothing.
template <size_t kSize>
void CheckCodes(const CodeRow (&rows)[kSize]) {
  Shell shell;
  shell.Out("evlog create s --partitions 2 && evlog append s a=1 >ids && printf '{\"a\":' >bad");
  for (const CodeRow& row : rows) {
    const Outcome outcome = shell.Run(row.command);
    EXPECT_EQ(outcome.code, row.code) << row.command << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.command;
    EXPECT_EQ(outcome.out, "") << row.command;
  }
}

TEST(ContractE2eTest, ExitCodes) {
  static constexpr CodeRow kRows[] = {
      {"evlog read s >/dev/null", 0, ""},
      {"evlog append s --jsonl bad", 1, "evlog: append: bad:1: column 6"},
      {"EVLOG_AT=/dev/null evlog read s", 1, "evlog: read: "},
      {"evlog", 2, "subcommand"},
      {"evlog nonsense", 2, "there is no verb \"nonsense\""},
      {"evlog read", 2, "evlog: read: STREAM is required"},
      {"evlog read s --nonsense", 2, "--nonsense"},
      {"evlog read s --from nowhere", 2, "position \"nowhere\""},
      {"evlog read s --until -5", 2, "for --from only"},
      {"evlog read s --format yaml", 2, "--format \"yaml\""},
      {"evlog read s --format '{nix}'", 2, "column 1"},
      {"evlog read s --grep 'a[b'", 2, "--grep \"a[b\""},
      {"evlog read s --where a", 2, "FIELD=VALUE"},
      {"evlog read s --partition 2", 2, "partition"},
      {"evlog read s --partition -1", 2, "--partition: -1 is negative"},
      {"evlog read s -n -1", 2, "-n: -1 is negative"},
      {"evlog tail s --timeout 5", 2, "a unit"},
      {"evlog append s", 2, "nothing to append"},
      {"evlog append s a", 2, "FIELD=VALUE"},
      {"evlog append s --lines --csv", 2, "exclude each other"},
      {"evlog append s --durability maybe a=1", 2, "sync, os or async"},
      {"evlog append s --id x a=1", 2, "x"},
      {"evlog append s --expect 5 a=1", 2, "--expect \"5\""},
      {"evlog append s --print-ids --format json a=1", 2, "exclude each other"},
      {"evlog read s --db 16", 2, "database is 16"},
      {"evlog read s --db x", 2, "--db"},
      {"evlog verify --db 1", 2, "as a whole"},
      {"env -u EVLOG_AT evlog read s", 2, "no directory; give --at DIR"},
      {"evlog read s --at redis://", 2, "it names no host"},
      {"evlog append s a=1 --at evlog://localhost", 2, "neither a directory nor redis:"},
      {"evlog read none", 3, "evlog: read: "},
      {"evlog tail none", 3, "evlog: tail: "},
      {"evlog info none", 3, "evlog: info: "},
      {"evlog read s --at nowhere", 3, "evlog: read: "},
      {"evlog append s --lines no-such-file", 3, "no-such-file"},
      {"evlog append s --partitions 3 a=1", 4, "CONFLICT: stream \"s\" has 2 partitions"},
      {"evlog tail s --from end --timeout 10ms", 5, ""},
      {"evlog tail s --timeout 10ms >/dev/null", 5, ""},
      {"evlog info --db 1", 2, "--db"},
      {"evlog streams -n x", 2, "-n"},
      {"evlog info --at nowhere", 3, "evlog: info: "},
  };
  CheckCodes(kRows);
}

TEST(ContractE2eTest, ExitCodesOfWhatChangesStreams) {
  static constexpr CodeRow kRows[] = {
      {"evlog trim s --yes", 2, "nothing says what to keep"},
      {"evlog trim s --yes --max-entries none", 2, "--max-entries"},
      {"evlog trim s --yes --max-bytes 10M", 2, "--max-bytes"},
      {"evlog trim s --yes --max-age 5", 2, "--max-age"},
      {"evlog trim s --yes --max-age 0", 2, "age"},
      {"evlog trim s --yes --min-id x", 2, "--min-id"},
      {"evlog trim s --yes --max-entries 1 --limit x", 2, "--limit"},
      {"evlog delete s --yes", 2, "ID is required"},
      {"evlog delete s 5-1 x --yes", 2, "x"},
      {"evlog alter s", 2, "nothing to alter"},
      {"evlog alter s --approx", 2, "about a bound"},
      {"evlog alter s --max-entries 1 --approx --exact --yes", 2, "exclude each other"},
      {"evlog alter s --expires-at 2020-01-01T00:00:00Z", 2, "has passed already"},
      {"evlog alter s --expires-at tomorrow", 2, "--expires-at"},
      {"evlog alter s --expires-in 1h --expires-at never", 2, "exclude each other"},
      {"evlog alter s --durability maybe", 2, "sync, os or async"},
      {"evlog alter s --idempotence-window x", 2, "--idempotence-window"},
      {"evlog alter s --idempotence-ids 10001", 2, "idempotence_ids"},
      {"evlog create t --max-entries none", 2, "--max-entries"},
      {"evlog create t --expires-at never", 2, "--expires-at"},
      {"evlog create t --partitions 0", 2, "--partitions"},
      {"evlog create t --partitions 1025", 2, "--partitions"},
      {"evlog trim none --max-entries 1 --yes", 3, "evlog: trim: "},
      {"evlog trim none --max-entries 1 --dry-run", 3, "evlog: trim: "},
      {"evlog delete none 1-1 --yes", 3, "evlog: delete: "},
      {"evlog drop none --yes", 3, "evlog: drop: "},
      {"evlog rename none new", 3, "evlog: rename: "},
      {"evlog alter none --durability os", 3, "evlog: alter: "},
      {"evlog drop s --yes --at nowhere", 3, "evlog: drop: "},
      {"evlog create s", 4, "CONFLICT: stream \"s\" exists already"},
      {"evlog alter s --max-entries 1", 2, "no terminal to ask on"},
      {"evlog alter s --durability os --dry-run", 2, "remove nothing"},
      {"evlog rename s t --dry-run", 2, "without --replace"},
      {"evlog rename s t --replace", 2, "no terminal to ask on"},
      {"evlog rename none t --replace --yes", 3, "evlog: rename: "},
  };
  CheckCodes(kRows);
}

TEST(ContractE2eTest, OneAppenderAtATime) {
  Shell shell;
  const Outcome outcome = shell.Run(
      "evlog create s; mkfifo in\n"
      "evlog append s --lines in & writer=$!\n"
      "exec 3>in; echo one >&3\n"
      "evlog tail s --from begin -n 1 --timeout 60s --format raw\n"
      "evlog append s a=1; code=$?\n"
      "exec 3>&-; wait $writer; exit $code");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "one\n");
  EXPECT_THAT(outcome.err, StartsWith("evlog: append: "));
}

// The names of the members of the object on the next line, in byte order.
std::string NextKeys(std::istringstream& lines) {
  std::string line;
  std::getline(lines, line);
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  std::string names;
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) names += name + " ";
  }
  return names;
}

TEST(ContractE2eTest, JsonKeysAreStable) {
  Shell shell;
  shell.Out("evlog create s --partitions 2; evlog append s --key k k=v 'bin='$'\\xff' >/dev/null");
  std::istringstream lines(
      shell.Out("evlog read s --format json; evlog streams --format json\n"
                "evlog info s --format json; evlog verify --format json\n"
                "evlog info --format json; evlog append s k=1 --key k --format json\n"
                "evlog append s k=1 --key k --expect none --format json 2>/dev/null\n"
                "evlog trim s --max-entries 0 --yes --format json\n"
                "evlog alter s --max-entries 0 --yes --format json\n"
                "evlog delete s 1-1 --yes --format json; evlog drop s --yes --format json\n"
                "evlog append t k=1 >/dev/null; evlog read 't*' --format json"));
  const auto keys = [&lines] { return NextKeys(lines); };
  EXPECT_EQ(keys(), "fields id key offset partition ");
  EXPECT_EQ(
      keys(),
      "bytes durability entries expires_at first_offset idempotence_ids idempotence_window_ms "
      "keep_unacknowledged_bytes last_id next_offset partitions retention stream ");
  EXPECT_EQ(keys(),
            "bytes durability entries expires_at first_id first_offset idempotence_ids "
            "idempotence_window_ms keep_unacknowledged_bytes last_id next_offset partition_list "
            "partitions retention stream ");
  EXPECT_EQ(keys(),
            "bytes commits entries findings groups ok partitions pending streams truncated ");
  EXPECT_EQ(keys(),
            "databases file_bytes garbage_bytes log synced_commit table_bytes written_commit ");
  EXPECT_EQ(keys(), "duplicates entries first_id last_id offset partition ");
  EXPECT_EQ(keys(), "conflict ");
  for (const char* verb : {"trim", "alter", "delete", "drop"}) {
    EXPECT_EQ(keys(), "bytes dry_run entries stream ") << verb;
  }
  EXPECT_EQ(keys(), "fields id key offset partition position stream ");
}

TEST(ContractE2eTest, JsonKeysOfGroupsAreStable) {
  Shell shell;
  std::istringstream lines(
      shell.Out("seq 1 3 | evlog append s --lines\n"
                "evlog groups create s g --from begin\n"
                "evlog tail s --group g --consumer c -n 1 --format json\n"
                "evlog groups list --format json; evlog groups describe s g --format json\n"
                "evlog groups describe s g --format json | sed 's/.*\"consumers\":.//; s/..$//'\n"
                "evlog pending s g --format json; evlog claim s g d --min-idle 0 --format json\n"
                "evlog ack s g 1-1 --format json; evlog nack s g 1-1 --format json\n"
                "evlog groups alter s g --dead-letters dead\n"
                "evlog nack s g $(evlog read s -n 1 --format '{id}') --kind fatal >/dev/null\n"
                "evlog dlq list s g --format json; evlog dlq replay s g --all --format json\n"
                "evlog dlq drop s g --all --yes --format json\n"
                "evlog dlq add s g 1-1 --format json\n"
                "evlog groups remove-consumer s g c --format json\n"
                "evlog groups delete s g --yes --format json"));
  EXPECT_EQ(NextKeys(lines), "deliveries fields id key offset partition ");
  for (const char* verb : {"list", "describe"}) {
    EXPECT_EQ(NextKeys(lines),
              "ack_wait_ms backoff_ms consumers dead_letters durability entries_read group lag "
              "lag_age_ms last_delivered_id max_deliveries max_in_flight "
              "max_in_flight_of_consumer order paused pending poison redelivers released stream ")
        << verb;
  }
  EXPECT_EQ(NextKeys(lines), "consumer idle_ms inactive_ms pending ");
  EXPECT_EQ(NextKeys(lines), "consumer deliveries due_at id idle_ms ");
  EXPECT_EQ(NextKeys(lines), "deliveries fields id key offset partition ");
  EXPECT_EQ(NextKeys(lines), "entries group stream ");
  EXPECT_EQ(NextKeys(lines), "entries group stream ");
  EXPECT_EQ(NextKeys(lines), "at consumer deliveries entry_id group id reason stream ");
  EXPECT_EQ(NextKeys(lines), "group letters stream ");
  EXPECT_EQ(NextKeys(lines), "dry_run group letters stream ");
  EXPECT_EQ(NextKeys(lines), "entries group stream ");
  EXPECT_EQ(NextKeys(lines), "consumer entries forgotten group stream ");
  EXPECT_EQ(NextKeys(lines), "dry_run group lag pending stream ");
}

TEST(ContractE2eTest, StreamsMayBeCalledLikeVerbsAndOptions) {
  Shell shell;
  shell.Out(
      "for s in read tail append streams; do evlog append $s a=1 >/dev/null; done\n"
      "evlog append -- --lines a=1 >/dev/null");
  EXPECT_EQ(shell.Out("evlog read tail --format '{field:a}'"), "1\n");
  EXPECT_EQ(shell.Out("evlog streams --format json | grep -c stream"), "5\n");
  EXPECT_EQ(shell.Out("evlog streams 'a*' | wc -l"), "2\n");
}

TEST(ContractE2eTest, Positions) {
  Shell shell;
  shell.Out("for i in 1 2 3 4 5; do evlog append s --id $i-0 n=$i >/dev/null; done");
  struct Row {
    const char* arguments;
    const char* values;
  };
  static constexpr Row kRows[] = {
      {"", "1 2 3 4 5 "},
      {"--from -2", "4 5 "},
      {"--from=-2", "4 5 "},
      {"--from -9", "1 2 3 4 5 "},
      {"--from 2 --until 4-0", "2 3 4 "},
      {"--from 2-1 --until 4", "3 4 "},
      {"--from o:1 --until o:2", "2 3 "},
      {"--from end", ""},
      {"--until begin", ""},
      {"--from begin --until end", "1 2 3 4 5 "},
      {"--from @1970-01-01T00:00:00.002Z --until @1970-01-01T00:00:00.004Z", "2 3 "},
      {"--from @-15m", ""},
      {"-n 2", "1 2 "},
      {"-n 0", ""},
      {"-n 2 --reverse", "5 4 "},
      {"--reverse --from 2 --until 4", "4 3 2 "},
      {"-n 1 --where n=4", "4 "},
      {"--grep '[24]'", "2 4 "},
      {"--reverse -n 1 --grep '[24]'", "4 "},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(
        shell.Out(std::string("evlog read s --format raw ") + row.arguments + " | tr '\\n' ' '"),
        row.values)
        << row.arguments;
  }
}

TEST(ContractE2eTest, Tail) {
  Shell shell;
  shell.Out("seq 1 30 | evlog append s --lines");
  const auto tail = [&](const std::string& arguments) {
    return shell.Out("evlog tail s --format raw " + arguments + " | tr '\\n' ' '");
  };
  EXPECT_EQ(tail("--no-follow"), "21 22 23 24 25 26 27 28 29 30 ");
  EXPECT_EQ(tail("--no-follow -n 2"), "29 30 ");
  EXPECT_EQ(tail("--no-follow -n 0"), "");
  EXPECT_EQ(tail("--until end -n 1"), "30 ");
  EXPECT_EQ(tail("--from o:3 -n 2"), "4 5 ");
  EXPECT_EQ(tail("--from o:3 --until o:5"), "4 5 6 ");
  EXPECT_EQ(tail("--from o:28 --until @1970-01-02T00:00:00Z"), "");
  EXPECT_EQ(tail("-n 3 --grep 29 --no-follow"), "29 ");
}

TEST(ContractE2eTest, TailFollowsAnotherProcess) {
  Shell shell;
  EXPECT_EQ(shell.Out("evlog create s; mkfifo out\n"
                      "evlog tail s --format raw --timeout 60s >out & tail=$!\n"
                      "exec 3<out\n"
                      "for i in 1 2 3; do\n"
                      "  evlog append s n=$i >/dev/null; read -r -t 60 line <&3; echo got $line\n"
                      "done\n"
                      // Nobody reads any more: the follower ends by itself, and quietly.
                      "exec 3<&-; wait $tail; echo code $?"),
            "got 1\ngot 2\ngot 3\ncode 0\n");
}

TEST(ContractE2eTest, TailEndsAtAnEntryThatIsStillToCome) {
  Shell shell;
  EXPECT_EQ(shell.Out("evlog create s\n"
                      "evlog tail s --until o:2 --format raw --timeout 60s >out & tail=$!\n"
                      "seq 1 5 | evlog append s --lines --batch 1\n"
                      "wait $tail; echo code $?; cat out"),
            "code 0\n1\n2\n3\n");
}

TEST(ContractE2eTest, AClosedPipeEndsQuietly) {
  Shell shell;
  shell.Out("seq 1 200000 | evlog append s --lines");
  EXPECT_EQ(shell.Out("evlog read s --format raw | head -n 1"), "1\n");
  EXPECT_EQ(shell.Out("{ evlog read s --format raw; echo $? >code; } | head -n 1; cat code"),
            "1\n0\n");
}

TEST(ContractE2eTest, VerifyTellsWholeFromDamaged) {
  Shell shell;
  shell.Out("seq 1 200000 | evlog append s --lines");
  EXPECT_THAT(shell.Out("evlog verify"),
              StartsWith("whole: 1 stream, 1 partition, 200,000 entries, 0 groups, "));
  // One byte in the middle of the largest file.
  shell.Out(
      "file=$(ls -S $(find log -type f) | head -n 1); middle=$(($(stat -c %s $file) / 2))\n"
      "byte=$(od -An -tu1 -j $middle -N 1 $file)\n"
      "printf \"\\\\x$(printf %x $((byte ^ 1)))\" |\n"
      "  dd of=$file bs=1 seek=$middle conv=notrunc status=none");
  const Outcome damaged = shell.Run("evlog verify");
  EXPECT_EQ(damaged.code, 1);
  EXPECT_NE(damaged.out + damaged.err, "");
  EXPECT_THAT(damaged.out, testing::Not(HasSubstr("whole")));
}

TEST(ContractE2eTest, VerifyCountsWhatHasNoEntriesToo) {
  Shell shell;
  shell.Out(
      "evlog create empty --partitions 3 && evlog groups create empty g --from begin\n"
      "evlog append s a=1 >/dev/null");
  EXPECT_THAT(shell.Out("evlog verify"),
              StartsWith("whole: 2 streams, 4 partitions, 1 entry, 1 group, 1 commit, "));
  EXPECT_THAT(shell.Out("evlog verify --format json"),
              HasSubstr("\"streams\":2,\"partitions\":4,\"entries\":1,"));
}

// What ./dev run plays.
TEST(ContractE2eTest, MainJob) {
  Shell shell;
  const Outcome outcome =
      shell.Run("TMPDIR=$PWD " EVLOG_TREE "/cli/demo/main_job.sh \"$(command -v evlog)\"");
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("All equal, nothing lost."));
}

}  // namespace
}  // namespace evlog::cli
