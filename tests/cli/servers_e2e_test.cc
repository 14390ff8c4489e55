// The verbs on servers: what only servers have, what they have not, and what happens when they go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/places.h"
#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ServersE2eTest : public testing::TestWithParam<Place> {
 protected:
  std::string Out(const std::string& script) { return shell_.Out(Begin(GetParam()) + script); }
  Outcome Run(const std::string& script) { return shell_.Run(Begin(GetParam()) + script); }

 private:
  Shell shell_;
};
INSTANTIATE_TEST_SUITE_P(All, ServersE2eTest, testing::Values(kServe, kRedis),
                         [](const auto& is) { return is.param.name; });

// `soon CONDITION`: until it holds.
constexpr char kSoon[] = "soon() { until eval \"$1\"; do :; done; }\n";

TEST_P(ServersE2eTest, MessagesReachWhoSubscribes) {
  EXPECT_EQ(Out(std::string(kSoon) +
                "subscribed() { [ \"$(redis-cli -p $port $1)\" = \"$2\" ]; }\n"
                "evlog sub news other -n 3 >one & one=$!\n"
                "evlog sub 'n*s' --pattern -n 1 --format json >two & two=$!\n"
                "soon 'subscribed \"pubsub numsub news\" \"news\n1\"'\n"
                "soon 'subscribed \"pubsub numpat\" 1'\n"
                "evlog pub news 'hello there'; evlog pub other $'a\\nb' --format json\n"
                "wait $two; soon 'subscribed \"pubsub numpat\" 0'\n"
                "printf 'x\\n' | evlog pub news --lines; wait $one\n"
                "cat one two\n"
                "evlog sub news --timeout 20ms; echo $?\n"
                "evlog sub news --format raw -0 -n 2 | od -An -c >three & sub=$!\n"
                "soon 'subscribed \"pubsub numsub news\" \"news\n1\"'\n"
                "printf 'v\\nw\\n' >lines; evlog pub news --lines lines; wait $sub; cat three"),
            "2\n{\"messages\":1,\"receivers\":1}\n1\n"
            "news  \"hello there\"\nother  \"a\\nb\"\nnews  x\n"
            "{\"channel\":\"news\",\"pattern\":\"n*s\",\"message\":\"hello there\"}\n"
            "5\n2\n   v  \\0   w  \\0\n");
}

TEST_P(ServersE2eTest, ReplaysIntoAStreamAndAChannel) {
  EXPECT_EQ(
      Out(std::string(kSoon) +
          "seq 1 3000 | evlog append n --lines --at here &&\n"
          "evlog replay n --at here --to redis://127.0.0.1:$port/copy --checkpoint c &&\n"
          "evlog read copy --format raw | cmp - <(seq 1 3000) && echo whole\n"
          "seq 3001 3010 | evlog append n --lines --at here &&\n"
          "evlog replay n --at here --to copy --to-at $EVLOG_AT --checkpoint c --verbose 2>&1 |\n"
          "  grep -o '^[0-9]* entries'\n"
          "evlog read copy --format raw | cmp - <(seq 1 3010) && echo resumed\n"
          "evlog sub chan -n 2 --format raw >came & sub=$!\n"
          "soon '[ \"$(redis-cli -p $port pubsub numsub chan)\" = \"chan\n1\" ]'\n"
          "evlog replay copy --from -2 --to channel:chan --format '{field:line}!'\n"
          "wait $sub; cat came"),
      "whole\n10 entries\nresumed\n3009!\n3010!\n");
  const Outcome other =
      Run("seq 1 3 | evlog append n --lines --at here; seq 1 3 | evlog append m --lines --at here\n"
          "evlog replay n --at here --to redis://127.0.0.1:$port/x --checkpoint c\n"
          "evlog replay m --at here --to redis://127.0.0.1:$port/x --checkpoint c");
  EXPECT_EQ(other.code, 4);
  EXPECT_THAT(other.err, HasSubstr("CONFLICT: checkpoint c is of a replay from stream"));
}

