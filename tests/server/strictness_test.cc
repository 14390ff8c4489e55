// Commands on groups, and deletions that regard them: what they take, and what they refuse.
#include <gtest/gtest.h>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

class StrictnessTest : public ServerTest {};

TEST_F(StrictnessTest, DeletionsTakeTheirOptionAlsoBehindTheIds) {
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XADD s 1-2 f b
    a: "1-2"
    a> XADD s 1-3 f c
    a: "1-3"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["1-1" ["f" "a"]] ["1-2" ["f" "b"]] ["1-3" ["f" "c"]]]]]
    a> XDELEX s IDS 1 9-9 DELREF
    a: [-1]
    a> XDELEX s IDS 1 1-1 ACKED
    a: [2]
    a> XDELEX s IDS 1 1-1 DELREF
    a: [1]
    a> XPENDING s g
    a: [2 "1-2" "1-3" [["ann" "2"]]]
    a> XACKDEL s g IDS 2 1-2 9-9 KEEPREF
    a: [1 -1]
    # Of two lists the last counts.
    a> XDELEX s IDS 1 9-9 IDS 1 1-3
    a: [1]
    a> XLEN s
    a: 0
    a> XDELEX missing IDS 1 x ACKED
    a: [-1]
    a> XDELEX s KEEPREF IDS 1 9-9 KEEPREF
    a: -ERR syntax error
    a> XDELEX s IDS 1 9-9 DELREF ACKED
    a: -ERR syntax error
    a> XDELEX s IDS 1 9-9 8-8
    a: -ERR syntax error
    a> XDELEX s IDS 2 9-9 DELREF
    a: -ERR Invalid stream ID specified as stream command argument
    a> XDELEX s IDS 3 9-9 DELREF
    a: -ERR The `numids` parameter must match the number of arguments
    a> XACKDEL s g IDS 1 9-9 FOO
    a: -ERR syntax error
  )");
}

TEST_F(StrictnessTest, GroupsBeginAtIds) {
  Play(R"(
    a> XGROUP CREATE s g + MKSTREAM
    a: -ERR Invalid stream ID specified as stream command argument
    a> XGROUP CREATE s g x MKSTREAM
    a: -ERR Invalid stream ID specified as stream command argument
    a> EXISTS s
    a: 0
    a> XADD s 1-1 f a
    a: "1-1"
    a> XGROUP CREATE s g -
    a: -ERR Invalid stream ID specified as stream command argument
    a> XGROUP CREATE s g $
    a: +OK
    a> XGROUP CREATE s g +
    a: -ERR Invalid stream ID specified as stream command argument
    # Of SETID the ends are ids, as in Redis.
    a> XGROUP SETID s g -
    a: +OK
    a> XREADGROUP GROUP g ann NOACK STREAMS s >
    a: [["s" [["1-1" ["f" "a"]]]]]
    a> XGROUP SETID s g +
    a: +OK
    a> XREADGROUP GROUP g ann NOACK STREAMS s >
    a: nil[]
  )");
}

TEST_F(StrictnessTest, NobodyIsToldOfAConsumerThatWasNotThere) {
  Play(R"(
    a> CONFIG SET notify-keyspace-events Et
    a: +OK
    s> PSUBSCRIBE __keyevent@0__:xgroup-*
    s: ["psubscribe" "__keyevent@0__:xgroup-*" 1]
    a> XGROUP CREATE s g 0 MKSTREAM
    a: +OK
    s: ["pmessage" "__keyevent@0__:xgroup-*" "__keyevent@0__:xgroup-create" "s"]
    a> XGROUP DELCONSUMER s g nobody
    a: 0
    a> XGROUP CREATECONSUMER s g ann
    a: 1
    s: ["pmessage" "__keyevent@0__:xgroup-*" "__keyevent@0__:xgroup-createconsumer" "s"]
    a> XGROUP DELCONSUMER s g ann
    a: 0
    s: ["pmessage" "__keyevent@0__:xgroup-*" "__keyevent@0__:xgroup-delconsumer" "s"]
  )");
}

TEST_F(StrictnessTest, AutoclaimCountsNoFurtherThanRedis) {
  Play(R"(
    a> XGROUP CREATE s g 0 MKSTREAM
    a: +OK
    a> XAUTOCLAIM s g ann 0 0 COUNT 576460752303423488
    a: -ERR COUNT must be > 0
    a> XAUTOCLAIM s g ann 0 0 COUNT 9223372036854775807
    a: -ERR COUNT must be > 0
    a> XAUTOCLAIM s g ann 0 0 COUNT 0
    a: -ERR COUNT must be > 0
    a> XAUTOCLAIM s g ann 0 0 COUNT 576460752303423487
    a: ["0-0" [] []]
  )");
}

TEST_F(StrictnessTest, ClaimsTellOfConsumersThatTheyMake) {
  Play(R"(
    a> CONFIG SET notify-keyspace-events Et
    a: +OK
    a> XGROUP CREATE s g 0 MKSTREAM
    a: +OK
    a> XADD s 1-1 f v
    a: "1-1"
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["1-1" ["f" "v"]]]]]
    s> PSUBSCRIBE *
    s: ["psubscribe" "*" 1]
    a> XCLAIM s g bob 0 1-1 JUSTID
    a: ["1-1"]
    s: ["pmessage" "*" "__keyevent@0__:xgroup-createconsumer" "s"]
    a> XAUTOCLAIM s g cid 0 0 JUSTID
    a: ["0-0" ["1-1"] []]
    s: ["pmessage" "*" "__keyevent@0__:xgroup-createconsumer" "s"]
    # Those that are there are not told of.
    a> XCLAIM s g bob 0 1-1 JUSTID
    a: ["1-1"]
    a> XAUTOCLAIM s g cid 0 0 JUSTID
    a: ["0-0" ["1-1"] []]
    a> XADD s 1-2 f v
    a: "1-2"
    s: ["pmessage" "*" "__keyevent@0__:xadd" "s"]
  )");
}

}  // namespace
}  // namespace evlog::server
