// Commands on consumer groups.
#include <gmock/gmock.h>

#include <string>
#include <thread>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

class GroupCommandsTest : public ServerTest {};

TEST_F(GroupCommandsTest, MakeAndRemove) {
  Play(R"(
    a> XGROUP CREATE s g $
    a: -ERR The XGROUP subcommand requires the key to exist...
    a> XGROUP CREATE s g $ MKSTREAM
    a: +OK
    a> XGROUP CREATE s g 0
    a: -BUSYGROUP Consumer Group name already exists
    a> XGROUP CREATE s h x
    a: -ERR Invalid stream ID specified as stream command argument
    a> XGROUP CREATECONSUMER s g ann
    a: 1
    a> XGROUP CREATECONSUMER s g ann
    a: 0
    a> XGROUP CREATECONSUMER s none ann
    a: -NOGROUP No such consumer group 'none' for key name 's'
    a> XGROUP DESTROY s none
    a: 0
    a> XGROUP DELCONSUMER s g ann
    a: 0
    a> XGROUP DESTROY s g
    a: 1
    a> XINFO GROUPS s
    a: []
    a> XGROUP FROB s g
    a: -ERR unknown subcommand 'FROB'. Try XGROUP HELP.
  )");
}

TEST_F(GroupCommandsTest, DeliverAcknowledgeAndReadAgain) {
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XADD s 1-2 f b
    a: "1-2"
    a> XADD s 1-3 f c
    a: "1-3"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XREADGROUP GROUP g ann COUNT 2 STREAMS s >
    a: [["s" [["1-1" ["f" "a"]] ["1-2" ["f" "b"]]]]]
    a> XREADGROUP GROUP g bob STREAMS s >
    a: [["s" [["1-3" ["f" "c"]]]]]
    a> XREADGROUP GROUP g bob STREAMS s >
    a: nil[]
    a> XPENDING s g
    a: [3 "1-1" "1-3" [["ann" "2"] ["bob" "1"]]]
    a> XACK s g 1-1 1-1 9-9
    a: 1
    a> XACK s g 1-2 x
    a: -ERR Invalid stream ID specified as stream command argument
    a> XACK s none 1-2
    a: 0
    # Its own history, with what is gone.
    a> XDEL s 1-2
    a: 1
    a> XREADGROUP GROUP g ann STREAMS s 0
    a: [["s" [["1-2" nil[]]]]]
    a> XREADGROUP GROUP g eve BLOCK 0 STREAMS s 0
    a: [["s" []]]
    a> XPENDING s g - + 10 ann
    a: [["1-2" "ann" ...
  )");
}

TEST_F(GroupCommandsTest, ReadWithoutPendingEntries) {
  PlayResp3(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XREADGROUP GROUP g ann NOACK STREAMS s >
    a: {"s" [["1-1" ["f" "a"]]]}
    a> XPENDING s g
    a: [0 nil nil nil]
    a> XINFO GROUPS s
    a: [{"name" "g" "consumers" 1 "pending" 0 "last-delivered-id" "1-1" "entries-read" 1 "lag" 0}]
  )");
}

TEST_F(GroupCommandsTest, SayWhatIsMissing) {
  Play(R"(
    a> XREADGROUP GROUP g ann STREAMS s >
    a: -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
    a> XREADGROUP COUNT 1 NOACK COUNT 1 STREAMS s >
    a: -ERR Missing GROUP option for XREADGROUP
    # A group that is missing is told before an id that is wrong.
    a> XREADGROUP GROUP g ann STREAMS s $
    a: -NOGROUP...
    a> XGROUP CREATE t g $ MKSTREAM
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS t $
    a: -ERR The $ ID is meaningless in the context of XREADGROUP...
    a> XREADGROUP GROUP g ann STREAMS s t >
    a: -ERR Unbalanced...
    a> XPENDING s g
    a: -NOGROUP No such key 's' or consumer group 'g'
    a> XCLAIM s g ann 0 1-1
    a: -NOGROUP No such key 's' or consumer group 'g'
    a> XINFO GROUPS s
    a: -ERR no such key
    a> XINFO CONSUMERS s g
    a: -ERR no such key
  )");
}

TEST_F(GroupCommandsTest, Claim) {
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XADD s 1-2 f b
    a: "1-2"
    a> XADD s 1-3 f c
    a: "1-3"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XREADGROUP GROUP g ann COUNT 2 STREAMS s >
    a: [["s" [["1-1" ["f" "a"]] ["1-2" ["f" "b"]]]]]
    a> XCLAIM s g bob 1000000 1-1
    a: []
    a> XCLAIM s g bob 0 1-1 1-3
    a: [["1-1" ["f" "a"]]]
    a> XCLAIM s g bob 0 1-3 FORCE
    a: [["1-3" ["f" "c"]]]
    a> XACK s g 1-3
    a: 1
    a> XCLAIM s g bob 0 1-3 FORCE JUSTID
    a: ["1-3"]
    a> XCLAIM s g bob 0 1-1 RETRYCOUNT 7 IDLE 100000
    a: [["1-1" ["f" "a"]]]
    a> XPENDING s g IDLE 50000 - + 10
    a: [["1-1" "bob" 100...
    a> XCLAIM s g bob 0 1-1 1-1 JUSTID
    a: ["1-1" "1-1"]
    a> XCLAIM s g bob 0 1-1 FROB
    a: -ERR Unrecognized XCLAIM option 'FROB'
    a> XDEL s 1-2
    a: 1
    a> XAUTOCLAIM s g eve 0 0 COUNT 2
    a: ["1-3" [["1-1" ["f" "a"]]] ["1-2"]]
    a> XAUTOCLAIM s g eve 0 1-2 JUSTID
    a: ["0-0" ["1-3"] []]
    a> XAUTOCLAIM s g eve 0 0 COUNT 0
    a: -ERR COUNT must be > 0
    a> XGROUP DELCONSUMER s g eve
    a: 2
    a> XPENDING s g
    a: [0 nil nil nil[]]
  )");
}

TEST_F(GroupCommandsTest, GiveBack) {
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["1-1" ["f" "a"]]]]]
    a> XNACK s g SILENT IDS 1 1-1
    a: 1
    a> XPENDING s g - + 10
    a: [["1-1" "" -1 0]]
    a> XNACK s g FAIL IDS 2 1-1
    a: -ERR The `numids` parameter must match the number of arguments
    a> XREADGROUP GROUP g bob CLAIM 0 STREAMS s >
    a: [["s" [["1-1" ["f" "a"] ...
    a> XNACK s g FAIL IDS 1 1-1 RETRYCOUNT 5
    a: 1
    a> XPENDING s g - + 10
    a: [["1-1" "" -1 5]]
    a> XPENDING s g IDLE 100000 - + 10
    a: [["1-1" "" -1 5]]
    # Nobody has had it, so no time must pass.
    a> XREADGROUP GROUP g bob CLAIM 100000 STREAMS s >
    a: [["s" [["1-1" ["f" "a"] ...
    a> XREADGROUP GROUP g ann CLAIM 100000 STREAMS s >
    a: nil[]
    # Who waits is told.
    b> XREADGROUP GROUP g eve BLOCK 0 CLAIM 100000 STREAMS s >
    blocked 1
    a> XNACK s g FATAL IDS 1 1-1
    a: 1
    b: [["s" [["1-1" ["f" "a"] ...
  )");
}

TEST_F(GroupCommandsTest, DeleteWithRegardToGroups) {
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XADD s 1-2 f b
    a: "1-2"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XGROUP CREATE s h 0
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["1-1" ["f" "a"]] ["1-2" ["f" "b"]]]]]
    a> XACKDEL s g ACKED IDS 2 1-1 9-9
    a: [2 -1]
    a> XDELEX s ACKED IDS 1 1-1
    a: [2]
    a> XREADGROUP GROUP h ann NOACK STREAMS s >
    a: [["s" [["1-1" ["f" "a"]] ["1-2" ["f" "b"]]]]]
    a> XDELEX s ACKED IDS 2 1-1 1-2
    a: [1 2]
    a> XDELEX s DELREF IDS 1 1-2
    a: [1]
    a> XPENDING s g
    a: [0 nil nil nil[]]
    a> XACKDEL none g IDS 1 1-1
    a: [-1]
    a> XADD s 2-1 f c
    a: "2-1"
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["2-1" ["f" "c"]]]]]
    a> XTRIM s MAXLEN 0 ACKED
    a: 0
    a> XTRIM s MAXLEN 0 DELREF
    a: 1
    a> XPENDING s g
    a: [0 nil nil nil[]]
  )");
}

TEST_F(GroupCommandsTest, SetBack) {
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XGROUP CREATE s g $
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: nil[]
    a> XGROUP SETID s g 0
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["1-1" ["f" "a"]]]]]
    a> XGROUP SETID s g 0
    a: +OK
    a> XREADGROUP GROUP g bob STREAMS s >
    a: [["s" [["1-1" ["f" "a"]]]]]
    a> XPENDING s g - + 10
    a: [["1-1" "bob" ...
  )");
}

TEST_F(GroupCommandsTest, WhoWaitsIsServedInTurn) {
  Play(R"(
    a> XGROUP CREATE s g $ MKSTREAM
    a: +OK
    b> XREADGROUP GROUP g bob COUNT 1 BLOCK 0 STREAMS s >
    blocked 1
    c> XREADGROUP GROUP g cid COUNT 1 BLOCK 0 STREAMS s >
    blocked 2
    a> XADD s 1-1 f a
    a: "1-1"
    b: [["s" [["1-1" ["f" "a"]]]]]
    blocked 1
    a> XADD s 1-2 f b
    a: "1-2"
    c: [["s" [["1-2" ["f" "b"]]]]]
    # By time, by others, and by the end of what they wait for.
    b> XREADGROUP GROUP g bob BLOCK 1 STREAMS s >
    b: nil[]
    b> XREADGROUP GROUP g bob BLOCK 0 STREAMS s >
    c> XREADGROUP GROUP g cid BLOCK 0 STREAMS s >
    blocked 2
    a> XGROUP DESTROY s g
    a: 1
    b: -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
    c: -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
    a> XGROUP CREATE s g $
    a: +OK
    b> XREADGROUP GROUP g bob BLOCK 0 STREAMS s >
    blocked 1
    a> DEL s
    a: 1
    b: -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
  )");
}

// What is pending with another falls idle while a client waits for that.
TEST_F(GroupCommandsTest, WhatFallsIdleIsClaimedByWhoWaits) {
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["1-1" ["f" "a"]]]]]
    b> XREADGROUP GROUP g bob BLOCK 0 CLAIM 50 STREAMS s >
    b: [["s" [["1-1" ["f" "a"] ...
    a> XPENDING s g
    a: [1 "1-1" "1-1" [["bob" "1"]]]
  )");
}

TEST_F(GroupCommandsTest, DescribeInFull) {
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XADD s 1-2 f b
    a: "1-2"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["1-1" ["f" "a"]] ["1-2" ["f" "b"]]]]]
    a> XCLAIM s g ann 0 1-1 1-2 TIME 5000 RETRYCOUNT 3
    a: [["1-1" ["f" "a"]] ["1-2" ["f" "b"]]]
  )");
  const std::string full = Connect().Ask({"XINFO", "STREAM", "s", "FULL", "COUNT", "1"});
  EXPECT_THAT(full,
              ::testing::HasSubstr("\"groups\" [[\"name\" \"g\" \"last-delivered-id\" \"1-2\" "
                                   "\"entries-read\" 2 \"lag\" 0 \"pel-count\" 2 \"pending\" "
                                   "[[\"1-1\" \"ann\" 5000 3]] \"consumers\" [[\"name\" \"ann\" "));
  EXPECT_THAT(full, ::testing::HasSubstr("\"pel-count\" 2 \"pending\" [[\"1-1\" 5000 3]]]]]"));
}

