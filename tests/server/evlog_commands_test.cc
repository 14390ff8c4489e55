// What Redis has no word for: EVLOG commands, and options of XADD.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>

#include "tests/server/server_fixture.h"
#include "tests/support/owned_entry.h"

namespace evlog::server {
namespace {

using ::testing::StartsWith;

class EvlogCommandsTest : public ServerTest {};

TEST_F(EvlogCommandsTest, AStreamOfSeveralPartitionsLooksLikeOne) {
  Play(R"(
    a> EVLOG CREATE orders partitions 4 Durability os max-entries 1000 max-age 60000
    a: +OK
    a> EVLOG CREATE orders
    a: -BUSYKEY Target key name already exists.
    a> XADD orders KEY ann * n 1
    a: ...
    a> XADD orders KEY bob * n 2
    a: ...
    a> XADD orders KEY ann * n 3
    a: ...
    a> XLEN orders
    a: 3
    a> EVLOG ALTER orders max-entries none max-bytes 5000 exact yes
    a: +OK
  )");
  RespClient client = Connect();
  const std::string is = client.Ask({"EVLOG", "DESCRIBE", "orders"});
  using ::testing::HasSubstr;
  EXPECT_THAT(is, HasSubstr(R"("name" "orders" "partitions" "4" "durability" "os" )"
                            R"("max-entries" "none" "max-bytes" "5000" "max-age" "60000" )"
                            R"("min-id" "none" "exact" "yes" "keep-unacknowledged-bytes" "0" )"
                            R"("expires-at" "none" "idempotence-window" "100000" )"
                            R"("idempotence-ids" "100" "entries" 3)"));
  ASSERT_OK_AND_ASSIGN(const StreamInfo info, log_->DescribeStream("orders"));
  EXPECT_EQ(info.partitions.size(), 4u);
  EXPECT_EQ(info.options.retention.max_bytes, 5000u);
}

TEST_F(EvlogCommandsTest, SettingsThatAreWrongAreNamed) {
  Play(R"(
    a> EVLOG CREATE s partitions 0
    a: -ERR...
    a> EVLOG CREATE s frob 1
    a: -ERR there is no setting 'frob'
    a> EVLOG CREATE s durability
    a: -ERR setting 'durability' has no value
    a> EVLOG CREATE s durability never
    a: -ERR setting 'durability': expected async, os or sync
    a> EXISTS s
    a: 0
    a> EVLOG ALTER s max-entries 1
    a: -ERR no such key
    a> EVLOG DESCRIBE s
    a: -ERR no such key
    a> EVLOG CREATE s
    a: +OK
    a> EVLOG ALTER s partitions 2
    a: -ERR setting 'partitions' cannot be altered
    a> EVLOG FROB
    a: -ERR unknown subcommand 'FROB'. Try EVLOG HELP.
    a> EVLOG
    a: -ERR wrong number of arguments for 'evlog' command
  )");
}

TEST_F(EvlogCommandsTest, SettingsAreThoseOfTheLibrary) {
  Play(R"(
    a> EVLOG CREATE s min-id 5-1 expires-at 4000000000000 idempotence-window 5000 \
       idempotence-ids 7
    a: +OK
    a> EVLOG ALTER s min-id x
    a: -ERR setting 'min-id': expected an id, or none
    a> EVLOG ALTER s idempotence-ids 10001
    a: -ERR setting 'idempotence-ids': expected 1 to 10000
    a> PEXPIRETIME s
    a: 4000000000000
  )");
  ASSERT_OK_AND_ASSIGN(const StreamInfo info, log_->DescribeStream("s"));
  EXPECT_EQ(info.options.retention.min_id, (EntryId{5, 1}));
  EXPECT_EQ(info.options.idempotence_window, absl::Seconds(5));
  EXPECT_EQ(info.options.idempotence_ids, 7u);
  Play(R"(
    a> EVLOG ALTER s min-id none expires-at none
    a: +OK
    a> TTL s
    a: -1
  )");
}

TEST_F(EvlogCommandsTest, TrimsByAnySetting) {
  Play(R"(
    a> EVLOG TRIM s max-entries 1
    a: -ERR no such key
    a> XADD s 1-1 f v
    a: "1-1"
    a> XADD s 1-2 f v
    a: "1-2"
    a> EVLOG TRIM s exact yes
    a: -ERR EVLOG TRIM: nothing says what to keep
    a> EVLOG TRIM s durability os
    a: -ERR there is no setting 'durability'
    a> EVLOG TRIM s LIMIT x max-entries 1
    a: -ERR value is not an integer or out of range
    a> EVLOG TRIM s DRYRUN max-bytes 0 exact yes
    a: ["entries" 2 "bytes" 10]
    a> XLEN s
    a: 2
    a> EVLOG TRIM s LIMIT 1 KEEPREF max-bytes 0 exact yes
    a: ["entries" 1 "bytes" 10]
    a> XGROUP CREATE s g 0
    a: +OK
    a> EVLOG TRIM s ACKED max-bytes 0 exact yes
    a: ["entries" 0 "bytes" 0]
    a> XLEN s
    a: 1
  )");
}

TEST_F(EvlogCommandsTest, AnAppendMayExpectAVersion) {
  Play(R"(
    a> XADD account EXPECT NONE 1-1 type opened
    a: "1-1"
    a> XADD account EXPECT NONE 1-2 type opened
    a: -CONFLICT ...
    a> XADD account EXPECT OFFSET 1 1-3 type credited
    a: "1-3"
    a> XADD account EXPECT ID 1-1 * type credited
    a: -CONFLICT ...
    a> XADD account EXPECT ID 1-3 2-0 type debited
    a: "2-0"
    a> XLEN account
    a: 3
    a> XADD account EXPECT OFFSET x * f v
    a: -ERR value is not an integer or out of range
    a> XADD account EXPECT SOON * f v
    a: -ERR...
    a> XADD account EXPECT NONE 5-* f v
    a: -ERR EXPECT cannot be used with an ID whose sequence is generated
    a> XADD account EXPECT NONE
    a: -ERR wrong number of arguments for 'xadd' command
    # In one commit, or not at all.
    a> MULTI
    a: +OK
    a> XADD account EXPECT OFFSET 3 3-0 type debited
    a: +QUEUED
    a> XADD other EXPECT NONE 3-0 type credited
    a: +QUEUED
    a> EXEC
    a: ["3-0" "3-0"]
  )");
}

// Each sees those before it, of its pipeline and of its turn; who is refused is not in the way.
TEST_F(EvlogCommandsTest, ExpectationsInAPipeline) {
  Start();
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "n", "0"}), R"("1-1")");
  ASSERT_TRUE(
      client.Send("XADD s EXPECT ID 1-1 1-2 n 1\r\n"
                  "XADD s EXPECT ID 1-1 1-3 n 2\r\n"
                  "XADD s EXPECT OFFSET 2 MAXLEN 2 1-3 n 2\r\n"
                  "XADD s EXPECT OFFSET 2 MAXLEN 1 1-4 n 3\r\n"
                  "XADD s 1-3 n 3\r\n"
                  "XADD s 1-4 n 3\r\n"
                  "XADD s EXPECT NONE * n 4\r\n"
                  "XLEN s\r\n"));
  EXPECT_EQ(client.Read(), R"("1-2")");
  EXPECT_THAT(client.Read(), StartsWith("-CONFLICT "));
  EXPECT_EQ(client.Read(), R"("1-3")");
  EXPECT_THAT(client.Read(), StartsWith("-CONFLICT "));
  EXPECT_THAT(client.Read(), StartsWith("-ERR The ID specified in XADD"));
  EXPECT_EQ(client.Read(), R"("1-4")");
  EXPECT_THAT(client.Read(), StartsWith("-CONFLICT "));
  EXPECT_EQ(client.Read(), "3");
}

