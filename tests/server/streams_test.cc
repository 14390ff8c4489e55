// Stream commands but XREAD that waits.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/server/server_fixture.h"
#include "tests/support/rng.h"

namespace evlog::server {
namespace {

class StreamCommandsTest : public ServerTest {};

TEST_F(StreamCommandsTest, AppendAndRead) {
  Play(R"(
    a> XADD s 1-1 f v g w
    a: "1-1"
    a> XADD s 2-* f v
    a: "2-0"
    a> XADD s 2-* f v
    a: "2-1"
    a> XADD s 3 f v
    a: "3-0"
    a> XLEN s
    a: 4
    a> XLEN missing
    a: 0
    a> XRANGE s - +
    a: [["1-1" ["f" "v" "g" "w"]] ["2-0" ["f" "v"]] ["2-1" ["f" "v"]] ["3-0" ["f" "v"]]]
    a> XRANGE s 2 2
    a: [["2-0" ["f" "v"]] ["2-1" ["f" "v"]]]
    a> XRANGE s (2-0 + COUNT 1
    a: [["2-1" ["f" "v"]]]
    a> XREVRANGE s + - COUNT 2
    a: [["3-0" ["f" "v"]] ["2-1" ["f" "v"]]]
    a> XREVRANGE s (2-1 2
    a: [["2-0" ["f" "v"]]]
    a> XRANGE s - + COUNT 0
    a: nil[]
    a> XRANGE s - + COUNT -1
    a: nil[]
    a> XRANGE s + -
    a: []
    a> XRANGE missing - +
    a: []
    a> XRANGE s - + LIMIT 1
    a: -ERR syntax error
    a> XRANGE s x +
    a: -ERR Invalid stream ID specified as stream command argument
    a> TYPE s
    a: +stream
    a> TYPE missing
    a: +none
  )");
}

TEST_F(StreamCommandsTest, RefuseIdsThatDoNotRise) {
  Play(R"(
    a> XADD s 5-5 f v
    a: "5-5"
    a> XADD s 5-5 f v
    a: -ERR The ID specified in XADD is equal or smaller than the target stream top item
    a> XADD s 5-4 f v
    a: -ERR The ID specified in XADD is equal or smaller than the target stream top item
    a> XADD s 4-* f v
    a: -ERR The ID specified in XADD is equal or smaller than the target stream top item
    a> XADD s 0-0 f v
    a: -ERR The ID specified in XADD must be greater than 0-0
    a> XADD fresh 0-* f v
    a: "0-1"
    a> XADD fresh 18446744073709551615-18446744073709551615 f v
    a: "18446744073709551615-18446744073709551615"
    a> XADD fresh 18446744073709551615-* f v
    a: -ERR The stream has exhausted the last possible ID, unable to add more items
    a> XADD fresh 5 f v
    a: -ERR The stream has exhausted the last possible ID, unable to add more items
    a> XADD missing NOMKSTREAM * f v
    a: nil
    a> EXISTS missing
    a: 0
    a> XADD s NOMKSTREAM 6-1 f v
    a: "6-1"
  )");
}

TEST_F(StreamCommandsTest, PipelinedAppendsAreAnsweredInOrder) {
  Start();
  RespClient client = Connect();
  std::string requests, expected;
  for (int i = 1; i <= 5000; ++i) {
    const std::string id = "1-" + std::to_string(i);
    requests += EncodeCommand({"XADD", "s", id, "f", "v"});
    expected += "$" + std::to_string(id.size()) + "\r\n" + id + "\r\n";
    if (i % 1000 == 0) {
      // In the midst of appends, a command sees all that were before it.
      requests += EncodeCommand({"XLEN", "s"}) + EncodeCommand({"PING"});
      expected += ":" + std::to_string(i) + "\r\n+PONG\r\n";
    }
  }
  requests += EncodeCommand({"QUIT"});
  expected += "+OK\r\n";
  ASSERT_TRUE(client.Send(requests));
  EXPECT_EQ(client.ReadAll(), expected);
}

TEST_F(StreamCommandsTest, ACommandSeesAllBeforeItWhateverTheMixture) {
  Start();
  RespClient client = Connect();
  Rng rng(TestSeed(3));
  std::string requests, expected;
  int entries = 0;
  for (int i = 0; i < 3000; ++i) {
    switch (rng.Below(5)) {
      case 0:
      case 1: {
        const std::string id = "1-" + std::to_string(++entries);
        requests += EncodeCommand({"XADD", "s", id, "f", "v"});
        expected += "$" + std::to_string(id.size()) + "\r\n" + id + "\r\n";
        break;
      }
      case 2:
        requests += EncodeCommand({"XLEN", "s"});
        expected += ":" + std::to_string(entries) + "\r\n";
        break;
      case 3:
        requests += EncodeCommand({"ECHO", "x"});
        expected += "$1\r\nx\r\n";
        break;
      default:
        requests += EncodeCommand({"XADD", "t", "*", "f", "v", "g"});
        requests += EncodeCommand({"EXISTS", "s"});
        expected += "-ERR wrong number of arguments for 'xadd' command\r\n:";
        expected += entries > 0 ? "1\r\n" : "0\r\n";
    }
  }
  requests += EncodeCommand({"QUIT"});
  expected += "+OK\r\n";
  ASSERT_TRUE(client.Send(requests));
  EXPECT_EQ(client.ReadAll(), expected);
}

TEST_F(StreamCommandsTest, TrimAsTheyAppend) {
  Play(R"(
    a> XADD s MAXLEN 2 1-1 f v
    a: "1-1"
    a> XADD s MAXLEN 2 1-2 f v
    a: "1-2"
    a> XADD s MAXLEN 2 1-3 f v
    a: "1-3"
    a> XRANGE s - +
    a: [["1-2" ["f" "v"]] ["1-3" ["f" "v"]]]
    a> XADD s MAXLEN = 1 1-4 f v
    a: "1-4"
    a> XLEN s
    a: 1
    a> XADD s MINID 2 3-1 f v
    a: "3-1"
    a> XRANGE s - +
    a: [["3-1" ["f" "v"]]]
    a> XADD s MAXLEN 0 4-1 f v
    a: "4-1"
    a> XLEN s
    a: 0
    a> XTRIM s MAXLEN 0
    a: 0
    a> XTRIM missing MAXLEN 0
    a: 0
    a> XTRIM s
    a: -ERR wrong number of arguments for 'xtrim' command
    a> XTRIM s LIMIT 5
    a: -ERR syntax error, LIMIT cannot be used without specifying a trimming strategy
    a> XTRIM s MAXLEN x
    a: -ERR value is not an integer or out of range
    a> XTRIM s MAXLEN 0 KEEPREF ACKED
    a: -ERR syntax error
    a> XTRIM s DELREF DELREF MAXLEN 0
    a: -ERR syntax error
  )");
  Start();
  RespClient client = Connect();
  std::string requests;
  for (int i = 0; i < 1000; ++i) {
    requests += EncodeCommand({"XADD", "t", "MAXLEN", "~", "250", "*", "f", "v"});
  }
  client.Send(requests);
  for (int i = 0; i < 1000; ++i) client.Read();
  // Whole hundreds go, so less than another hundred stays.
  EXPECT_EQ(client.Ask({"XLEN", "t"}), "300");
  EXPECT_EQ(client.Ask({"XTRIM", "t", "MAXLEN", "10"}), "290");
}

TEST_F(StreamCommandsTest, DeleteSingleEntries) {
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    a> XADD s 1-2 f v
    a: "1-2"
    a> XDEL s 1-1 1-1 9-9
    a: 1
    a> XDEL s 1-2 x
    a: -ERR Invalid stream ID specified as stream command argument
    a> XRANGE s - +
    a: [["1-2" ["f" "v"]]]
    a> XDEL missing 1-1
    a: 0
    a> XDEL s 1-2
    a: 1
    a> EXISTS s
    a: 1
    a> XADD s 1-2 f v
    a: -ERR The ID specified in XADD is equal or smaller than the target stream top item
  )");
}

TEST_F(StreamCommandsTest, ReadManyStreams) {
  constexpr char kFill[] = R"(
    a> XADD s 1-1 f 1
    a: "1-1"
    a> XADD s 1-2 f 2
    a: "1-2"
    a> XADD t 5-1 f 5
    a: "5-1"
  )";
  Play(kFill);
  Play(R"(
    a> XREAD STREAMS s t 0 0
    a: [["s" [["1-1" ["f" "1"]] ["1-2" ["f" "2"]]]] ["t" [["5-1" ["f" "5"]]]]]
    a> XREAD COUNT 1 STREAMS s t 0 5-1
    a: [["s" [["1-1" ["f" "1"]]]]]
    a> XREAD STREAMS s t $ $
    a: nil[]
    a> XREAD STREAMS s missing + +
    a: [["s" [["1-2" ["f" "2"]]]]]
    a> XREAD COUNT 1 MAXCOUNT 1 STREAMS s t 0 0
    a: [["s" [["1-1" ["f" "1"]]]]]
    a> XREAD MAXCOUNT 2 STREAMS s t 0 0
    a: [["s" [["1-1" ["f" "1"]] ["1-2" ["f" "2"]]]]]
    a> XREAD MAXSIZE 1 STREAMS s t 0 0
    a: [["s" [["1-1" ["f" "1"]]]]]
    a> XREAD STREAMS s t 0
    a: -ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.
    a> XREAD STREAMS s >
    a: -ERR The > ID can be specified only when calling XREADGROUP...
    a> XREAD COUNT x STREAMS s 0
    a: -ERR value is not an integer or out of range
    a> XREAD BLOCK -1 STREAMS s 0
    a: -ERR timeout is negative
    a> XREAD COUNT 1 s 0
    a: -ERR syntax error
    a> XREAD COUNT 1 NOACK STREAMS s 0
    a: -ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.
    a> XREAD GROUP g c STREAMS s 0
    a: -ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.
    a> XREAD COUNT 1 GROUP g
    a: -ERR syntax error
    a> XREAD STREAMS s x
    a: -ERR Invalid stream ID specified as stream command argument
  )");
  PlayResp3(R"(
    a> XREAD STREAMS s t 1-1 0
    a: {"s" [["1-2" ["f" "2"]]] "t" [["5-1" ["f" "5"]]]}
    a> XREAD STREAMS s s 1-1 0-0
    a: {"s" [["1-2" ["f" "2"]]] "s" [["1-1" ["f" "1"]] ["1-2" ["f" "2"]]]}
    a> XREAD STREAMS s 9
    a: nil
    a> XRANGE s - + COUNT 0
    a: nil
  )");
}

TEST_F(StreamCommandsTest, AreDescribed) {
  Play(R"(
    a> XINFO STREAM missing
    a: -ERR no such key
    a> XADD s 1-1 f 1
    a: "1-1"
    a> XADD s 1-2 f 2
    a: "1-2"
    a> XADD s 1-3 f 3
    a: "1-3"
    a> XDEL s 1-2
    a: 1
    a> XINFO STREAM s
    a: ["length" 2 "radix-tree-keys" 1 "radix-tree-nodes" 2 "last-generated-id" "1-3" \
        "max-deleted-entry-id" "1-2" "entries-added" 3 "recorded-first-entry-id" "1-1" \
        "groups" 0 "first-entry" ["1-1" ["f" "1"]] \
        "last-entry" ["1-3" ["f" "3"]]]
    a> XINFO STREAM s FULL COUNT 1
    a: ["length" 2 "radix-tree-keys" 1 "radix-tree-nodes" 2 "last-generated-id" "1-3" \
        "max-deleted-entry-id" "1-2" "entries-added" 3 "recorded-first-entry-id" "1-1" \
        "entries" [["1-1" ["f" "1"]]] "groups" []]
    a> XTRIM s MAXLEN 0
    a: 2
    a> XINFO STREAM s
    a: ["length" 0 "radix-tree-keys" 0 "radix-tree-nodes" 1 "last-generated-id" "1-3" \
        "max-deleted-entry-id" "1-2" "entries-added" 3 "recorded-first-entry-id" "0-0" \
        "groups" 0 "first-entry" nil "last-entry" nil]
    a> XINFO STREAM s FULL COUNT
    a: -ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.
    a> XCFGSET s IDMP-DURATION 5 IDMP-MAXSIZE 7
    a: +OK
    a> XCFGSET s IDMP-DURATION 0
    a: -ERR IDMP-DURATION must be between 1 and 86400 seconds
    a> XCFGSET missing IDMP-DURATION 5
    a: -ERR no such key
    a> XSETID s 1-3
    a: +OK
    a> XSETID s 1-2
    a: -ERR The ID specified in XSETID is smaller than that of an entry that is gone
    a> XSETID missing 1-1
    a: -ERR no such key
  )");
}

TEST_F(StreamCommandsTest, SetsTheLastId) {
  const char* const raised = R"(
    a> XINFO STREAM s
    a: ["length" 2 "radix-tree-keys" 1 "radix-tree-nodes" 2 "last-generated-id" "9-9" \
        "max-deleted-entry-id" "8-0" "entries-added" 20 "recorded-first-entry-id" "5-1" \
        "groups" 0 "first-entry" ["5-1" ["f" "a"]] \
        "last-entry" ["5-2" ["f" "b"]]]
  )";
  Start();
  Play(R"(
    a> XADD s 5-1 f a
    a: "5-1"
    a> XADD s 5-2 f b
    a: "5-2"
    a> XSETID s x
    a: -ERR Invalid stream ID specified as stream command argument
    a> XSETID s 9-9 ENTRIESADDED
    a: -ERR syntax error
    a> XSETID s 9-9 ENTRIESADDED x
    a: -ERR value is not an integer or out of range
    a> XSETID s 9-9 ENTRIESADDED -1
    a: -ERR entries_added must be positive
    a> XSETID s 9-9 ENTRIESADDED 1
    a: -ERR The entries_added specified in XSETID is smaller than the target stream length
    a> XSETID s 9-9 MAXDELETEDID 9-10
    a: -ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id
    a> XSETID s 5-1
    a: -ERR The ID specified in XSETID is smaller than the target stream top item
    a> XSETID s 9-9 ENTRIESADDED 20 MAXDELETEDID 8-0
    a: +OK
    a> XSETID s 7-0
    a: -ERR The ID specified in XSETID is smaller than current max_deleted_entry_id
  )");
  Play(raised);
  TearDown();
  Start();
  Play(raised);
  Play(R"(
    a> XADD s 9-9 f c
    a: -ERR The ID specified in XADD is equal or smaller than the target stream top item
    a> XADD s 9-* f c
    a: "9-10"
    # Not below what an entry had, though it is gone.
    a> XADD t 3-0 f a
    a: "3-0"
    a> XTRIM t MAXLEN 0
    a: 1
    a> XSETID t 2-0
    a: -ERR The ID specified in XSETID is smaller than that of an entry that is gone
    # Up, and back again.
    a> XSETID t 100-0
    a: +OK
    a> XGROUP CREATE t g $
    a: +OK
    a> XSETID t 3-0
    a: +OK
    a> XADD t 4-0 f b
    a: "4-0"
    # A group that was made at the larger id waits for one above.
    a> XREADGROUP GROUP g c STREAMS t >
    a: nil[]
    a> XADD t 100-1 f c
    a: "100-1"
    a> XREADGROUP GROUP g c STREAMS t >
    a: [["t" [["100-1" ["f" "c"]]]]]
  )");
}

TEST_F(StreamCommandsTest, RepeatedAppendsHappenOnce) {
  Start();
  RespClient client = Connect();
  const std::string id = client.Ask({"XADD", "s", "IDMP", "p", "one", "*", "f", "v"});
  EXPECT_EQ(client.Ask({"XADD", "s", "IDMP", "p", "one", "*", "f", "v"}), id);
  EXPECT_NE(client.Ask({"XADD", "s", "IDMP", "p", "two", "*", "f", "v"}), id);
  const std::string content = client.Ask({"XADD", "s", "IDMPAUTO", "p", "*", "f", "v", "g", "w"});
  EXPECT_EQ(client.Ask({"XADD", "s", "IDMPAUTO", "p", "*", "g", "w", "f", "v"}), content);
  EXPECT_EQ(client.Ask({"XLEN", "s"}), "3");
}

TEST_F(StreamCommandsTest, TheApplicationSeesTheSameStreams) {
  Start();
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"SELECT", "3"}), "+OK");
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "f", "v"}), "\"1-1\"");
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> third, log_->InDatabase(3));
  ASSERT_OK_AND_ASSIGN(Stream stream, third->OpenStream("s", {}, IfMissing::kError));
  EXPECT_EQ(stream.options().durability, Durability::kOs);
  ASSERT_OK(stream.Append({{"from", "inside"}}, {.id = EntryId{2, 0}}));
  EXPECT_EQ(client.Ask({"XREVRANGE", "s", "+", "-", "COUNT", "1"}),
            R"([["2-0" ["from" "inside"]]])");
  // A handle that the server holds follows no other stream of that name.
  ASSERT_OK(third->RenameStream("s", "t"));
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "f", "new"}), "\"1-1\"");
  ASSERT_OK(third->DropStream("s"));
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "f", "newer"}), "\"1-1\"");
  EXPECT_EQ(client.Ask({"XLEN", "t"}), "2");
}

}  // namespace
}  // namespace evlog::server
