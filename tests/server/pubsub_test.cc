// Channels over the network.
#include <gmock/gmock.h>

#include <string>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

class PubsubTest : public ServerTest {};

TEST_F(PubsubTest, SubscribersGetMessagesInResp2) {
  Play(R"(
    a> SUBSCRIBE ch other
    a: ["subscribe" "ch" 1]
    a: ["subscribe" "other" 2]
    a> PSUBSCRIBE c?
    a: ["psubscribe" "c?" 3]
    b> PUBLISH ch hello
    b: 2
    a: ["message" "ch" "hello"]
    a: ["pmessage" "c?" "ch" "hello"]
    b> PUBLISH nobody x
    b: 0
    a> GET x
    a: -ERR unknown command...
    a> XLEN x
    a: -ERR Can't execute 'xlen': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET \
        are allowed in this context
    a> PING
    a: ["pong" ""]
    a> PING hi
    a: ["pong" "hi"]
    a> UNSUBSCRIBE ch
    a: ["unsubscribe" "ch" 2]
    a> UNSUBSCRIBE nosuch
    a: ["unsubscribe" "nosuch" 2]
    a> UNSUBSCRIBE
    a: ["unsubscribe" "other" 1]
    a> PUNSUBSCRIBE
    a: ["punsubscribe" "c?" 0]
    a> UNSUBSCRIBE
    a: ["unsubscribe" nil 0]
    a> PING
    a: +PONG
    b> PUBLISH ch hello
    b: 0
    a> RESET
    a: +RESET
  )");
}

TEST_F(PubsubTest, SubscribersGetPushesInResp3AndMayDoAnything) {
  PlayResp3(R"(
    a> SUBSCRIBE ch
    a: >["subscribe" "ch" 1]
    a> XLEN s
    a: 0
    a> PING
    a: +PONG
    a> PUBLISH ch self
    a: 1
    a: >["message" "ch" "self"]
    a> SSUBSCRIBE ch
    a: >["ssubscribe" "ch" 1]
    b> SPUBLISH ch sharded
    b: 1
    a: >["smessage" "ch" "sharded"]
    b> PUBSUB SHARDNUMSUB ch x
    b: ["ch" 1 "x" 0]
    b> PUBSUB SHARDCHANNELS
    b: ["ch"]
    a> SUNSUBSCRIBE
    a: >["sunsubscribe" "ch" 0]
    a> UNSUBSCRIBE nosuch
    a: >["unsubscribe" "nosuch" 1]
    a> RESET
    a: +RESET
    b> PUBSUB CHANNELS
    b: []
  )");
}

TEST_F(PubsubTest, ReceiversAreCountedOverAllThreads) {
  ServerOptions options = Options();
  options.io_threads = 3;
  Start(options);
  Play(R"(
    a> SUBSCRIBE ch
    a: ["subscribe" "ch" 1]
    b> SUBSCRIBE ch
    b: ["subscribe" "ch" 1]
    c> SUBSCRIBE ch
    c: ["subscribe" "ch" 1]
    d> SUBSCRIBE ch
    d: ["subscribe" "ch" 1]
    e> PSUBSCRIBE *
    e: ["psubscribe" "*" 1]
    f> PSUBSCRIBE *
    f: ["psubscribe" "*" 1]
    g> PUBSUB NUMSUB ch none
    g: ["ch" 4 "none" 0]
    g> PUBSUB NUMPAT
    g: 1
    g> PUBSUB CHANNELS c*
    g: ["ch"]
    g> PUBLISH ch one
    g: 6
    a: ["message" "ch" "one"]
    b: ["message" "ch" "one"]
    c: ["message" "ch" "one"]
    d: ["message" "ch" "one"]
    e: ["pmessage" "*" "ch" "one"]
    f: ["pmessage" "*" "ch" "one"]
    a> UNSUBSCRIBE
    a: ["unsubscribe" "ch" 0]
    b> QUIT
    b: +OK
    b: closed
    subscribed 2 ch
    g> PUBLISH ch two
    g: 4
  )");
}

TEST_F(PubsubTest, MessagesKeepTheirOrder) {
  Start();
  RespClient subscriber = Connect();
  subscriber.Ask({"SUBSCRIBE", "a"});
  subscriber.Ask({"SUBSCRIBE", "b"});
  RespClient publisher = Connect();
  std::string requests;
  for (int i = 0; i < 2000; ++i) {
    requests += EncodeCommand({"PUBLISH", i % 3 == 0 ? "a" : "b", std::to_string(i)});
  }
  ASSERT_TRUE(publisher.Send(requests));
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(subscriber.Read(), std::string("[\"message\" ") + (i % 3 == 0 ? "\"a\"" : "\"b\"") +
                                     " \"" + std::to_string(i) + "\"]");
  }
}

TEST_F(PubsubTest, TheApplicationPublishesAndSubscribesToo) {
  Start();
  ASSERT_OK_AND_ASSIGN(Subscription inside, log_->channels().Subscribe("ch"));
  RespClient client = Connect();
  client.Ask({"SUBSCRIBE", "ch"});
  RespClient publisher = Connect();
  EXPECT_EQ(publisher.Ask({"PUBLISH", "ch", "from outside"}), "2");
  EXPECT_EQ(publisher.Ask({"PUBSUB", "NUMSUB", "ch"}), "[\"ch\" 2]");
  Message message;
  ASSERT_OK_AND_ASSIGN(const bool got, inside.Next(&message));
  ASSERT_TRUE(got);
  EXPECT_EQ(message.payload(), "from outside");
  EXPECT_EQ(client.Read(), R"(["message" "ch" "from outside"])");
  ASSERT_OK(log_->channels().Publish("ch", std::string(1000, 'x')));
  EXPECT_EQ(client.Read(), "[\"message\" \"ch\" \"" + std::string(1000, 'x') + "\"]");
}

TEST_F(PubsubTest, ARouteMakesPublishedMessagesEntries) {
  Start();
  ASSERT_OK(log_->AddRoute({.pattern = "events.*", .stream = "events"}));
  Play(R"(
    a> PUBLISH events.a one
    a: 1
    a> XLEN events
    a: 1
  )");
}

}  // namespace
}  // namespace evlog::server
