// What is answered to whom: CLIENT REPLY, clients that are held, and errors as Redis words them.
#include <gmock/gmock.h>

#include <string>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

using ::testing::HasSubstr;

class RepliesTest : public ServerTest {};

TEST_F(RepliesTest, SubscriptionsAreConfirmedWithoutReplies) {
  Play(R"(
    a> CLIENT REPLY OFF
    a> SUBSCRIBE
    a> SUBSCRIBE ch
    a: ["subscribe" "ch" 1]
    b> PUBLISH ch hi
    b: 1
    a: ["message" "ch" "hi"]
    a> XLEN s
    a> PING
    a> UNSUBSCRIBE ch
    a: ["unsubscribe" "ch" 0]
    a> UNSUBSCRIBE
    a: ["unsubscribe" nil 0]
    a> PSUBSCRIBE a* b*
    a: ["psubscribe" "a*" 1]
    a: ["psubscribe" "b*" 2]
    a> PUNSUBSCRIBE b* a*
    a: ["punsubscribe" "b*" 1]
    a: ["punsubscribe" "a*" 0]
    a> SSUBSCRIBE sh
    a: ["ssubscribe" "sh" 1]
    a> SUNSUBSCRIBE
    a: ["sunsubscribe" "sh" 0]
    # Of an EXEC they come alone.
    a> MULTI
    a> SUBSCRIBE x
    a> XLEN s
    a> UNSUBSCRIBE x
    a> EXEC
    a: ["subscribe" "x" 1]
    a: ["unsubscribe" "x" 0]
    a> CLIENT REPLY ON
    a: +OK
    # The subscription is what is skipped.
    a> CLIENT REPLY SKIP
    a> SUBSCRIBE ch
    a: ["subscribe" "ch" 1]
    a> PING
    a: ["pong" ""]
    a> UNSUBSCRIBE
    a: ["unsubscribe" "ch" 0]
    a> CLIENT REPLY SKIP
    a> SUBSCRIBE
    a> ECHO next
    a: "next"
  )");
}

TEST_F(RepliesTest, SubscriptionsAreConfirmedWithoutRepliesInResp3) {
  PlayResp3(R"(
    a> CLIENT REPLY OFF
    a> SUBSCRIBE ch
    a: >["subscribe" "ch" 1]
    b> PUBLISH ch hi
    b: 1
    a: >["message" "ch" "hi"]
    a> PING
    a> UNSUBSCRIBE ch
    a: >["unsubscribe" "ch" 0]
    a> CLIENT REPLY ON
    a: +OK
    a> CLIENT REPLY SKIP
    a> SUBSCRIBE x y
    a: >["subscribe" "x" 1]
    a: >["subscribe" "y" 2]
    a> ECHO next
    a: "next"
  )");
}

TEST_F(RepliesTest, ChannelsAreListedByOnePattern) {
  Play(R"(
    a> PUBSUB CHANNELS a b
    a: -ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.
    a> PUBSUB shardchannels a b
    a: -ERR unknown subcommand or wrong number of arguments for 'shardchannels'. Try PUBSUB HELP.
  )");
}