TEST_P(ServersE2eTest, WhatItCannotDoIsRefusedByName) {
  const Outcome outcome =
      Run("exec 2>&1\n"
          "for line in 'verify' 'delayed list' 'delayed cancel 1-1' 'dlq list s g' \\\n"
          "  'append s a=1 --batch 2' \\\n"
          "  'append s --lines --expect none' 'info' 'append s a=1 --partitions 2' \\\n"
          "  'append s a=1 --producer p --sequence 1'; do\n"
          "  evlog $line; echo $?; done; evlog append s --id 1-1 a=1\n"
          "for line in 'read zz*' 'read s --from o:1' 'read s --partition 0' 'replay s --to s' \\\n"
          "  'groups create s g --from o:1'; do evlog $line; echo $?; done");
  EXPECT_EQ(
      outcome.out,
      "evlog: verify: --at redis://...: this verb is for directories only\n2\n"
      "evlog: delayed list: --at redis://...: this verb is for directories only; send an evlog "
      "server EVLOG DELAYED LIST, by redis-cli for instance\n2\n"
      "evlog: delayed cancel: --at redis://...: this verb is for directories only; send an evlog "
      "server EVLOG DELAYED CANCEL ticket, by redis-cli for instance\n2\n"
      "evlog: dlq list: --at redis://...: this verb is for directories only\n2\n"
      "evlog: append: --batch: not with --at redis://...: each entry is appended by itself\n2\n"
      "evlog: append: --expect: a server appends each entry by itself; give one entry\n2\n"
      "evlog: info: --at redis://...: give STREAM; only a directory is described whole\n2\n"
      "evlog: append: --partitions: not with --at redis://...: make the stream before: evlog "
      "create\n2\n"
      "evlog: append: --producer: not with --at redis://...: repeats are known in a directory "
      "only\n2\n"
      "1-1\n" +
          [&] {
            const size_t port = outcome.out.find("127.0.0.1:");
            const std::string at =
                port == std::string::npos
                    ? "?"
                    : outcome.out.substr(port, outcome.out.find(' ', port) - port);
            return "evlog: read: a pattern of names: " + at +
                   " has no order over several streams\n2\n"
                   "evlog: read: o:OFFSET: " +
                   at +
                   " tells no offsets\n2\n"
                   "evlog: read: --partition: " +
                   at +
                   " tells no partitions\n2\n"
                   "evlog: replay: a stream cannot be replayed into itself\n2\n"
                   "evlog: groups create: o:OFFSET: " +
                   at + " tells no offsets\n2\n";
          }());
}

TEST_P(ServersE2eTest, ADatabaseThatIsNotThereIsAWrongArgument) {
  EXPECT_EQ(Out("evlog append s --id 1-1 a=1\n"
                "for line in 'streams --db 20' 'pub c m --db 16' 'top --once --db 20' \\\n"
                "  'copy s t --to-db 20' 'replay s --to t --to-db 20'; do\n"
                "  evlog $line 2>&1 | sed 's/127.0.0.1:[0-9]*/HOST/'; echo ${PIPESTATUS[0]}\n"
                "done"),
            "1-1\n"
            "evlog: streams: --db: HOST has no database 20\n2\n"
            "evlog: pub: --db: HOST has no database 16\n2\n"
            "evlog: top: --db: HOST has no database 20\n2\n"
            "evlog: copy: --to-db: HOST has no database 20\n2\n"
            "evlog: replay: --to-db: HOST has no database 20\n2\n");
}

TEST(ServerBackupE2eTest, RedisMakesNone) {
  Shell shell;
  const Outcome outcome = shell.Run(Begin(kRedis) + "evlog backup");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr(" does not know EVLOG: ERR unknown command"));
}

TEST(EvlogServerE2eTest, AGroupAsRedisHasItIsToldToDeliverAgain) {
  Shell shell;
  EXPECT_EQ(shell.Out(Begin(kServe) +
                      "exec 2>&1; evlog create s && evlog groups create s g --from begin\n"
                      "evlog groups alter s g --ack-wait 5m; echo $?\n"
                      "evlog groups alter s g --ack-wait 5m --redeliver\n"
                      "evlog groups describe s g | grep -E '^(ack wait|delivers)'"),
            "evlog: groups alter: --ack-wait 5m: the group delivers nothing again by itself; give "
            "--redeliver as well\n2\n"
            "ack wait      5m\ndelivers      until it is acknowledged\n");
}