TEST_F(EvlogCommandsTest, AnAppendSaysHowDurableItIs) {
  Play(R"(
    a> XADD s DURABILITY async 1-1 f v
    a: "1-1"
    a> XADD s DURABILITY sync 1-2 f v
    a: "1-2"
    a> XADD s DURABILITY never 1-3 f v
    a: -ERR syntax error
    a> XLEN s
    a: 2
  )");
}

// A pipeline is not held up by what its appends ask for: one sync serves many of them.
TEST_F(EvlogCommandsTest, AppendsWithOptionsFollowEachOtherAtOnce) {
  constexpr int64_t kAppends = 1000;
  MetricsRegistry metrics;
  OpenOptions open;
  open.metrics = &metrics;
  ASSERT_OK_AND_ASSIGN(log_, Open(directory_.path(), open));
  Start();
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"XADD", "s", "0-1", "n", "0"}), R"("0-1")");
  const auto syncs = [&metrics] {
    for (const auto& sample : metrics.Samples()) {
      if (sample.name == "evlog_log_syncs_total") return sample.value;
    }
    return int64_t{-1};
  };
  const int64_t before = syncs();
  std::string commands;
  for (int64_t n = 1; n <= kAppends; ++n) {
    const std::string option = n % 2 == 0 ? "KEY k" : fmt::format("EXPECT OFFSET {}", n);
    commands += fmt::format("XADD s DURABILITY sync {} * n {}\r\n", option, n);
  }
  ASSERT_TRUE(client.Send(commands));
  for (int64_t n = 1; n <= kAppends; ++n) EXPECT_THAT(client.Read(), StartsWith("\""));
  EXPECT_GE(syncs(), before + 1);
  EXPECT_LE(syncs(), before + kAppends / 4);
  ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> entries, ReadAll(*log_, {.stream = "s"}));
  ASSERT_EQ(entries.size(), size_t{kAppends + 1});
  for (size_t n = 0; n < entries.size(); ++n) {
    EXPECT_EQ(entries[n].value("n"), std::to_string(n));
  }
  server_.reset();
  log_.reset();
}

