// The contract of the verbs: the same command lines print the same on a directory, on
// `evlog serve`, and on Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/places.h"
#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

class PlacesE2eTest : public testing::TestWithParam<Place> {
 protected:
  std::string Out(const std::string& script) { return shell_.Out(Begin(GetParam()) + script); }
  Outcome Run(const std::string& script) { return shell_.Run(Begin(GetParam()) + script); }
  bool server() const { return GetParam().begin[0] != '\0'; }

 private:
  Shell shell_;
};
INSTANTIATE_TEST_SUITE_P(All, PlacesE2eTest, testing::Values(kDirectory, kServe, kRedis),
                         [](const auto& is) { return is.param.name; });

// Three entries, of two milliseconds.
constexpr char kThree[] =
    "evlog append s --id 5-1 type=a n=1 && evlog append s --id 5-2 type=b n=2 &&\n"
    "evlog append s --id 7-1 type=a n=3 'text=a b' || exit 1\n";

TEST_P(PlacesE2eTest, ReadsByAnyPosition) {
  EXPECT_EQ(Out(std::string(kThree) +
                "evlog read s\n"
                "for f in '--from 5-2' '--from 6' '--until 5' '--until 5-1' '--from -2' '-n 1' \\\n"
                "  '--reverse -n 2' '--reverse --from 5-2 --until 6' '--where n=2' '--type a' \\\n"
                "  '--grep [13]' '--from begin --until end' '--from end' '--from @-1m' \\\n"
                "  '--until @1970-01-01T00:00:00.007Z' '--from -2 -n 1'; do\n"
                "  echo \"$f: $(evlog read s $f --format '{id}' | xargs)\"; done"),
            "5-1\n5-2\n7-1\n"
            "5-1  -  type=a n=1\n5-2  -  type=b n=2\n7-1  -  type=a n=3 text=\"a b\"\n"
            "--from 5-2: 5-2 7-1\n"
            "--from 6: 7-1\n"
            "--until 5: 5-1 5-2\n"
            "--until 5-1: 5-1\n"
            "--from -2: 5-2 7-1\n"
            "-n 1: 5-1\n"
            "--reverse -n 2: 7-1 5-2\n"
            "--reverse --from 5-2 --until 6: 5-2\n"
            "--where n=2: 5-2\n"
            "--type a: 5-1 7-1\n"
            "--grep [13]: 5-1 7-1\n"
            "--from begin --until end: 5-1 5-2 7-1\n"
            "--from end: \n"
            "--from @-1m: \n"
            "--until @1970-01-01T00:00:00.007Z: 5-1 5-2\n"
            "--from -2 -n 1: 5-2\n");
}

TEST_P(PlacesE2eTest, JsonIsTheSameButForPlaces) {
  const std::string place =
      server() ? "\"offset\":null,\"partition\":null" : "\"offset\":0,\"partition\":0";
  EXPECT_EQ(Out("evlog append s --id 5-1 $'a=\\xff' --format json; evlog read s --format json\n"
                "evlog read s --format '{id}|{offset}|{field:a}' | head -c 4"),
            "{\"entries\":1,\"first_id\":\"5-1\",\"last_id\":\"5-1\"," +
                (server() ? std::string("\"partition\":null,\"offset\":null")
                          : "\"partition\":0,\"offset\":0") +
                ",\"duplicates\":0}\n{\"id\":\"5-1\"," + place +
                ",\"key\":null,\"fields\":[[\"a\",{\"base64\":\"/w==\"}]]}\n5-1|");
}

TEST_P(PlacesE2eTest, LinesComeBackAsTheyWere) {
  EXPECT_EQ(Out("seq 1 20000 | evlog append n --lines --format json |\n"
                "  sed 's/.*\"entries\":\\([0-9]*\\),.*/\\1/'\n"
                "evlog read n --format raw | cmp - <(seq 1 20000) && echo whole\n"
                "evlog read n --reverse --format raw | cmp - <(seq 20000 -1 1) && echo backwards\n"
                "evlog read n --from -3000 --format raw | cmp - <(seq 17001 20000) && echo last\n"
                "printf 'a\\nb' | evlog append n --lines --print-ids | wc -l"),
            "20000\nwhole\nbackwards\nlast\n2\n");
}