TEST(SettingsE2eTest, RedisHasNone) {
  Shell shell;
  const Outcome outcome = shell.Run(
      Begin(kRedis) +
      "exec 2>&1\n"
      "for line in 'alter s --durability os' 'groups alter s g --ack-wait 1s' \\\n"
      "  'groups pause s g' 'create s --partitions 2' \\\n"
      "  'groups create s g --from begin --ack-wait 1m' 'trim s --max-bytes 1kB --yes'; do\n"
      "  evlog $line; echo $?; done\n"
      "evlog create s && evlog info s --format json | grep -o '\"partitions\":null'");
  const std::string other =
      ": --at redis://...: this verb is for directories and evlog servers, and this is another "
      "server\n2\n";
  EXPECT_EQ(outcome.out,
            "evlog: alter" + other + "evlog: groups alter" + other + "evlog: groups pause" + other +
                "evlog: create: --partitions: not with --at redis://...: Redis has no settings of "
                "streams\n2\n"
                "evlog: groups create: --ack-wait: not with --at redis://...: Redis has no "
                "settings of groups\n2\n"
                "evlog: trim: --max-bytes: not with --at redis://...: Redis trims by entries and "
                "ids\n2\n\"partitions\":null\n");
}

// The servers are started by the tests themselves.
struct Restart {
  const char* name;
  const char* start;  // with $1: a port, or 0
};
constexpr char kRedisAt[] =
    "ln -sf /usr/bin/redis-check-rdb redis-server\n"
    "start() {\n"
    "  [ $1 = 0 ] && { redis --appendonly yes --appendfsync always; return; }\n"
    "  ./redis-server --port $1 --bind 127.0.0.1 --save '' --dir . --appendonly yes >redis.log &\n"
    "  server=$!\n"
    "}\n";
constexpr char kServeAt[] = "start() { serve_at $1 served; }\n";

class RestartE2eTest : public testing::TestWithParam<Restart> {
 protected:
  Outcome Run(const std::string& script) {
    return shell_.Run(
        std::string(kServers) + kSoon + GetParam().start +
        "again() { kill -9 $server; wait $server 2>/dev/null; start $port 2>/dev/null; }\n"
        "start 0; export EVLOG_AT=redis://127.0.0.1:$port\n" +
        script);
  }

 private:
  Shell shell_;
};
INSTANTIATE_TEST_SUITE_P(All, RestartE2eTest,
                         testing::Values(Restart{"Serve", kServeAt}, Restart{"Redis", kRedisAt}),
                         [](const auto& is) { return is.param.name; });

TEST_P(RestartE2eTest, TailGoesOnAfterTheLastItPrinted) {
  const Outcome outcome =
      Run("evlog append s --id 1-1 n=1 >ids\n"
          "evlog tail s --from begin -n 3 --format raw >came 2>said & tail=$!\n"
          "soon '[ \"$(cat came)\" = 1 ]'\n"
          "again; soon 'evlog append s --id 1-2 n=2 >ids 2>/dev/null'; again\n"
          "soon 'evlog append s --id 1-3 n=3 >ids 2>/dev/null'\n"
          "wait $tail; echo $?; cat came; sed 's/127.0.0.1:[0-9]*/HOST/g' said");
  EXPECT_THAT(outcome.out, testing::StartsWith("0\n1\n2\n3\nevlog: tail: HOST: "));
  EXPECT_THAT(outcome.out, HasSubstr("evlog: tail: HOST: connected again, going on after 1-1\n"));
}

TEST_P(RestartE2eTest, AConsumerOfAGroupMissesNothing) {
  const Outcome outcome =
      Run("seq 1 5 | evlog append s --lines && evlog groups create s g --from begin &&\n"
          "evlog tail s --group g --consumer w --ack -n 8 --format raw >came 2>said & tail=$!\n"
          "soon '[ \"$(wc -l <came)\" = 5 ]'\n"
          "again; soon 'seq 6 8 | evlog append s --lines 2>/dev/null'\n"
          "wait $tail; echo $?; cat came | xargs; evlog pending s g --format json | wc -l\n"
          "grep -c 'connected again' said");
  EXPECT_EQ(outcome.out, "0\n1 2 3 4 5 6 7 8\n0\n1\n") << outcome.err;
}

