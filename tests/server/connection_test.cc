// Connections: protocol, password, clients, what the server tells of itself.
#include <gmock/gmock.h>

#include <atomic>
#include <string>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ConnectionTest : public ServerTest {};

TEST_F(ConnectionTest, AnswersSimpleCommands) {
  Play(R"(
    a> PING
    a: +PONG
    a> ping hello
    a: "hello"
    a> PING a b
    a: -ERR wrong number of arguments for 'ping' command
    a> ECHO "two words"
    a: "two words"
    a> GET key
    a: -ERR unknown command 'GET', with args beginning with: 'key'...
    a> ECHO
    a: -ERR wrong number of arguments for 'echo' command
    a> CLIENT NOSUCH
    a: -ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.
    a> CLIENT
    a: -ERR wrong number of arguments for 'client' command
    a> SELECT 15
    a: +OK
    a> SELECT 16
    a: -ERR DB index is out of range
    a> SELECT x
    a: -ERR value is not an integer or out of range
    a> CLUSTER INFO
    a: -ERR This instance has cluster support disabled
    a> ROLE
    a: ["master" 0 []]
    a> WAIT 0 10
    a: 0
    a> RESET
    a: +RESET
    a> QUIT
    a: +OK
    a: closed
  )");
}

TEST_F(ConnectionTest, SpeaksBothProtocols) {
  Play(R"(
    a> HELLO 4
    a: -NOPROTO unsupported protocol version
    a> HELLO x
    a: -ERR Protocol version is not an integer or out of range
    a> HELLO 2
    a: ["server" "redis" "version" "7.0.15" "proto" 2 "id" 1 "mode" "standalone" "role" "master" \
        "modules" []]
    a> HELLO 3 SETNAME me
    a: {"server" "redis" "version" "7.0.15" "proto" 3 "id" 1 "mode" "standalone" "role" "master" \
        "modules" []}
    a> CLIENT GETNAME
    a: "me"
    a> CLIENT SETNAME ""
    a: +OK
    a> CLIENT GETNAME
    a: nil
    a> CLIENT TRACKINGINFO
    a: {"flags" ~["off"] "redirect" -1 "prefixes" []}
    a> RESET
    a: +RESET
    a> CLIENT GETNAME
    a: nil
    a> XREAD STREAMS s 0
    a: nil[]
  )");
}