TEST_F(GroupCommandsTest, TwoGroupsOfAConnection) {
  Play(R"(
    a> XGROUP CREATE s g $ MKSTREAM
    a: +OK
    a> XGROUP CREATE t g $ MKSTREAM
    a: +OK
    b> XREADGROUP GROUP g bob BLOCK 0 STREAMS s t > >
    blocked 1
    a> XADD t 1-1 f a
    a: "1-1"
    b: [["t" [["1-1" ["f" "a"]]]]]
    a> XINFO CONSUMERS t g
    a: [["name" "bob" "pending" 1 ...
  )");
}

// Deadlines that come while entries do: a client is either told of the time, or gets them; and what
// it was not given is pending with nobody.
TEST_F(GroupCommandsTest, NothingIsDeliveredToWhoWasToldOfTheTime) {
  Start();
  RespClient reader = Connect(), writer = Connect();
  writer.Ask({"XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"});
  int delivered = 0;
  for (int i = 0; i < 300; ++i) {
    reader.SendCommand({"XREADGROUP", "GROUP", "g", "ann", "BLOCK", "1", "STREAMS", "s", ">"});
    writer.Ask({"XADD", "s", "*", "f", "v"});
    const std::string reply = reader.Read();
    if (reply == "nil[]") {
      // It is still to be delivered.
      ASSERT_NE(reader.Ask({"XREADGROUP", "GROUP", "g", "ann", "STREAMS", "s", ">"}), "nil[]");
    }
    ++delivered;
  }
  EXPECT_EQ(writer.Ask({"XPENDING", "s", "g", "-", "+", "1000", "none"}), "[]");
  const std::string info = writer.Ask({"XPENDING", "s", "g"});
  EXPECT_TRUE(info.starts_with("[" + std::to_string(delivered) + " ")) << info;
}

}  // namespace
}  // namespace evlog::server
