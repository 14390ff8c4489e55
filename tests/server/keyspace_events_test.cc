// Notifications of what happens to keys.
#include <gmock/gmock.h>

#include "server/keyspace_events.h"
#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

TEST(EventClassesTest, AreShownAsRedisDoes) {
  const auto shown = [](std::string_view text) {
    return ShowEventClasses(*ParseEventClasses(text));
  };
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown("EK"), "KE");
  EXPECT_EQ(shown("KEA"), "AKE");
  EXPECT_EQ(shown("tgKx"), "gxtK");
  EXPECT_EQ(shown("g$lshzxetd"), "A");
  EXPECT_EQ(shown("nAmE"), "AEmn");
  EXPECT_EQ(ParseEventClasses("K?"), std::nullopt);
}

class KeyspaceEventsTest : public ServerTest {};

TEST_F(KeyspaceEventsTest, NobodyIsToldUnlessItIsAskedFor) {
  Play(R"(
    a> CONFIG GET notify-keyspace-events
    a: ["notify-keyspace-events" ""]
    s> PSUBSCRIBE __key*
    s: ["psubscribe" "__key*" 1]
    a> XADD s 1-1 f v
    a: "1-1"
    a> CONFIG SET notify-keyspace-events x?
    a: -ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - Invalid \
event class character. Use 'Ag$lshzxeKEtmdn'.
    a> CONFIG SET notify-keyspace-events Eg
    a: +OK
    a> XADD s 1-2 f v
    a: "1-2"
    a> DEL s
    a: 1
    s: ["pmessage" "__key*" "__keyevent@0__:del" "s"]
  )");
}

TEST_F(KeyspaceEventsTest, MayBeAskedForAtTheStart) {
  ServerOptions options = Options();
  options.keyspace_events = "K?";
  EXPECT_THAT(options.Validate(), StatusIs(absl::StatusCode::kInvalidArgument,
                                           ::testing::HasSubstr("keyspace_events")));
  options.keyspace_events = "Et";
  Start(options);
  Play(R"(
    a> CONFIG GET notify-keyspace-events
    a: ["notify-keyspace-events" "tE"]
    s> SUBSCRIBE __keyevent@0__:xadd
    s: ["subscribe" "__keyevent@0__:xadd" 1]
    a> XADD s 1-1 f v
    a: "1-1"
    s: ["message" "__keyevent@0__:xadd" "s"]
  )");
}

TEST_F(KeyspaceEventsTest, EventsOfStreams) {
  Play(R"(
    a> CONFIG SET notify-keyspace-events KEtn
    a: +OK
    s> PSUBSCRIBE __keyevent@*
    s: ["psubscribe" "__keyevent@*" 1]
    k> SUBSCRIBE __keyspace@0__:s
    k: ["subscribe" "__keyspace@0__:s" 1]
    a> XADD s 1-1 f v
    a: "1-1"
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:new" "s"]
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xadd" "s"]
    k: ["message" "__keyspace@0__:s" "new"]
    k: ["message" "__keyspace@0__:s" "xadd"]
    a> XADD s 1-2 f v
    a: "1-2"
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xadd" "s"]
    a> XADD s MAXLEN 2 1-3 f v
    a: "1-3"
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xadd" "s"]
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xtrim" "s"]
    a> XDEL s 1-2 9-9
    a: 1
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xdel" "s"]
    a> XDEL s 9-9
    a: 0
    a> XGROUP CREATE s g 0
    a: +OK
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xgroup-create" "s"]
    a> XGROUP CREATECONSUMER s g ann
    a: 1
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xgroup-createconsumer" "s"]
    a> XGROUP SETID s g $
    a: +OK
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xgroup-setid" "s"]
    a> XGROUP DELCONSUMER s g ann
    a: 0
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xgroup-delconsumer" "s"]
    a> XGROUP DESTROY s g
    a: 1
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xgroup-destroy" "s"]
    a> XTRIM s MAXLEN 0
    a: 1
    s: ["pmessage" "__keyevent@*" "__keyevent@0__:xtrim" "s"]
    a> SELECT 2
    a: +OK
    a> MULTI
    a: +OK
    a> XADD m 1-1 f v
    a: +QUEUED
    a> XADD m MAXLEN 1 1-2 f v
    a: +QUEUED
    a> EXEC
    a: ["1-1" "1-2"]
    s: ["pmessage" "__keyevent@*" "__keyevent@2__:new" "m"]
    s: ["pmessage" "__keyevent@*" "__keyevent@2__:xadd" "m"]
    s: ["pmessage" "__keyevent@*" "__keyevent@2__:xadd" "m"]
    s: ["pmessage" "__keyevent@*" "__keyevent@2__:xtrim" "m"]
  )");
}

TEST_F(KeyspaceEventsTest, EventsOfAllKeys) {
  Play(R"(
    a> CONFIG SET notify-keyspace-events Egx
    a: +OK
    s> PSUBSCRIBE *
    s: ["psubscribe" "*" 1]
    a> XADD s 1-1 f v
    a: "1-1"
    a> EXPIRE s 1000
    a: 1
    s: ["pmessage" "*" "__keyevent@0__:expire" "s"]
    a> PERSIST s
    a: 1
    s: ["pmessage" "*" "__keyevent@0__:persist" "s"]
    a> RENAME s t
    a: +OK
    s: ["pmessage" "*" "__keyevent@0__:rename_from" "s"]
    s: ["pmessage" "*" "__keyevent@0__:rename_to" "t"]
    a> COPY t u DB 1
    a: 1
    s: ["pmessage" "*" "__keyevent@1__:copy_to" "u"]
    a> MOVE t 1
    a: 1
    s: ["pmessage" "*" "__keyevent@0__:move_from" "t"]
    s: ["pmessage" "*" "__keyevent@1__:move_to" "t"]
    a> SELECT 1
    a: +OK
    a> EXPIRE t -1
    a: 1
    s: ["pmessage" "*" "__keyevent@1__:del" "t"]
  )");
}

TEST_F(KeyspaceEventsTest, WhatExpiresIsTold) {
  StartWound();
  RespClient client = Connect(), subscriber = Connect();
  client.Ask({"CONFIG", "SET", "notify-keyspace-events", "Ex"});
  subscriber.Ask({"SUBSCRIBE", "__keyevent@0__:expired"});
  for (const std::string name : {"seen", "unseen"}) {
    client.Ask({"XADD", name, "1-1", "f", "v"});
    client.Ask({"EXPIRE", name, "10"});
  }
  clock_.Advance(absl::Seconds(11));
  EXPECT_EQ(client.Ask({"EXISTS", "seen"}), "0");
  EXPECT_EQ(subscriber.Read(), R"(["message" "__keyevent@0__:expired" "seen"])");
  // Of one that nobody looks at, the log's maintenance tells.
  ASSERT_OK(log_->Maintain());
  EXPECT_EQ(subscriber.Read(), R"(["message" "__keyevent@0__:expired" "unseen"])");
}

}  // namespace
}  // namespace evlog::server