TEST_F(EvlogCommandsTest, AnAppendMayBePutOff) {
  StartWound();
  RespClient client = Connect();
  const std::string soon = client.Ask({"XADD", "s", "DELAY", "1000", "*", "n", "1"});
  const std::string later = client.Ask(
      {"XADD", "s", "AT", std::to_string(absl::ToUnixMillis(clock_.Now()) + 5000), "*", "n", "2"});
  EXPECT_EQ(client.Ask({"XLEN", "s"}), "0");
  EXPECT_EQ(client.Ask({"EVLOG", "DELAYED", "LIST"}),
            "[[\"ticket\" " + soon + R"( "stream" "s" "entries" 1 "fields" ["n" "1"]] ["ticket" )" +
                later + R"( "stream" "s" "entries" 1 "fields" ["n" "2"]]])");
  EXPECT_EQ(client.Ask({"EVLOG", "DELAYED", "LIST", "KEY", "other"}), "[]");
  const std::string ticket = later.substr(1, later.size() - 2);
  EXPECT_EQ(client.Ask({"EVLOG", "DELAYED", "CANCEL", ticket}), "1");
  EXPECT_EQ(client.Ask({"EVLOG", "DELAYED", "CANCEL", ticket}), "0");
  EXPECT_THAT(client.Ask({"EVLOG", "DELAYED", "CANCEL", "x"}), ::testing::StartsWith("-ERR"));
  clock_.Advance(absl::Seconds(1));
  ASSERT_OK(log_->Maintain());
  EXPECT_EQ(client.Ask({"XLEN", "s"}), "1");
  EXPECT_THAT(client.Ask({"XADD", "s", "DELAY", "1", "7-7", "f", "v"}),
              ::testing::StartsWith("-ERR DELAY and AT"));
  EXPECT_THAT(client.Ask({"XADD", "s", "DELAY", "1", "AT", "1", "*", "f", "v"}),
              ::testing::StartsWith("-ERR syntax error, DELAY and AT"));
}

TEST_F(EvlogCommandsTest, GroupsHavePolicies) {
  Play(R"(
    a> EVLOG GROUP CREATE s g $ ack-wait 1000
    a: -ERR The XGROUP subcommand requires the key to exist...
    a> EVLOG GROUP CREATE s g 0 MKSTREAM max-deliveries 1 backoff 1,1 dead-letters dead
    a: +OK
    a> EVLOG GROUP CREATE s g 0
    a: -BUSYGROUP Consumer Group name already exists
    a> EVLOG GROUP DESCRIBE s g
    a: ["name" "g" "order" "shared" "poison" "park" "durability" "os" "redelivers" "yes" \
        "ack-wait" "30000" "backoff" "1,1" "max-deliveries" "1" "dead-letters" "dead" \
        "max-in-flight" "0" "max-in-flight-of-consumer" "0" "paused" "no" "entries-read" 0 \
        "last-delivered-id" "0-0" "lag" 0 "lag-age-ms" 0 "pending" 0 "released" 0 "consumers" 0 \
        "leases" []]
    a> XADD s 1-1 f v
    a: "1-1"
    a> EVLOG GROUP ALTER s g paused yes
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: nil[]
    a> EVLOG GROUP ALTER s g PAUSED no ack-wait none
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["1-1" ["f" "v"]]]]]
    # Refused for good: it goes to the dead letters.
    a> XNACK s g FATAL IDS 1 1-1
    a: 1
    a> XLEN dead
    a: 1
    a> EVLOG GROUP ALTER s none paused yes
    a: -NOGROUP No such consumer group 'none' for key name 's'
    a> EVLOG GROUP ALTER s g frob yes
    a: -ERR there is no setting 'frob'
    a> EVLOG GROUP ALTER s g durability async
    a: -ERR...
    a> EVLOG GROUP FROB s g
    a: -ERR EVLOG GROUP: expected CREATE, ALTER or DESCRIBE
  )");
}

TEST_F(EvlogCommandsTest, ARouteMakesMessagesEntries) {
  Play(R"(
    a> EVLOG ROUTE LIST
    a: []
    a> EVLOG ROUTE ADD order-* orders FIELDS json KEY FIELD customer LIVE no
    a: +OK
    a> EVLOG ROUTE LIST
    a: [["pattern" "order-*" "stream" "orders" "fields" "json" "key" "field customer" "live" "no"]]
    a> PUBLISH order-new '{"customer":"ann","cents":5}'
    a: 1
    a> PUBLISH order-new words
    a: -ERR...
    a> XLEN orders
    a: 1
    a> EVLOG ROUTE REMOVE order-* orders
    a: 1
    a> EVLOG ROUTE REMOVE order-* orders
    a: 0
    a> EVLOG ROUTE ADD a b FIELDS frob
    a: -ERR syntax error
    a> EVLOG ROUTE FROB
    a: -ERR EVLOG ROUTE: expected ADD, REMOVE or LIST
  )");
}

TEST_F(EvlogCommandsTest, KeysAndDocumentationAreKnown) {
  Play(R"(
    a> COMMAND GETKEYS EVLOG CREATE s
    a: ["s"]
    a> COMMAND GETKEYS EVLOG GROUP DESCRIBE s g
    a: ["s"]
    a> COMMAND GETKEYS WATCH a b
    a: ["a" "b"]
    a> EVLOG HELP
    a: ...
  )");
}

}  // namespace
}  // namespace evlog::server
