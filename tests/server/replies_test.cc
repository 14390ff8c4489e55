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

}  // namespace
}  // namespace evlog::server
