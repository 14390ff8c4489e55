// XREAD that waits.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/log/gate.h"
#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

using ::testing::StartsWith;

class BlockingTest : public ServerTest {};

TEST_F(BlockingTest, ServesAllWhoWait) {
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    b> XREAD BLOCK 0 STREAMS s $
    c> XREAD BLOCK 0 STREAMS other s 0 1-1
    blocked 2
    a> XADD s 1-2 f w
    a: "1-2"
    b: [["s" [["1-2" ["f" "w"]]]]]
    c: [["s" [["1-2" ["f" "w"]]]]]
    b> XREAD BLOCK 0 STREAMS s 0
    b: [["s" [["1-1" ["f" "v"]] ["1-2" ["f" "w"]]]]]
    blocked 0
  )");
}

TEST_F(BlockingTest, WaitsForStreamsThatAreNotThereYet) {
  Play(R"(
    b> XREAD BLOCK 0 STREAMS s 0
    c> XREAD BLOCK 0 STREAMS renamed 0
    blocked 2
    a> XADD t 1-1 f v
    a: "1-1"
    a> RENAME t renamed
    a: +OK
    c: [["renamed" [["1-1" ["f" "v"]]]]]
    a> XADD s 1-1 f v
    a: "1-1"
    b: [["s" [["1-1" ["f" "v"]]]]]
    # A stream that is dropped keeps its readers, until there is another one.
    b> XREAD BLOCK 0 STREAMS s 1-1
    blocked 1
    a> DEL s
    a: 1
    a> XADD s 1-1 f old
    a: "1-1"
    a> XADD s 1-2 f new
    a: "1-2"
    b: [["s" [["1-2" ["f" "new"]]]]]
  )");
}

// The group that they wait for has never been away.
TEST_F(BlockingTest, ReadersOfAGroupFollowAKeyThatIsReplaced) {
  Start();
  RespClient other = Connect();
  const auto ask = [&other](const std::string& line) {
    return other.Ask(absl::StrSplit(line, ' '));
  };
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(ask("FLUSHALL"), "+OK");
    EXPECT_EQ(ask("XGROUP CREATE s g $ MKSTREAM"), "+OK");
    RespClient waiting = Connect();
    waiting.Send("XREADGROUP GROUP g ann BLOCK 0 STREAMS s >\r\n");
    Play("blocked 1");
    if (i % 3 == 2) {
      EXPECT_EQ(ask("MULTI"), "+OK");
      for (const char* line : {"DEL s", "XGROUP CREATE s g $ MKSTREAM", "XADD s 100 f v"}) {
        EXPECT_EQ(ask(line), "+QUEUED");
      }
      EXPECT_EQ(ask("EXEC"), "[1 +OK \"100-0\"]");
    } else {
      EXPECT_EQ(ask("XGROUP CREATE t g $ MKSTREAM"), "+OK");
      EXPECT_EQ(ask("XADD t 100 f v"), "\"100-0\"");
      EXPECT_EQ(ask(i % 3 == 0 ? "RENAME t s" : "COPY t s REPLACE"), i % 3 == 0 ? "+OK" : "1");
    }
    ASSERT_EQ(waiting.Read(), R"([["s" [["100-0" ["f" "v"]]]]])") << i;
  }
}

// What an EXEC takes away again was never there.
TEST_F(BlockingTest, NobodySeesTheMiddleOfAnExec) {
  Start();
  RespClient other = Connect();
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(other.Ask({"FLUSHALL"}), "+OK");
    EXPECT_EQ(other.Ask({"XADD", "s", "1-1", "f", "first"}), "\"1-1\"");
    RespClient waiting = Connect();
    waiting.Send("XREAD BLOCK 0 STREAMS s $\r\n");
    Play("blocked 1");
    EXPECT_EQ(other.Ask({"MULTI"}), "+OK");
    EXPECT_EQ(other.Ask({"XADD", "s", "2-1", "f", "middle"}), "+QUEUED");
    EXPECT_EQ(
        i % 2 == 0 ? other.Ask({"XDEL", "s", "2-1"}) : other.Ask({"XTRIM", "s", "MAXLEN", "0"}),
        "+QUEUED");
    EXPECT_THAT(other.Ask({"EXEC"}), StartsWith("[\"2-1\" "));
    EXPECT_EQ(other.Ask({"XADD", "s", "3-1", "f", "last"}), "\"3-1\"");
    ASSERT_EQ(waiting.Read(), R"([["s" [["3-1" ["f" "last"]]]]])") << i;
  }
}