TEST_P(PlacesE2eTest, TailFollows) {
  // A directory has one owner at a time; each append is one.
  EXPECT_EQ(Out(std::string(kThree) +
                "evlog tail s -n 2 --no-follow --format '{id}' | xargs\n"
                "evlog tail s --from end -n 2 --format raw >came & tail=$!\n"
                "while kill -0 $tail 2>/dev/null; do evlog append s n=x >>ids; done\n"
                "wait $tail && cat came\n"
                "evlog tail s --from end --timeout 50ms; echo $?\n"
                "evlog tail s --from begin --until 5-2 --format '{id}' | xargs"),
            "5-1\n5-2\n7-1\n5-2 7-1\nx\nx\n5\n5-1 5-2\n");
}

TEST_P(PlacesE2eTest, ListsAndDescribesStreams) {
  EXPECT_EQ(
      Out(std::string(kThree) +
          "evlog append other --id 9-9 a=1 && evlog create empty\n"
          "list() { evlog streams --format json \"$@\" |\n"
          "  sed -E 's/\"stream\":(\"[a-z]*\").*\"entries\":([0-9]*),\"last_id\":([^,]*),.*/\\1"
          " \\2 \\3/'; }\n"
          "list; list 'o*'; list --after other; list -n 1\n"
          "evlog info s --format json | grep -o '\"first_id\":\"[^\"]*\"'\n"
          "evlog info s | grep -E '^(stream|entries|last id|expires)'\n"),
      "5-1\n5-2\n7-1\n9-9\n"
      "{\"empty\" 0 null\n{\"other\" 1 \"9-9\"\n{\"s\" 3 \"7-1\"\n"
      "{\"other\" 1 \"9-9\"\n{\"s\" 3 \"7-1\"\n{\"empty\" 0 null\n"
      "\"first_id\":\"5-1\"\n"
      "stream      s\nexpires     never\nentries     3\n"
      "last id     7-1  1970-01-01T00:00:00.007Z\n");
}

TEST_P(PlacesE2eTest, RemovesAndRenames) {
  EXPECT_EQ(
      Out(std::string(kThree) +
          "first() { sed 's/, .*//'; }\n"
          "evlog copy s c && evlog trim c --max-entries 2 --dry-run | first\n"
          "evlog trim c --max-entries 2 --yes | first; evlog trim c --min-id 6 --yes | first\n"
          "evlog delete s 5-2 6-6 --dry-run; evlog delete s 5-2 6-6 --yes\n"
          "evlog rename c d && evlog read d --format '{id}'; evlog read s --format '{id}'\n"
          "evlog rename d s --replace --yes | first; evlog read s --format '{id}'\n"
          "evlog drop s --yes | first; evlog streams --format json | wc -l"),
      "5-1\n5-2\n7-1\nwould trim 1 entry\ntrimmed 1 entry\ntrimmed 1 entry\n"
      "would delete 1 entry\ndeleted 1 entry\n7-1\n5-1\n7-1\ndropped 2 entries\n7-1\n"
      "dropped 1 entry\n0\n");
}

TEST_P(PlacesE2eTest, ErrorsEndWithTheirCodes) {
  struct Row {
    const char* command;
    int code;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"evlog read missing", 3, "evlog: read: "},
      {"evlog tail missing", 3, "missing"},
      {"evlog info missing", 3, "missing"},
      {"evlog delete missing 1-1 --yes", 3, "missing"},
      {"evlog rename missing m", 3, "missing"},
      {"evlog groups create missing g --from begin", 3,
       "evlog: groups create: there is no stream \"missing\"; --create-stream makes it\n"},
      {"evlog groups create missing g --from 5-1", 3, "there is no stream \"missing\"; --create-"},
      {"evlog pending s missing", 3, "missing"},
      {"evlog append s --id 5-1 a=1", 4, "evlog: append: "},
      {"evlog create s", 4, "CONFLICT: stream \"s\" exists already"},
      {"evlog copy s other", 4, "CONFLICT: stream \"other\" exists already"},
      {"evlog rename s other", 4, "CONFLICT: stream \"other\" exists already"},
      {"evlog groups create s g --from begin", 4, "exists already"},
      {"evlog read s --from nonsense", 2, "nonsense"},
      {"evlog copy s s", 2, "stream \"s\" cannot be copied to itself"},
      {"evlog copy s s --to-db 0 --replace --yes", 2, "stream \"s\" cannot be copied to itself"},
      {"evlog rename s s", 2, "stream \"s\" cannot be renamed to itself"},
      {"evlog rename s s --replace --yes", 2, "stream \"s\" cannot be renamed to itself"},
      {"evlog streams --db 20", 2, "database"},
      {"evlog streams --db -1", 2, "database"},
      {"evlog copy s t --to-db 20", 2, "database"},
  };
  std::string script = kThree;
  script += "evlog create other && evlog groups create s g --from begin\n";
  for (const Row& row : kRows) {
    Shell shell;
    const Outcome outcome = shell.Run(Begin(GetParam()) + script + "exec >out\n" + row.command);
    EXPECT_EQ(outcome.code, row.code) << row.command << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.command;
  }
}

