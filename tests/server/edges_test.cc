// What clients meet at the edges: long requests, requests that are none, and the end of things.
#include <gmock/gmock.h>

#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "tests/server/server_fixture.h"
#include "tests/support/status_matchers.h"

namespace evlog::server {
namespace {

using ::testing::HasSubstr;

class EdgesTest : public ServerTest {};

// A value is never a command, however much of its request has come.
TEST_F(EdgesTest, ALongRequestInPieces) {
  Start();
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"XADD", "important", "1-1", "f", "v"}), "\"1-1\"");
  for (const size_t pairs : {600, 2000, 5000}) {
    std::vector<std::string> words = {"XADD", "long", "*"};
    for (size_t i = 0; i < pairs; ++i) words.insert(words.end(), {"f", "FLUSHALL"});
    const std::string request = EncodeCommand(words);
    for (const size_t cut : {request.size() / 3, request.size() - 20}) {
      ASSERT_TRUE(client.Send(request.substr(0, cut)));
      RespClient other = Connect();
      EXPECT_EQ(other.Ask({"PING"}), "+PONG");  // by now the first piece is read
      ASSERT_TRUE(client.Send(request.substr(cut)));
      EXPECT_THAT(client.Read(), HasSubstr("-")) << pairs;
    }
  }
  EXPECT_EQ(client.Ask({"XLEN", "long"}), "6");
  EXPECT_EQ(client.Ask({"XLEN", "important"}), "1");
}

// As a page lets a browser send it to a port of this machine.
TEST_F(EdgesTest, ARequestOfHttpIsCutOff) {
  Start();
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "f", "v"}), "\"1-1\"");
  for (const char* const request : {"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nFLUSHALL\r\n",
                                    "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\nFLUSHALL\r\n"}) {
    RespClient page = Connect();
    ASSERT_TRUE(page.Send(request));
    EXPECT_THAT(page.ReadAll(), Not(HasSubstr("+OK")));
  }
  EXPECT_EQ(client.Ask({"XLEN", "s"}), "1");
}

TEST_F(EdgesTest, WhenNoIdsAreLeft) {
  Play(R"(
    a> XADD s 18446744073709551615-18446744073709551615 f v
    a: "18446744073709551615-18446744073709551615"
    a> XADD s * f v
    a: -ERR The stream has exhausted the last possible ID, unable to add more items
    a> XADD s EXPECT OFFSET 1 * f v
    a: -ERR The stream has exhausted the last possible ID, unable to add more items
  )");
}

TEST_F(EdgesTest, RoutesMakeStreamsAsOtherCommandsDo) {
  ServerOptions options = Options();
  options.stream.retention.max_entries = 5;
  options.stream.retention.exact = true;
  Start(options);
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"EVLOG", "ROUTE", "ADD", "ev.*", "evs"}), "+OK");
  const auto check = [&] {
    const absl::StatusOr<StreamInfo> made = log_->DescribeStream("evs");
    ASSERT_OK(made);
    EXPECT_EQ(made->options.durability, Durability::kOs);
    EXPECT_EQ(made->options.retention.max_entries, 5u);
  };
  check();
  // Also anew.
  EXPECT_EQ(client.Ask({"PUBLISH", "ev.1", "x"}), "1");
  EXPECT_EQ(client.Ask({"DEL", "evs"}), "1");
  EXPECT_EQ(client.Ask({"PUBLISH", "ev.1", "x"}), "1");
  EXPECT_EQ(client.Ask({"XLEN", "evs"}), "1");
  check();
  EXPECT_THAT(client.Ask({"EVLOG", "ROUTE", "ADD", "x", "never", "KEY", "FIELD", ""}),
              HasSubstr("-ERR"));
  EXPECT_EQ(client.Ask({"EXISTS", "never"}), "0");
}

TEST_F(EdgesTest, TrimsExactlyUnlessItIsTold) {
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    a> XADD s 1-2 f v
    a: "1-2"
    a> EVLOG TRIM s DRYRUN max-entries 1 exact no
    a: ["entries" 0 "bytes" 0]
    a> EVLOG TRIM s max-entries 1
    a: ["entries" 1 "bytes" 5]
  )");
}