// Its command has looked, and does not know yet whether it looks again.
TEST_F(BlockingTest, AnEndBetweenTwoLooksIsNotLost) {
  Start();
  RespClient other = Connect();
  for (const bool kill : {false, true}) {
    RespClient waiting = Connect();
    const std::string id = waiting.Ask({"CLIENT", "ID"});
    Gate gate("blocked.looked");
    ASSERT_TRUE(waiting.Send(EncodeCommand({"XREAD", "BLOCK", "0", "STREAMS", "s", "$"})));
    gate.AwaitArrivals(1);
    EXPECT_EQ(kill ? other.Ask({"CLIENT", "KILL", "ID", id})
                   : other.Ask({"CLIENT", "UNBLOCK", id, "ERROR"}),
              "1");
    EXPECT_EQ(other.Ask({"PING"}), "+PONG");
    gate.Open();
    EXPECT_EQ(waiting.Read(), kill ? "closed" : "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
  }
  server_->Stop();  // which waits for all that is under way
}

TEST_F(BlockingTest, FollowsNamesOverExchangedDatabases) {
  Play(R"(
    a> XADD s 1-1 f zero
    a: "1-1"
    a> XGROUP CREATE s g $
    a: +OK
    a> SELECT 1
    a: +OK
    a> XADD s 1-2 f one
    a: "1-2"
    a> XADD new 1-1 f one
    a: "1-1"
    b> XREAD BLOCK 0 STREAMS s 1-1
    c> XREAD BLOCK 0 STREAMS new 0
    d> XREADGROUP GROUP g ann BLOCK 0 STREAMS s >
    blocked 3
    a> SWAPDB 0 1
    a: +OK
    b: [["s" [["1-2" ["f" "one"]]]]]
    c: [["new" [["1-1" ["f" "one"]]]]]
    d: -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
    # One that has the group in both goes on with the other.
    a> XADD s 2-1 f one
    a: "2-1"
    a> SELECT 0
    a: +OK
    a> XGROUP CREATE s g $
    a: +OK
    d> XREADGROUP GROUP g ann BLOCK 0 STREAMS s >
    blocked 1
    a> SWAPDB 0 1
    a: +OK
    d: [["s" [["2-1" ["f" "one"]]]]]
  )");
}

TEST_F(BlockingTest, FollowsNamesOverRenames) {
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    a> XGROUP CREATE s g $
    a: +OK
    b> XREAD BLOCK 0 STREAMS s $
    c> XREADGROUP GROUP g ann BLOCK 0 STREAMS s >
    d> XREADGROUP GROUP g bob BLOCK 0 STREAMS s >
    blocked 3
    a> RENAME s t
    a: +OK
    c: -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
    d: -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
    a> XADD s 1-2 f w
    a: "1-2"
    b: [["s" [["1-2" ["f" "w"]]]]]
  )");
}

TEST_F(BlockingTest, EndsByTimeByOthersAndByItself) {
  Play(R"(
    b> XREAD BLOCK 1 STREAMS s 0
    b: nil[]
    b> CLIENT ID
    b: 1
    b> XREAD BLOCK 0 STREAMS s 0
    blocked 1
    a> CLIENT UNBLOCK 1
    a: 1
    b: nil[]
    b> XREAD BLOCK 0 STREAMS s 0
    blocked 1
    a> CLIENT UNBLOCK 1 ERROR
    a: 1
    b: -UNBLOCKED client unblocked via CLIENT UNBLOCK
    a> CLIENT UNBLOCK 1
    a: 0
    a> CLIENT UNBLOCK x
    a: -ERR value is not an integer or out of range
    b> XREAD BLOCK 0 STREAMS s 0
    blocked 1
    a> CLIENT KILL ID 1
    a: 1
    b: closed
    blocked 0
    # What was sent behind it waits as well.
    c> XREAD BLOCK 0 STREAMS s 0
    c> PING
    blocked 1
    a> XADD s 1-1 f v
    a: "1-1"
    c: [["s" [["1-1" ["f" "v"]]]]]
    c: +PONG
  )");
}

TEST_F(BlockingTest, HoldsUpOnlyWhatWasSentBehindIt) {
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    b> XLEN s
    b> XLEN s
    b> XREAD BLOCK 0 STREAMS s 1-1
    b> XLEN s
    b> XLEN s
    b: 1
    b: 1
    blocked 1
    a> XADD s 1-2 f w
    a: "1-2"
    b: [["s" [["1-2" ["f" "w"]]]]]
    b: 2
    b: 2
  )");
}

TEST_F(BlockingTest, AClientThatLeavesWaitsNoMore) {
  Start();
  Transcript transcript(server_->port());
  {
    RespClient client = Connect();
    client.SendCommand({"XREAD", "BLOCK", "0", "STREAMS", "s", "0"});
    transcript.Play("blocked 1");
  }
  transcript.Play("blocked 0");
}

TEST_F(BlockingTest, HearsTheApplicationToo) {
  Start();
  Transcript transcript(server_->port());
  transcript.Play(R"(
    b> XREAD BLOCK 0 STREAMS s 0
    blocked 1
  )");
  ASSERT_OK_AND_ASSIGN(Stream stream, log_->OpenStream("s"));
  ASSERT_OK(stream.Append({{"f", "v"}}, {.id = EntryId{7, 7}}));
  transcript.Play(R"(b: [["s" [["7-7" ["f" "v"]]]]])");
}

TEST_F(BlockingTest, AFollowerMissesNothing) {
  ServerOptions options = Options();
  options.io_threads = 2;
  Start(options);
  RespClient writer = Connect();
  RespClient reader = Connect();
  constexpr int kEntries = 2000;
  std::string requests;
  for (int i = 1; i <= kEntries; ++i) {
    requests += EncodeCommand({"XADD", "s", "1-" + std::to_string(i), "f", "v"});
  }
  ASSERT_TRUE(writer.Send(requests));
  std::string last = "0-0";
  int seen = 0;
  while (seen < kEntries) {
    const std::string reply =
        reader.Ask({"XREAD", "COUNT", "100", "BLOCK", "0", "STREAMS", "s", last});
    for (size_t at = reply.find("[\"1-"); at != std::string::npos;
         at = reply.find("[\"1-", at + 1)) {
      last = reply.substr(at + 2, reply.find('"', at + 2) - at - 2);
      ASSERT_EQ(last, "1-" + std::to_string(++seen));
    }
  }
}

}  // namespace
}  // namespace evlog::server