// Members of `groups list --format json`, in a line.
constexpr char kGroups[] =
    "groups() { evlog groups list --format json | sed -E 's/.*\"group\":\"([a-z]*)\".*"
    "\"entries_read\":([0-9]*),\"last_delivered_id\":([^,]*),\"lag\":([0-9]*),\"lag_age_ms\":[^,]*,"
    "\"pending\":([0-9]*),.*/\\1 \\2 \\3 \\4 \\5/'; }\n"
    "pend() { evlog pending s g --format json \"$@\" | sed -E "
    "'s/.*\"id\":\"([^\"]*)\",\"consumer\":"
    "([^,]*),.*\"deliveries\":([0-9]*),.*/\\1 \\2 \\3/'; }\n";

TEST_P(PlacesE2eTest, GroupsDeliverAndSettle) {
  EXPECT_EQ(Out(std::string(kThree) + kGroups +
                "evlog groups create s g --from begin && groups\n"
                "evlog tail s --group g --consumer w -n 2 --format json --no-follow |\n"
                "  grep -o '\"id\":\"[^\"]*\"\\|\"deliveries\":1'\n"
                "groups; pend; pend --consumer other; pend --from 5-2 -n 1\n"
                "evlog claim s g v 5-2 --format '{id} {field:n}'; pend\n"
                "evlog claim s g v --min-idle 0 --just-id -n 9 | xargs\n"
                "evlog ack s g 5-1 9-9; evlog ack s g 5-2 --format json\n"
                "evlog tail s --group g --consumer w --ack --no-follow --format '{id}'; groups\n"
                "evlog groups seek s g 5-2; evlog tail s --group g --consumer w --no-follow \\\n"
                "  --format '{id}'\n"
                "evlog groups add-consumer s g x\n"
                "evlog groups describe s g | awk '/^(group|stream|pending|w|x) /{print $1, $2}'\n"
                "evlog groups remove-consumer s g w --forget\n"
                "evlog groups delete s g --yes; groups"),
            "5-1\n5-2\n7-1\n"
            "g 0 null 3 0\n"
            "\"id\":\"5-1\"\n\"deliveries\":1\n\"id\":\"5-2\"\n\"deliveries\":1\n"
            "g 2 \"5-2\" 1 2\n5-1 \"w\" 1\n5-2 \"w\" 1\n5-2 \"w\" 1\n"
            "5-2 2\n5-1 \"w\" 1\n5-2 \"v\" 2\n"
            "5-1 5-2\n"
            "acknowledged 1 entry\n{\"stream\":\"s\",\"group\":\"g\",\"entries\":1}\n"
            "7-1\ng 3 \"7-1\" 0 0\n"
            "5-2\n7-1\n"
            "group g\nstream s\npending 2\nw 2\nx 0\n"
            "forgot 2 entries\n"
            "deleted group \"g\" of stream \"s\": 0 pending, 0 not delivered\n");
}

TEST_P(PlacesE2eTest, LagIsChecked) {
  EXPECT_EQ(Out(std::string(kThree) +
                "evlog groups create s g --from begin\n"
                "evlog check lag s g --warn 5 >o; echo $?; evlog check lag s --warn 2 >o; echo $?\n"
                "evlog check lag s g --crit 2 >o; echo $?\n"
                "evlog groups seek s g end; evlog check lag s g --warn 0 >o; echo $?\n"
                // Redis does not know how much is to come behind such an id.
                "evlog groups seek s g 5-2; evlog delete s 5-2 --yes >o\n"
                "evlog check lag s g --crit 5 | grep -o 'lag.=[0-9]*'"),
            "5-1\n5-2\n7-1\n0\n1\n2\n0\nlag'=1\n");
}

