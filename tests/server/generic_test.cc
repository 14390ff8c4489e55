// Commands about keys.
#include <gmock/gmock.h>

#include <set>
#include <string>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

class GenericTest : public ServerTest {};

TEST_F(GenericTest, KeysAreThereOrNot) {
  Play(R"(
    a> XADD a 1-1 f v
    a: "1-1"
    a> XADD b 1-1 f v
    a: "1-1"
    a> EXISTS a b a missing
    a: 3
    a> TOUCH a missing
    a: 1
    a> DBSIZE
    a: 2
    a> KEYS *
    a: ["a" "b"]
    a> KEYS [b-z]
    a: ["b"]
    a> OBJECT ENCODING a
    a: "stream"
    a> OBJECT ENCODING missing
    a: nil
    a> MEMORY USAGE missing SAMPLES 0 SAMPLES 5
    a: nil
    a> MEMORY USAGE missing SAMPLES x
    a: -ERR value is not an integer or out of range
    a> MEMORY USAGE a SAMPLES -1
    a: -ERR syntax error
    a> MEMORY USAGE a SAMPLES 5 SAMPLES
    a: -ERR syntax error
    a> MEMORY USAGE a FOO 1
    a: -ERR syntax error
    a> DEL a a missing
    a: 1
    a> UNLINK b
    a: 1
    a> DBSIZE
    a: 0
    a> RANDOMKEY
    a: nil
    a> XADD a 1-1 f v
    a: "1-1"
    a> RANDOMKEY
    a: "a"
    a> SELECT 1
    a: +OK
    a> DBSIZE
    a: 0
    a> FLUSHALL
    a: +OK
    a> SELECT 0
    a: +OK
    a> EXISTS a
    a: 0
    a> FLUSHDB NOW
    a: -ERR syntax error
  )");
}

TEST_F(GenericTest, StreamsAreRenamedCopiedAndMoved) {
  Play(R"(
    a> XADD a 1-1 f a
    a: "1-1"
    a> RENAME a b
    a: +OK
    a> RENAME a b
    a: -ERR no such key
    a> RENAME b b
    a: +OK
    a> XADD a 2-1 f other
    a: "2-1"
    a> RENAMENX a b
    a: 0
    a> RENAMENX a c
    a: 1
    a> RENAME b c
    a: +OK
    a> XRANGE c - +
    a: [["1-1" ["f" "a"]]]
    a> COPY c d
    a: 1
    a> COPY c d
    a: 0
    a> COPY c d REPLACE
    a: 1
    a> COPY c c
    a: -ERR source and destination objects are the same
    a> COPY c c DB 2
    a: 1
    a> COPY missing x
    a: 0
    a> MOVE d 2
    a: 1
    a> MOVE c 2
    a: 0
    a> MOVE c 0
    a: -ERR source and destination objects are the same
    a> MOVE c 16
    a: -ERR DB index is out of range
    a> SELECT 2
    a: +OK
    a> KEYS *
    a: ["c" "d"]
    a> XADD d 1-1 f v
    a: -ERR The ID specified in XADD is equal or smaller than the target stream top item
  )");
}

TEST_F(GenericTest, ScanComesToAllKeys) {
  Start();
  RespClient client = Connect();
  std::set<std::string> names;
  for (int i = 0; i < 57; ++i) {
    names.insert("\"key" + std::to_string(i) + "\"");
    client.Ask({"XADD", "key" + std::to_string(i), "*", "f", "v"});
  }
  std::set<std::string> seen;
  std::string cursor = "0";
  do {
    const std::string page = client.Ask({"SCAN", cursor, "COUNT", "10", "MATCH", "key*"});
    // ["12" ["key1" "key10"]]
    cursor = page.substr(2, page.find('"', 2) - 2);
    for (size_t at = page.find("\"key"); at != std::string::npos; at = page.find("\"key", at + 1)) {
      seen.insert(page.substr(at, page.find('"', at + 1) - at + 1));
    }
  } while (cursor != "0");
  EXPECT_EQ(seen, names);
  EXPECT_EQ(client.Ask({"SCAN", "0", "TYPE", "string"}), "[\"0\" []]");
  EXPECT_EQ(client.Ask({"SCAN", "0", "COUNT", "0"}), "-ERR syntax error");
  EXPECT_EQ(client.Ask({"SCAN", "x"}), "-ERR invalid cursor");
}

TEST_F(GenericTest, CursorsAreNumbers) {
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    # What nobody was given begins at the start.
    a> SCAN 123456
    a: ["0" ["s"]]
    a> SCAN 18446744073709551615
    a: ["0" ["s"]]
    a> SCAN -1
    a: ["0" ["s"]]
    a> SCAN -18446744073709551615
    a: ["0" ["s"]]
    a> SCAN +007
    a: ["0" ["s"]]
    a> SCAN ""
    a: ["0" ["s"]]
    a> SCAN 18446744073709551616
    a: -ERR invalid cursor
    a> SCAN -18446744073709551616
    a: -ERR invalid cursor
    a> SCAN " 1"
    a: -ERR invalid cursor
    a> SCAN 1x
    a: -ERR invalid cursor
    a> SCAN -
    a: -ERR invalid cursor
  )");
}