TEST_P(RestartE2eTest, WhoSubscribesIsSubscribedAgain) {
  const Outcome outcome =
      Run("evlog sub c -n 1 >came 2>said & sub=$!\n"
          "there() { [ \"$(redis-cli -p $port pubsub numsub c 2>/dev/null)\" = \"c\n1\" ]; }\n"
          "soon there; again; soon there; evlog pub c hi; wait $sub; cat came\n"
          "grep -c 'connected again, going on with what comes now' said");
  EXPECT_EQ(outcome.out, "1\nc  hi\n1\n") << outcome.err;
}

TEST_P(RestartE2eTest, OneShotVerbsDoNotWait) {
  const Outcome outcome =
      Run("evlog append s a=1 >ids; kill -9 $server; wait $server 2>/dev/null\n"
          "for line in 'read s' 'append s a=1' 'streams' 'tail s' 'pub c m'; do\n"
          "  evlog $line 2>&1 | sed 's/127.0.0.1:[0-9]*/HOST/g'; echo ${PIPESTATUS[0]}; done");
  EXPECT_EQ(outcome.out,
            "evlog: read: HOST: Connection refused\n1\n"
            "evlog: append: HOST: Connection refused\n1\n"
            "evlog: streams: HOST: Connection refused\n1\n"
            "evlog: tail: HOST: Connection refused\n1\n"
            "evlog: pub: HOST: Connection refused\n1\n");
}

TEST(ServerLoginE2eTest, ThePasswordIsShownToTheServerAndToNobodyElse) {
  for (const char* start :
       {"serve served --requirepass 's:e/c@ret'", "redis --requirepass 's:e/c@ret'"}) {
    Shell shell;
    const Outcome outcome = shell.Run(
        std::string(kServers) + start +
        "\nat=127.0.0.1:$port\n"
        "evlog append s --id 1-1 a=1 --at redis://:s%3ae%2fc%40ret@$at\n"
        "evlog append s --id 1-2 a=1 --at redis://default:s%3ae%2fc%40ret@$at/0\n"
        "evlog read s --at redis://:wrong@$at; echo $?; evlog read s --at redis://$at; echo $?\n"
        "evlog read nothing --at redis://:s%3ae%2fc%40ret@$at; echo $?");
    EXPECT_EQ(outcome.out, "1-1\n1-2\n1\n1\n3\n") << start << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("NOAUTH"));
    EXPECT_THAT(outcome.err, Not(HasSubstr("ret")));
    EXPECT_THAT(outcome.err, Not(HasSubstr("wrong@")));
  }
}

TEST(ServerNackE2eTest, WhatWasGivenBackComesAgain) {
  Shell shell;
  EXPECT_EQ(shell.Out(Begin(kServe) +
                      "evlog append s --id 5-1 n=1 && evlog groups create s g --from begin\n"
                      "evlog tail s --group g --consumer w --no-follow --format raw\n"
                      "evlog nack s g 5-1; evlog pending s g --format json\n"
                      "evlog claim s g v 5-1 --format raw\n"
                      "evlog ack s g 5-1 --delete; evlog read s | wc -l"),
            "5-1\n1\ngave back 1 entry\n"
            "{\"id\":\"5-1\",\"consumer\":null,\"idle_ms\":null,\"deliveries\":1,\"due_at\":null}\n"
            "1\nacknowledged and deleted 1 entry\n0\n");
  const Outcome redis =
      shell.Run(Begin(kRedis) +
                "evlog append s --id 5-1 n=1 && evlog groups create s g --from end\n"
                "evlog nack s g 5-1");
  EXPECT_EQ(redis.code, 1);
  EXPECT_THAT(redis.err, HasSubstr(" does not know XNACK: ERR unknown command"));
}