TEST_P(PlacesE2eTest, DatabasesAreApart) {
  EXPECT_EQ(Out("evlog append s --id 1-1 a=1 --db 3; evlog streams --format json | wc -l\n"
                "evlog read s --db 3; evlog copy s s --db 3 --to-db 4; evlog read s --db 4\n"
                "case $EVLOG_AT in redis:*) evlog read s --at $EVLOG_AT/4;; \n"
                "*) evlog read s --db 4;; esac"),
            "1-1\n0\n1-1  -  a=1\n1-1  -  a=1\n1-1  -  a=1\n");
}

TEST_P(PlacesE2eTest, ReplaysElsewhere) {
  EXPECT_EQ(
      Out(std::string(kThree) +
          "evlog replay s --to copy --where type=a && evlog read copy --format raw\n"
          "evlog replay s --exec 'cat >&2' --format raw 2>&1 --checkpoint c\n"
          "evlog append s --id 8-1 n=4 && evlog replay s --exec 'cat >&2' --format raw \\\n"
          "  --checkpoint c 2>&1\n"
          "evlog replay s --to local --to-at elsewhere && evlog read local --at elsewhere \\\n"
          "  --format raw | wc -l"),
      "5-1\n5-2\n7-1\na\t1\na\t3\ta b\na\t1\nb\t2\na\t3\ta b\n8-1\n4\n4\n");
}

// All that a directory and `evlog serve` know of settings, and Redis does not.
constexpr char kSettings[] =
    "evlog create s --durability sync --partitions 2 --max-age 30d --max-bytes 1MB \\\n"
    "  --expires-at 2100-01-01T00:00:00Z --idempotence-window 5s --idempotence-ids 7 \\\n"
    "  --keep-unacked 5kB; evlog info s; evlog info s --format json\n"
    "evlog create s --partitions 3\n"
    "evlog alter s --durability os --max-age none --expires-at never; evlog info s --format json\n"
    "evlog create u --durability os\n"
    "for i in 1 2 3 4; do evlog append u --id $i-1 n=$i; done\n"
    "evlog alter u --max-entries 3 --min-id 2 --dry-run\n"
    "evlog alter u --max-entries 3 --min-id 3 --yes; evlog read u; evlog info u\n"
    "evlog alter u --max-entries none --min-id none; evlog alter missing --durability os\n"
    "evlog alter u --max-bytes 0 --dry-run; evlog trim u --max-bytes 0 --yes --format json\n"
    "evlog streams --format json; evlog streams\n"
    "evlog groups create u g --from begin --durability sync --order ordered --poison block \\\n"
    "  --ack-wait 90s --max-deliveries 5 --dead-letters dead --max-in-flight 10\n"
    "evlog groups create u h --from begin --durability os --backoff 1s,5s\n"
    "evlog groups describe u g; evlog groups describe u g --format json\n"
    "evlog groups alter u g --ack-wait 5m --no-dead-letters --max-in-flight none\n"
    "evlog groups pause u g; evlog groups describe u g --format json; evlog groups list u\n"
    "evlog groups resume u g; evlog groups describe u g --format json; evlog groups describe u h\n"
    "evlog groups alter u h --no-redeliver; evlog groups alter u h --ack-wait 5m\n"
    "evlog groups alter u h --ack-wait 5m --redeliver; evlog groups describe u h\n"
    "evlog groups create none g --from end --ack-wait 1s\n"
    "evlog groups alter u none --ack-wait 1s; evlog rename u w; evlog drop w --yes\n";

TEST(SettingsE2eTest, AreTheSameInADirectoryAndOnAServer) {
  Shell directory, server;
  const Outcome here = directory.Run(Begin(kDirectory) + kSettings);
  const Outcome there = server.Run(Begin(kServe) + kSettings);
  EXPECT_EQ(here.out, there.out);
  EXPECT_EQ(here.err, there.err);
  EXPECT_EQ(here.code, there.code);
  EXPECT_THAT(here.out, HasSubstr("\"ack_wait_ms\":90000,"));
  EXPECT_THAT(here.out, HasSubstr("\"paused\":true,"));
  EXPECT_THAT(here.out, HasSubstr("\"ack_wait_ms\":300000,"));
  EXPECT_THAT(here.out, HasSubstr("would trim 2 entries"));
  EXPECT_THAT(here.err, HasSubstr("evlog: groups alter: --ack-wait 5m: the group delivers nothing "
                                  "again by itself; give --redeliver as well\n"));
}

}  // namespace
}  // namespace evlog::cli