TEST_F(EdgesTest, ClientListTellsOfMulti) {
  Start();
  RespClient client = Connect(), other = Connect();
  client.Ask({"MULTI"});
  client.Ask({"XLEN", "s"});
  EXPECT_THAT(other.Ask({"CLIENT", "LIST"}),
              HasSubstr(" flags=x db=0 sub=0 psub=0 ssub=0 multi=1"));
  EXPECT_THAT(other.Ask({"CLIENT", "LIST"}), HasSubstr(" cmd=xlen "));
}

TEST_F(EdgesTest, CountsWhatExpired) {
  StartWound();
  RespClient client = Connect();
  for (const char* const name : {"looked at", "swept"}) {
    EXPECT_EQ(client.Ask({"XADD", name, "1-1", "f", "v"}), "\"1-1\"");
    EXPECT_EQ(client.Ask({"PEXPIRE", name, "100"}), "1");
  }
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(client.Ask({"EXISTS", "looked at"}), "0");
  ASSERT_OK(log_->Maintain());
  EXPECT_THAT(client.Ask({"INFO", "stats"}), HasSubstr("expired_keys:2\\r\\n"));
}

// Who says no COUNT takes one, as where each XADD serves the first: those behind it get theirs.
TEST_F(EdgesTest, WhoWaitsWithoutCountLeavesSomethingToOthers) {
  Start();
  RespClient producer = Connect();
  EXPECT_EQ(producer.Ask({"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"}), "+OK");
  std::vector<RespClient> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.push_back(Connect());
    waiting.back().SendCommand(
        {"XREADGROUP", "GROUP", "g", "c" + std::to_string(i), "BLOCK", "0", "STREAMS", "s", ">"});
    Transcript(server_->port()).Play("blocked " + std::to_string(i + 1));
  }
  std::string pipeline;
  for (int i = 1; i <= 7; ++i) {
    pipeline += EncodeCommand({"XADD", "s", "1-" + std::to_string(i), "n", "v"});
  }
  ASSERT_TRUE(producer.Send(pipeline));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(waiting[static_cast<size_t>(i)].Read(),
              "[[\"s\" [[\"1-" + std::to_string(i + 1) + "\" [\"n\" \"v\"]]]]]");
  }
  EXPECT_THAT(waiting[4].Read(), HasSubstr("\"1-5\""));
}

TEST_F(EdgesTest, APauseOfWritesHoldsWhatIsPublished) {
  Play(R"(
    b> SUBSCRIBE news
    b: ["subscribe" "news" 1]
    a> CLIENT PAUSE 1000000 WRITE
    a: +OK
    c> PUBLISH news x
    a> PING
    a: +PONG
    a> CLIENT UNPAUSE
    a: +OK
    c: 1
    b: ["message" "news" "x"]
  )");
}

// Clients of an older version take no fields that it has not.
TEST_F(EdgesTest, FieldsAreThoseOfTheVersion) {
  ServerOptions options = Options();
  for (const auto& [version, idempotence, activity] :
       std::vector<std::tuple<std::string, bool, bool>>{{"7.0.15", false, false},
                                                        {"7.2.4", false, true},
                                                        {"8.6.0", true, true},
                                                        {"10.0", true, true},
                                                        {"x", false, false}}) {
    options.redis_version = version;
    Start(options);
    RespClient client = Connect();
    client.Ask({"XADD", "s", "1-1", "f", "v"});
    client.Ask({"XGROUP", "CREATE", "s", "g", "0"});
    client.Ask({"XREADGROUP", "GROUP", "g", "ann", "STREAMS", "s", ">"});
    const auto has = [](const std::string& answer, const char* field) {
      return absl::StrContains(answer, field);
    };
    EXPECT_EQ(has(client.Ask({"XINFO", "STREAM", "s"}), "\"idmp-duration\" 100"), idempotence);
    const std::string full = client.Ask({"XINFO", "STREAM", "s", "FULL"});
    EXPECT_EQ(has(full, "\"idmp-maxsize\" 100"), idempotence);
    EXPECT_EQ(has(full, "active-time"), activity);
    EXPECT_EQ(has(client.Ask({"XINFO", "CONSUMERS", "s", "g"}), "inactive"), activity);
    EXPECT_EQ(client.Ask({"PING"}), "+PONG");
    server_.reset();
  }
}

}  // namespace
}  // namespace evlog::server