// Also where others have begun scans meanwhile, which have cursors of their own.
TEST_F(GenericTest, AScanOutlivesTheServer) {
  Start();
  std::string cursor;
  {
    RespClient client = Connect();
    for (const char* const name : {"a", "b", "c", "d"}) client.Ask({"XADD", name, "*", "f", "v"});
    const std::string page = client.Ask({"SCAN", "0", "COUNT", "1"});
    EXPECT_THAT(page, testing::HasSubstr("[\"a\"]"));
    cursor = page.substr(2, page.find('"', 2) - 2);
  }
  server_.reset();
  Start();
  RespClient client = Connect();
  client.Ask({"SCAN", "0", "COUNT", "3"});
  EXPECT_EQ(client.Ask({"SCAN", cursor}), "[\"0\" [\"a\" \"b\" \"c\" \"d\"]]");
}

TEST_F(GenericTest, DatabasesAreExchanged) {
  Start();
  Play(R"(
    a> XADD s 1-1 f zero
    a: "1-1"
    a> XGROUP CREATE s g 0
    a: +OK
    a> SELECT 3
    a: +OK
    a> XADD s 1-1 f three
    a: "1-1"
    a> XADD only 1-1 f three
    a: "1-1"
    a> SWAPDB 0 16
    a: -ERR DB index is out of range
    a> SWAPDB x 1
    a: -ERR invalid first DB index
    a> SWAPDB 1 x
    a: -ERR invalid second DB index
    a> SWAPDB 2 2
    a: +OK
    b> XADD s 2-1 f zero
    b: "2-1"
    a> SWAPDB 0 3
    a: +OK
    a> XRANGE s - +
    a: [["1-1" ["f" "zero"]] ["2-1" ["f" "zero"]]]
    a> KEYS *
    a: ["s"]
    # A stream that an io thread had open is another one now.
    b> XADD s 2-1 f three
    b: "2-1"
    b> XRANGE s - +
    b: [["1-1" ["f" "three"]] ["2-1" ["f" "three"]]]
    b> DBSIZE
    b: 2
    a> XREADGROUP GROUP g c COUNT 1 STREAMS s >
    a: [["s" [["1-1" ["f" "zero"]]]]]
    b> XREADGROUP GROUP g c STREAMS s >
    b: -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
    a> MOVE s 0
    a: 0
    a> COPY s copy DB 0
    a: 1
    b> XRANGE copy - + COUNT 1
    b: [["1-1" ["f" "zero"]]]
  )");
  TearDown();
  Start();
  Play(R"(
    c> SELECT 3
    c: +OK
    c> XLEN s
    c: 2
    c> XPENDING s g
    c: [1 "1-1" "1-1" [["c" "1"]]]
    c> SWAPDB 3 0
    c: +OK
    c> KEYS *
    c: ["copy" "only" "s"]
  )");
}

TEST_F(GenericTest, CopiesHaveTheGroups) {
  Start();
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XADD s 1-2 f b
    a: "1-2"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XGROUP CREATE s h $
    a: +OK
    a> XREADGROUP GROUP g ann COUNT 1 STREAMS s >
    a: [["s" [["1-1" ["f" "a"]]]]]
    a> XADD u 1-1 f old
    a: "1-1"
    a> XGROUP CREATE u old 0
    a: +OK
    a> COPY s u
    a: 0
    a> COPY s u REPLACE
    a: 1
    a> XGROUP SETID u old 0
    a: -NOGROUP No such consumer group 'old' for key name 'u'
    a> XPENDING u g
    a: [1 "1-1" "1-1" [["ann" "1"]]]
    # Each goes its own way.
    a> XACK s g 1-1
    a: 1
    a> XPENDING u g
    a: [1 "1-1" "1-1" [["ann" "1"]]]
    a> XREADGROUP GROUP g bob STREAMS u >
    a: [["u" [["1-2" ["f" "b"]]]]]
    a> XREADGROUP GROUP g bob STREAMS s >
    a: [["s" [["1-2" ["f" "b"]]]]]
    a> XADD u 1-3 f c
    a: "1-3"
    a> XREADGROUP GROUP h bob STREAMS u >
    a: [["u" [["1-3" ["f" "c"]]]]]
    a> COPY s s DB 5
    a: 1
    a> SELECT 5
    a: +OK
    a> XPENDING s g
    a: [1 "1-2" "1-2" [["bob" "1"]]]
  )");
}

TEST_F(GenericTest, StreamsExpire) {
  StartWound();
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    a> TTL s
    a: -1
    a> TTL missing
    a: -2
    a> EXPIRE s 100
    a: 1
    a> TTL s
    a: 100
    a> PTTL s
    a: 100000
    a> EXPIRE s 50 GT
    a: 0
    a> EXPIRE s 200 GT
    a: 1
    a> EXPIRE s 10 NX
    a: 0
    a> EXPIRE s 10 LT
    a: 1
    a> EXPIRE s 10 NX XX
    a: -ERR NX and XX, GT or LT options at the same time are not compatible
    a> EXPIRE s 10 SOON
    a: -ERR Unsupported option SOON
    a> EXPIRE missing 10
    a: 0
    a> PERSIST s
    a: 1
    a> PERSIST s
    a: 0
    a> PEXPIRE s 5000
    a: 1
    a> EXPIRE s 9223372036854775807
    a: -ERR invalid expire time in 'expire' command
  )");
  clock_.Advance(absl::Seconds(6));
  Play(R"(
    a> XLEN s
    a: 0
    a> TYPE s
    a: +none
    a> XADD t 1-1 f v
    a: "1-1"
    a> PEXPIRE t 5000
    a: 1
  )");
  clock_.Advance(absl::Seconds(6));
  // Nothing but the append itself looks at the clock here.
  Play(R"(
    a> XADD t 1-1 f new
    a: "1-1"
    a> TTL t
    a: -1
    a> EXPIRE t -1
    a: 1
    a> EXISTS t
    a: 0
  )");
}

}  // namespace
}  // namespace evlog::server