TEST_F(ConnectionTest, AsksForThePassword) {
  ServerOptions options = Options();
  options.password = "secret";
  Start(options);
  Play(R"(
    a> PING
    a: -NOAUTH Authentication required.
    a> HELLO 3
    a: -NOAUTH HELLO must be called...
    a> AUTH wrong
    a: -WRONGPASS invalid username-password pair or user is disabled.
    a> AUTH other secret
    a: -WRONGPASS invalid username-password pair or user is disabled.
    a> AUTH secret
    a: +OK
    a> PING
    a: +PONG
    a> RESET
    a: +RESET
    a> PING
    a: -NOAUTH Authentication required.
    b> HELLO 3 AUTH default secret SETNAME b
    b: {"server"...
    b> CONFIG SET requirepass ""
    b: +OK
    c> PING
    c: +PONG
    c> AUTH x
    c: -ERR AUTH <password> called without any password...
  )");
}

TEST_F(ConnectionTest, KnowsItsClients) {
  Play(R"(
    a> CLIENT ID
    a: 1
    a> CLIENT SETINFO LIB-NAME test
    a: +OK
    a> CLIENT SETINFO LIB-VER "1 2"
    a: -ERR lib-ver cannot contain spaces, newlines or special characters.
    b> CLIENT ID
    b: 2
    b> CLIENT KILL ID 1
    b: 1
    a: closed
    b> CLIENT KILL ID 77
    b: 0
    b> CLIENT KILL 1.2.3.4:5
    b: -ERR No such client
    b> CLIENT NO-EVICT on
    b: +OK
    b> CLIENT TRACKING OFF
    b: +OK
    b> CLIENT KILL TYPE foo SKIPME no
    b: -ERR Unknown client type 'foo'
    b> CLIENT KILL TYPE normal SKIPME maybe
    b: -ERR syntax error
    b> CLIENT KILL TYPE PubSub SKIPME no
    b: 0
    b> CLIENT KILL TYPE normal SKIPME no
    b: 1
    b: closed
  )");
  RespClient client = Connect();
  client.SendCommand({"CLIENT", "INFO"});
  EXPECT_THAT(client.ReadText(), HasSubstr(" cmd=client|info user=default redir=-1 resp=2 "));
}

TEST_F(ConnectionTest, KillsClientsByTheirAge) {
  StartWound();
  RespClient old = Connect();
  EXPECT_EQ(old.Ask({"PING"}), "+PONG");
  clock_.Advance(absl::Seconds(10));
  RespClient young = Connect();
  EXPECT_EQ(young.Ask({"CLIENT", "KILL", "MAXAGE", "0"}), "-ERR maxage should be greater than 0");
  EXPECT_EQ(young.Ask({"CLIENT", "KILL", "MAXAGE", "x"}),
            "-ERR maxage is not an integer or out of range");
  EXPECT_EQ(young.Ask({"CLIENT", "KILL", "MAXAGE", "11", "SKIPME", "NO"}), "0");
  EXPECT_EQ(young.Ask({"CLIENT", "KILL", "MAXAGE", "9223372036854775807"}), "0");
  EXPECT_EQ(young.Ask({"CLIENT", "KILL", "MAXAGE", "10", "SKIPME", "NO"}), "1");
  EXPECT_EQ(old.Read(), "closed");
  EXPECT_EQ(young.Ask({"PING"}), "+PONG");
}

TEST_F(ConnectionTest, EndsOnlyWhenItIsAskedProperly) {
  ServerOptions options = Options();
  std::atomic<bool> asked = false;
  options.on_shutdown = [&asked] { asked = true; };
  Start(options);
  Play(R"(
    a> SHUTDOWN FOO
    a: -ERR syntax error
    a> SHUTDOWN NOSAVE SAVE
    a: -ERR syntax error
    a> SHUTDOWN NOSAVE x
    a: -ERR syntax error
    a> SHUTDOWN ABORT NOW
    a: -ERR syntax error
    a> SHUTDOWN SAVE ABORT
    a: -ERR syntax error
    a> SHUTDOWN ABORT
    a: -ERR No shutdown in progress.
  )");
  EXPECT_FALSE(asked);
  RespClient client = Connect();
  client.SendCommand({"SHUTDOWN", "nosave", "NOW", "FORCE"});
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_TRUE(asked);
  server_.reset();
}

TEST_F(ConnectionTest, MayLeaveCommandsUnanswered) {
  Play(R"(
    a> CLIENT REPLY SKIP
    a> PING skipped
    a> PING one
    a: "one"
    a> CLIENT REPLY OFF
    a> PING nothing
    a> XADD s 1-1 f v
    a> CLIENT REPLY ON
    a: +OK
    a> XLEN s
    a: 1
  )");
}

TEST_F(ConnectionTest, HoldsClientsBack) {
  Play(R"(
    a> CLIENT PAUSE 1000000 WRITE
    a: +OK
    b> XLEN s
    b: 0
    b> XADD s 1-1 f v
    a> XLEN s
    a: 0
    a> CLIENT UNPAUSE
    a: +OK
    b: "1-1"
  )");
}

TEST_F(ConnectionTest, DescribesItsCommands) {
  Play(R"(
    a> COMMAND INFO xadd nosuch
    a: [["xadd" -5 [+write +denyoom +fast] 1 1 1 [+@write +@fast +@stream] [] [] []] nil]
    a> COMMAND GETKEYS XADD s * f v
    a: ["s"]
    a> COMMAND GETKEYS XREAD COUNT 2 STREAMS a b 0 0
    a: ["a" "b"]
    a> COMMAND GETKEYS XREADGROUP GROUP g streams STREAMS a >
    a: ["a"]
    a> COMMAND GETKEYS XREADGROUP NOACK GROUP streams streams COUNT 1 STREAMS streams b > 0
    a: ["streams" "b"]
    a> COMMAND GETKEYS XREADGROUP GROUP g streams COUNT 1 a >
    a: -ERR Invalid arguments specified for command
    a> COMMAND GETKEYS XREAD COUNT 1 STREAMS
    a: -ERR Invalid arguments specified for command
    a> COMMAND GETKEYS ECHO x
    a: -ERR The command has no key arguments
    a> COMMAND LIST FILTERBY PATTERN xr*
    a: ["xrange" "xrevrange" "xread" "xreadgroup"]
    a> COMMAND LIST FILTERBY PATTERN XINFO*
    a: ["xinfo" "xinfo|stream" "xinfo|help" "xinfo|groups" "xinfo|consumers"]
    a> COMMAND DOCS xlen
    a: ["xlen" ["summary" "How many entries a stream has" "since" "5.0.0" "group" "stream"]]
  )");
}

TEST_F(ConnectionTest, CountsItsCommands) {
  Start();
  RespClient client = Connect();
  client.Ask({"XADD", "s", "1-1", "f", "v"});
  client.Ask({"XADD", "s", "2-1", "f", "v"});
  client.Ask({"XADD", "s", "1-1", "f", "v"});
  client.Ask({"XADD", "s"});
  client.Ask({"CLIENT", "ID"});
  client.Ask({"MULTI"});
  client.Ask({"XADD", "s", "3-1", "f", "v"});
  client.Ask({"XLEN", "s"});
  client.Ask({"EXEC"});
  // Those of a transaction, too: as one commit that is refused, alone, and on the io thread.
  client.Ask({"MULTI"});
  client.Ask({"XADD", "s", "1-1", "f", "v"});
  client.Ask({"XGROUP", "SETID", "s", "none", "0"});
  client.Ask({"CLIENT", "KILL", "none"});
  client.Ask({"EXEC"});
  const auto stats = [&client] {
    client.SendCommand({"INFO", "commandstats"});
    return client.ReadText();
  };
  const std::string told = stats();
  EXPECT_THAT(told, ContainsRegex("cmdstat_xadd:calls=5,usec=[0-9]+,usec_per_call=[0-9.]+,"
                                  "rejected_calls=1,failed_calls=2\r\n"));
  EXPECT_THAT(told, ContainsRegex("cmdstat_xgroup.setid:calls=1,[^\r]*failed_calls=1\r\n"));
  EXPECT_THAT(told, ContainsRegex("cmdstat_client.kill:calls=1,[^\r]*failed_calls=1\r\n"));
  EXPECT_THAT(told, HasSubstr("cmdstat_client|id:calls=1,"));
  EXPECT_THAT(told, HasSubstr("cmdstat_xlen:calls=1,"));
  EXPECT_THAT(told, HasSubstr("cmdstat_exec:calls=2,"));
  EXPECT_THAT(told, Not(HasSubstr("xrange")));
  EXPECT_EQ(client.Ask({"CONFIG", "RESETSTAT"}), "+OK");
  EXPECT_THAT(stats(), Not(HasSubstr("xadd")));
}

TEST_F(ConnectionTest, TellsWhatToolsAsk) {
  Start();
  RespClient client = Connect();
  client.SendCommand({"INFO"});
  const std::string info = client.ReadText();
  for (const char* field :
       {"redis_version:7.0.15\r\n", "redis_mode:standalone\r\n", "loading:0\r\n", "role:master\r\n",
        "blocked_clients:0\r\n", "connected_clients:1\r\n", "maxmemory_policy:noeviction\r\n",
        "cluster_enabled:0\r\n", "# Keyspace\r\n"}) {
    EXPECT_THAT(info, HasSubstr(field));
  }
  client.SendCommand({"INFO", "server", "clients"});
  const std::string part = client.ReadText();
  EXPECT_THAT(part, StartsWith("# Server\r\n"));
  EXPECT_THAT(part, Not(HasSubstr("# Memory")));
  EXPECT_EQ(client.Ask({"CONFIG", "GET", "maxmemory-policy", "DATABASES"}),
            R"(["databases" "16" "maxmemory-policy" "noeviction"])");
  EXPECT_EQ(client.Ask({"CONFIG", "SET", "maxclients", "50", "timeout", "7"}), "+OK");
  EXPECT_EQ(client.Ask({"CONFIG", "GET", "maxclients"}), R"(["maxclients" "50"])");
  EXPECT_THAT(client.Ask({"CONFIG", "SET", "maxclients", "9", "nosuch", "1"}),
              StartsWith("-ERR Unknown option"));
  EXPECT_EQ(client.Ask({"CONFIG", "GET", "maxclients"}), R"(["maxclients" "50"])");
  EXPECT_THAT(client.Ask({"CONFIG", "SET", "port", "1"}), HasSubstr("can't set immutable config"));
  EXPECT_EQ(client.Ask({"CONFIG", "RESETSTAT"}), "+OK");
}

TEST_F(ConnectionTest, RefusesSettingsThatCannotBe) {
  Play(R"(
    a> CONFIG SET timeout -1
    a: -ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be between \
0 and 2147483647 inclusive
    a> CONFIG SET TIMEOUT 2147483648
    a: -ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be between \
0 and 2147483647 inclusive
    a> CONFIG SET maxclients 0
    a: -ERR CONFIG SET failed (possibly related to argument 'maxclients') - argument must be \
between 1 and 4294967295 inclusive
    a> CONFIG SET slowlog-log-slower-than -1
    a: +OK
    a> CONFIG SET slowlog-max-len -1
    a: -ERR CONFIG SET failed (possibly related to argument 'slowlog-max-len') - argument must be \
between 0 and 9223372036854775807 inclusive
    a> CONFIG SET timeout 5 TIMEOUT x
    a: -ERR CONFIG SET failed (possibly related to argument 'TIMEOUT') - duplicate parameter
    a> CONFIG SET timeout x nosuch 1
    a: -ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'
    a> CONFIG GET timeout
    a: ["timeout" "0"]
    a> SLOWLOG GET x
    a: -ERR count should be greater than or equal to -1
    a> SLOWLOG GET -2
    a: -ERR count should be greater than or equal to -1
    a> SLOWLOG GET -1
    a: []
    a> SLOWLOG GET 1 2
    a: -ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.
  )");
}

TEST_F(ConnectionTest, TakesInlineCommandsAndRefusesNonsense) {
  Start();
  RespClient client = Connect();
  client.Send("PING\r\n\r\nECHO 'a b'\n");
  EXPECT_EQ(client.Read(), "+PONG");
  EXPECT_EQ(client.Read(), "\"a b\"");
  client.Send("*1\r\n:1\r\nPING\r\n");
  EXPECT_EQ(client.ReadAll(), "-ERR Protocol error: expected '$', got ':'\r\n");
}

}  // namespace
}  // namespace evlog::server