TEST_F(RepliesTest, WhomAPauseHoldsIsBlocked) {
  Start();
  Transcript clients(server_->port());
  clients.Play(R"(
    a> CLIENT PAUSE -1
    a: -ERR timeout is negative
    a> CLIENT PAUSE x
    a: -ERR timeout is not an integer or out of range
    a> CLIENT PAUSE -1 FOO
    a: -ERR CLIENT PAUSE mode must be WRITE or ALL
    a> CLIENT PAUSE 1 ALL x
    a: -ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.
    a> CLIENT PAUSE 9223372036854775807 WRITE
    a: +OK
    b> PING
    b: +PONG
    c> MULTI
    c: +OK
    c> XADD s * f v
    c: +QUEUED
    b> XADD held 1-1 f v
    c> EXEC
    blocked 2
  )");
  RespClient client = Connect();
  const std::string held = client.Ask({"CLIENT", "LIST"});
  EXPECT_THAT(held, AllOf(HasSubstr(" flags=b "), HasSubstr(" cmd=xadd ")));
  EXPECT_THAT(held, AllOf(HasSubstr(" flags=xb "), HasSubstr(" cmd=exec ")));
  clients.Play(R"(
    a> CLIENT UNPAUSE
    a: +OK
    b: "1-1"
    c: ["...
    blocked 0
  )");
  EXPECT_THAT(client.Ask({"CLIENT", "LIST"}), Not(HasSubstr("b db=")));
}

TEST_F(RepliesTest, WhoIsHeldMayBeCutOff) {
  Start();
  Transcript clients(server_->port());
  clients.Play(R"(
    a> CLIENT PAUSE 1000000 WRITE
    a: +OK
    b> CLIENT ID
    b: 2
    b> XADD s 1-1 f v
    blocked 1
    # It waits for no entries.
    a> CLIENT UNBLOCK 2
    a: 0
    a> CLIENT KILL ID 2
    a: 1
    blocked 0
    a> CLIENT UNPAUSE
    a: +OK
    a> XLEN s
    a: 0
  )");
}

TEST_F(RepliesTest, TrackingTakesOnlyItsOptions) {
  Play(R"(
    a> CLIENT TRACKING foo
    a: -ERR syntax error
    a> CLIENT TRACKING off BCAST NOLOOP PREFIX a
    a: +OK
    a> CLIENT TRACKING off OPTIN OPTOUT
    a: +OK
    a> CLIENT TRACKING off foo
    a: -ERR syntax error
    a> CLIENT TRACKING off PREFIX
    a: -ERR syntax error
    a> CLIENT TRACKING off REDIRECT x
    a: -ERR value is not an integer or out of range
    a> CLIENT TRACKING off REDIRECT 999999
    a: -ERR The client ID you want redirect to does not exist
    a> CLIENT TRACKING on foo
    a: -ERR syntax error
    a> CLIENT TRACKING on
    a: -ERR Client tracking is not supported...
  )");
}

TEST_F(RepliesTest, CommandListHasSubcommands) {
  Start();
  RespClient client = Connect();
  const std::string all = client.Ask({"COMMAND", "LIST"});
  EXPECT_THAT(all, AllOf(HasSubstr("\"client\""), HasSubstr("\"client|list\"")));
  EXPECT_EQ(all, client.Ask({"COMMAND", "LIST", "FILTERBY", "PATTERN", "*"}));
  // A command of subcommands is in none of their categories.
  const std::string streams = client.Ask({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "stream"});
  EXPECT_THAT(streams, AllOf(HasSubstr("\"xgroup|create\""), HasSubstr("\"xinfo|help\"")));
  EXPECT_THAT(streams, Not(HasSubstr("\"xgroup\"")));
  EXPECT_THAT(streams, Not(HasSubstr("\"xinfo\"")));
  EXPECT_THAT(client.Ask({"COMMAND", "INFO", "config"}),
              HasSubstr("[[\"config\" -2 [] 0 0 0 [+@slow] [] [] "));
}

TEST_F(RepliesTest, OutputLimitsAreCheckedByTheWord) {
  const std::string failed =
      "-ERR CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - ";
  const std::string name = "client-output-buffer-limit";
  Start();
  RespClient client = Connect();
  const auto set = [&](const std::string& value) {
    return client.Ask({"CONFIG", "SET", name, value});
  };
  const std::string shown = client.Ask({"CONFIG", "GET", name});
  for (const char* const value : {"foo 0 0 0", "foo x 0 0", "master 0 0 0", "   "}) {
    EXPECT_EQ(set(value), failed + "Invalid client class specified in buffer limit configuration.");
  }
  for (const char* const value : {"normal x 0 0", "normal 0 -1 0", "normal 0 0 1.5",
                                  "normal 0 0 -1", "normal 0 0 x foo 0 0 0"}) {
    EXPECT_EQ(
        set(value),
        failed + "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
  }
  for (const char* const value : {"normal", "normal 0 0", "normal 0 0 0 pubsub"}) {
    EXPECT_EQ(set(value), failed + "Wrong number of arguments in buffer limit configuration.");
  }
  EXPECT_EQ(set(""), "+OK");
  EXPECT_EQ(client.Ask({"CONFIG", "GET", name}), shown);
  EXPECT_EQ(set("replica 100mb 1k 60 Normal 1 2 3"), "+OK");
  EXPECT_THAT(client.Ask({"CONFIG", "GET", name}),
              HasSubstr("normal 1 2 3 slave 104857600 1000 60 pubsub"));
  EXPECT_EQ(set("SLAVE 7 8 9"), "+OK");
  EXPECT_THAT(client.Ask({"CONFIG", "GET", name}), HasSubstr("normal 1 2 3 slave 7 8 9 pubsub"));
}

TEST_F(RepliesTest, WhatCannotBeChangedIsRefusedBeforeWhatIsTwice) {
  Play(R"(
    a> CONFIG SET databases 16 databases 16
    a: -ERR CONFIG SET failed (possibly related to argument 'databases') - can't \
        set immutable config
    a> CONFIG SET timeout 1 databases 3 timeout 1
    a: -ERR CONFIG SET failed (possibly related to argument 'databases') - can't \
        set immutable config
    a> CONFIG SET timeout 1 timeout 1 databases 3
    a: -ERR CONFIG SET failed (possibly related to argument 'timeout') - duplicate parameter
    a> CONFIG SET databases 16
    a: +OK
  )");
}

TEST_F(RepliesTest, WhoHasNotShownThePassword) {
  ServerOptions options = Options();
  options.password = "secret";
  Start(options);
  Play(R"(
    a> EXEC
    a: -EXECABORT Transaction discarded because of: NOAUTH Authentication required.
    a> EXEC x
    a: -EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command
    a> SUBSCRIBE
    a: -ERR wrong number of arguments for 'subscribe' command
    a> SUBSCRIBE x
    a: -NOAUTH Authentication required.
    a> CLIENT
    a: -ERR wrong number of arguments for 'client' command
    a> CLIENT FOO
    a: -ERR unknown subcommand 'FOO'. Try CLIENT HELP.
    a> CLIENT ID
    a: -NOAUTH Authentication required.
    a> HELLO 3
    a: -NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO \
        AUTH <user> <pass> option can be used to authenticate the client and select the RESP \
        protocol version at the same time
  )");
}

TEST_F(RepliesTest, AnExecThatIsRefusedDiscards) {
  Play(R"(
    a> WATCH k
    a: +OK
    a> MULTI
    a: +OK
    a> EXEC x
    a: -EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command
    a> EXEC
    a: -ERR EXEC without MULTI
    b> XADD k 1-1 f v
    b: "1-1"
    # Nothing is watched any more either.
    a> MULTI
    a: +OK
    a> PING
    a: +QUEUED
    a> EXEC
    a: [+PONG]
    a> SUBSCRIBE x
    a: ["subscribe" "x" 1]
    a> EXEC
    a: -EXECABORT Transaction discarded because of: Can't execute 'exec': only (P|S)SUBSCRIBE / \
        (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
  )");
}

}  // namespace
}  // namespace evlog::server