TEST(EvlogServerE2eTest, AppendsTakeWhatOnlyItHas) {
  Shell shell;
  EXPECT_EQ(
      shell.Out(std::string(kServers) +
                "serve served --partitions 4; export EVLOG_AT=redis://127.0.0.1:$port\n"
                "evlog append s k=a n=1 --key k --durability sync --expect none | wc -l\n"
                "printf 'a\\nb\\na\\n' | evlog append s --lines --key line --durability os\n"
                "evlog append s k=a n=2 --expect none 2>err; echo $?; grep -c CONFLICT err\n"
                "evlog append s k=a n=2 --expect o:9 --key k 2>err; echo $?\n"
                "evlog append later n=1 --delay 1h | grep -c '^[0-9]*-[0-9]*$'\n"
                "evlog append later n=1 --deliver-at @2026-01-01T00:00:00Z --format json |\n"
                "  grep -o '\"due\":.*'\n"
                "kill $server; wait $server\n"
                "evlog read s --format '{key} {fields}' --at served\n"
                "evlog read s --format '{partition}' --where line=a --at served | sort -u | wc -l\n"
                "evlog delayed list later --at served --format json | wc -l"),
      "1\n4\n1\n4\n1\n\"due\":\"2026-01-01T00:00:00.000Z\"}\n"
      "a k=a n=1\na line=a\nb line=b\na line=a\n1\n1\n");
  for (const char* line : {"append s a=1 --key a", "append s --lines --key line",
                           "append s a=1 "
                           "--expect none",
                           "append s a=1 --durability os", "append s a=1 --delay 1h"}) {
    const Outcome outcome =
        shell.Run(Begin(kRedis) + "printf 'x\\n' | evlog " + line + " && exit 99; evlog read s");
    EXPECT_EQ(outcome.code, 3) << line << outcome.err;  // nothing came to be
    EXPECT_THAT(outcome.err, HasSubstr(" is no evlog server: keys, --durability, --expect and"));
  }
}

TEST(RoutesE2eTest, ADirectoryAndItsServerHaveTheSame) {
  Shell shell;
  const Outcome outcome = shell.Run(
      std::string(kServers) +
      "exec 2>&1\n"
      "evlog route add 'a.*' a --at served; evlog route list --format json --at served\n"
      "serve served; export EVLOG_AT=redis://127.0.0.1:$port\n"
      "evlog route add 'e.*' e --fields json --key field:id --no-live\n"
      "evlog route list --format json; evlog route list\n"
      "evlog pub e.7 '{\"id\":\"7\",\"n\":1}'; evlog pub a.1 text\n"
      "evlog read e --format '{fields}'; evlog read a --format '{fields}'\n"
      "evlog route remove 'e.*' e; evlog route remove 'e.*' e; echo $?\n"
      "evlog pub e.7 x; evlog read e --format '{fields}'\n"
      "kill $server; wait $server; evlog route list --format json --at served\n"
      "evlog route remove 'a.*' a --at served; evlog route list --at served --format json\n"
      "evlog route add x s --fields all; evlog route add x s --key field:; echo $?\n"
      "redis; evlog route list --at redis://127.0.0.1:$port 2>&1 | grep -c 'does not know EVLOG'");
  const std::string a =
      "{\"pattern\":\"a.*\",\"stream\":\"a\",\"fields\":\"message\",\"key\":\"channel\","
      "\"key_field\":null,\"live\":true}\n";
  EXPECT_EQ(outcome.out,
            a + a +
                "{\"pattern\":\"e.*\",\"stream\":\"e\",\"fields\":\"json\",\"key\":\"field\","
                "\"key_field\":\"id\",\"live\":false}\n"
                "PATTERN  STREAM  FIELDS   KEY       LIVE\n"
                "a.*      a       message  channel   yes\n"
                "e.*      e       json     field:id  no\n"
                "1\n1\nid=7 n=1\nchannel=a.1 payload=text\n"
                "evlog: route remove: there is no route from \"e.*\" to \"e\"\n3\n"
                "0\nid=7 n=1\n" +
                a +
                "evlog: route add: --fields \"all\": message, payload or json\n"
                "evlog: route add: --key \"field:\": channel, none or field:NAME\n2\n1\n");
}

TEST(ChannelsE2eTest, ADirectoryHasNone) {
  Shell shell;
  for (const char* line : {"pub c m", "sub c", "sub c --at somewhere"}) {
    const Outcome outcome = shell.Run(std::string("evlog ") + line);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("channels are in the memory of a server: give --at redis:"));
  }
  shell.Out("evlog create s");
  const Outcome outcome = shell.Run("evlog replay s --to channel:c");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("channels are in the memory of a server"));
}

}  // namespace
}  // namespace evlog::cli
