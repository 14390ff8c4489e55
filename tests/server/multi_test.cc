// MULTI, EXEC, WATCH.
#include <gmock/gmock.h>

#include <string>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

class MultiTest : public ServerTest {};

TEST_F(MultiTest, CommandsAreQueuedAndCarriedOutTogether) {
  Play(R"(
    a> MULTI
    a: +OK
    a> XADD s 1-1 f a
    a: +QUEUED
    a> XADD s 1-2 f b
    a: +QUEUED
    a> XLEN s
    a: +QUEUED
    a> PING
    a: +QUEUED
    b> EXISTS s
    b: 0
    a> EXEC
    a: ["1-1" "1-2" 2 +PONG]
    b> XLEN s
    b: 2
    a> MULTI
    a: +OK
    a> EXEC
    a: []
  )");
}

// Also nothing of what is carried out elsewhere than on the disk.
TEST_F(MultiTest, NothingOfAnAbortedTransactionIsDone) {
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    a> WATCH s
    a: +OK
    b> XADD s 1-2 f v
    b: "1-2"
    a> MULTI
    a: +OK
    a> SELECT 1
    a: +QUEUED
    a> CLIENT SETNAME ann
    a: +QUEUED
    a> XADD s 9-9 f v
    a: +QUEUED
    a> EXEC
    a: nil[]
    a> XLEN s
    a: 2
    a> CLIENT GETNAME
    a: nil
  )");
}

TEST_F(MultiTest, ExchangedDatabasesAreSeen) {
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    a> WATCH s
    a: +OK
    b> SWAPDB 0 1
    b: +OK
    a> MULTI
    a: +OK
    a> XADD s 2-1 f v
    a: +QUEUED
    a> EXEC
    a: nil[]
    # A key that is in neither of them is what it was.
    a> WATCH none
    a: +OK
    b> SWAPDB 0 1
    b: +OK
    a> MULTI
    a: +OK
    a> SWAPDB 0 1
    a: +QUEUED
    a> EXISTS s
    a: +QUEUED
    a> EXEC
    a: [+OK 0]
    b> SELECT 1
    b: +OK
    b> WATCH s
    b: +OK
    a> SELECT 1
    a: +OK
    a> XSETID s 5-5
    a: +OK
    b> MULTI
    b: +OK
    b> EXEC
    b: nil[]
  )");
}

TEST_F(MultiTest, ACommandSeesThoseBeforeIt) {
  Play(R"(
    a> MULTI
    a: +OK
    a> XADD s MAXLEN 1 1-1 f a
    a: +QUEUED
    a> XADD s MAXLEN 1 1-2 f b
    a: +QUEUED
    a> XRANGE s - +
    a: +QUEUED
    a> XGROUP CREATE s g 0
    a: +QUEUED
    a> XREADGROUP GROUP g ann STREAMS s >
    a: +QUEUED
    a> XACK s g 1-2 1-2 9-9
    a: +QUEUED
    a> XADD done 2-2 of 1-2
    a: +QUEUED
    a> XACK s g 1-2
    a: +QUEUED
    a> XPENDING s g
    a: +QUEUED
    a> DEL s
    a: +QUEUED
    a> EXISTS s done
    a: +QUEUED
    a> EXEC
    a: ["1-1" "1-2" [["1-2" ["f" "b"]]] +OK [["s" [["1-2" ["f" "b"]]]]] 1 "2-2" 0 \
        [0 nil nil nil[]] 1 1]
  )");
}

// An entry that comes after a trim is not counted by it.
TEST_F(MultiTest, ATrimIsOfWhatIsBeforeIt) {
  Play(R"(
    a> MULTI
    a: +OK
    a> XADD s 1-1 f a
    a: +QUEUED
    a> XADD s MAXLEN 1 1-2 f b
    a: +QUEUED
    a> XADD s 1-3 f c
    a: +QUEUED
    a> XADD t MAXLEN 2 1-1 f a
    a: +QUEUED
    a> XADD t MAXLEN 1 1-2 f b
    a: +QUEUED
    a> XADD t MAXLEN 2 1-3 f c
    a: +QUEUED
    a> EXEC
    a: ["1-1" "1-2" "1-3" "1-1" "1-2" "1-3"]
    a> XRANGE s - +
    a: [["1-2" ["f" "b"]] ["1-3" ["f" "c"]]]
    a> XRANGE t - +
    a: [["1-2" ["f" "b"]] ["1-3" ["f" "c"]]]
  )");
}

// As Redis has it: what is wrong with one of them is its reply, and the others are carried out.
TEST_F(MultiTest, AnErrorIsOfItsCommandOnly) {
  Play(R"(
    a> XADD s 5-5 f v
    a: "5-5"
    a> MULTI
    a: +OK
    a> XADD t 1-1 f v
    a: +QUEUED
    a> XADD s 1-1 f v
    a: +QUEUED
    a> XACK s none 1-1
    a: +QUEUED
    a> XADD s 6-6 f v
    a: +QUEUED
    a> XADD s x f v
    a: +QUEUED
    a> XADD none NOMKSTREAM * f v
    a: ...
    a> EXEC
    a: ...
  )");
  RespClient client = Connect();
  client.Ask({"FLUSHALL"});
  client.Ask({"XADD", "s", "5-5", "f", "v"});
  client.Ask({"MULTI"});
  client.Ask({"XADD", "t", "1-1", "f", "v"});
  client.Ask({"XADD", "s", "1-1", "f", "v"});
  client.Ask({"XACK", "s", "none", "1-1"});
  client.Ask({"XADD", "s", "6-6", "f", "v"});
  client.Ask({"XADD", "none", "NOMKSTREAM", "*", "f", "v"});
  EXPECT_EQ(client.Ask({"EXEC"}),
            "[\"1-1\" -ERR The ID specified in XADD is equal or smaller than the target stream top "
            "item 0 \"6-6\" nil]");
}

TEST_F(MultiTest, ACommandThatCannotBeQueuedSpoilsAll) {
  Play(R"(
    a> MULTI
    a: +OK
    a> XADD s 1-1 f v
    a: +QUEUED
    a> FROB
    a: -ERR unknown command...
    a> XADD s
    a: -ERR wrong number of arguments for 'xadd' command
    a> EXEC
    a: -EXECABORT Transaction discarded because of previous errors.
    a> EXISTS s
    a: 0
    a> MULTI
    a: +OK
    a> SHUTDOWN
    a: -ERR Command not allowed inside a transaction
    a> EXEC
    a: -EXECABORT...
  )");
}

TEST_F(MultiTest, WordsInTheWrongPlace) {
  Play(R"(
    a> EXEC
    a: -ERR EXEC without MULTI
    a> DISCARD
    a: -ERR DISCARD without MULTI
    a> MULTI
    a: +OK
    a> MULTI
    a: -ERR MULTI calls can not be nested
    a> WATCH s
    a: -ERR WATCH inside MULTI is not allowed
    a> XADD s 1-1 f v
    a: +QUEUED
    a> DISCARD
    a: +OK
    a> EXISTS s
    a: 0
    a> MULTI
    a: +OK
    a> RESET
    a: +RESET
    a> PING
    a: +PONG
  )");
}

TEST_F(MultiTest, NothingIsDoneWhenAWatchedKeyHasChanged) {
  Play(R"(
    a> XADD s 1-1 f v
    a: "1-1"
    a> WATCH s t
    a: +OK
    b> XADD s 1-2 f v
    b: "1-2"
    a> MULTI
    a: +OK
    a> XADD s 9-9 f v
    a: +QUEUED
    a> EXEC
    a: nil[]
    # It is watched no more.
    a> MULTI
    a: +OK
    a> XADD s 9-9 f v
    a: +QUEUED
    a> EXEC
    a: ["9-9"]
    # A key that there was not.
    a> WATCH t
    a: +OK
    b> XADD t 1-1 f v
    b: "1-1"
    a> MULTI
    a: +OK
    a> EXEC
    a: nil[]
    # Deleting, trimming, dropping, a time.
    a> WATCH s
    a: +OK
    b> XDEL s 1-1
    b: 1
    a> MULTI
    a: +OK
    a> EXEC
    a: nil[]
    a> WATCH s
    a: +OK
    b> DEL s
    b: 1
    a> MULTI
    a: +OK
    a> EXEC
    a: nil[]
    a> WATCH t
    a: +OK
    b> EXPIRE t 1000
    b: 1
    a> MULTI
    a: +OK
    a> EXEC
    a: nil[]
  )");
}

TEST_F(MultiTest, WhatIsWatchedAndUnchangedIsNoHindrance) {
  Play(R"(
    a> WATCH s missing
    a: +OK
    a> MULTI
    a: +OK
    a> XADD s 1-1 f v
    a: +QUEUED
    a> XADD s 1-2 f v
    a: +QUEUED
    a> EXEC
    a: ["1-1" "1-2"]
    a> WATCH s
    a: +OK
    a> MULTI
    a: +OK
    a> XADD s 1-3 f v
    a: +QUEUED
    a> EXEC
    a: ["1-3"]
    a> WATCH s
    a: +OK
    b> XADD s 1-4 f v
    b: "1-4"
    a> UNWATCH
    a: +OK
    a> MULTI
    a: +OK
    a> XLEN s
    a: +QUEUED
    a> EXEC
    a: [4]
  )");
}

TEST_F(MultiTest, ADatabaseIsSelectedAmongThem) {
  Play(R"(
    a> MULTI
    a: +OK
    a> XADD s 1-1 f v
    a: +QUEUED
    a> SELECT 3
    a: +QUEUED
    a> XADD s 1-1 f v
    a: +QUEUED
    a> XADD s 1-2 f v
    a: +QUEUED
    a> EXEC
    a: ["1-1" +OK "1-1" "1-2"]
    a> XLEN s
    a: 2
    a> SELECT 0
    a: +OK
    a> XLEN s
    a: 1
  )");
}

// A command that would wait does not.
TEST_F(MultiTest, NothingBlocks) {
  Play(R"(
    a> XGROUP CREATE s g $ MKSTREAM
    a: +OK
    a> MULTI
    a: +OK
    a> XREAD BLOCK 0 STREAMS s $
    a: +QUEUED
    a> XREADGROUP GROUP g ann BLOCK 0 STREAMS s >
    a: +QUEUED
    a> EXEC
    a: [nil[] nil[]]
  )");
}

TEST_F(MultiTest, MessagesArePublished) {
  Play(R"(
    s> SUBSCRIBE ch
    s: ["subscribe" "ch" 1]
    a> MULTI
    a: +OK
    a> PUBLISH ch one
    a: +QUEUED
    a> PUBLISH ch two
    a: +QUEUED
    a> EXEC
    a: [1 1]
    s: ["message" "ch" "one"]
    s: ["message" "ch" "two"]
  )");
}

// Counting by WATCH, MULTI and EXEC from several connections: none is lost.
TEST_F(MultiTest, OfThoseThatWatchTheSameOneSucceeds) {
  Start();
  constexpr int kRounds = 30;
  RespClient one = Connect(), other = Connect();
  for (int i = 0; i < kRounds; ++i) {
    for (RespClient* client : {&one, &other}) {
      EXPECT_EQ(client->Ask({"WATCH", "s"}), "+OK");
      EXPECT_EQ(client->Ask({"MULTI"}), "+OK");
      EXPECT_EQ(client->Ask({"XADD", "s", "*", "f", "v"}), "+QUEUED");
    }
    // Both at once.
    one.SendCommand({"EXEC"});
    other.SendCommand({"EXEC"});
    const bool first = one.Read() != "nil[]", second = other.Read() != "nil[]";
    EXPECT_TRUE(first != second) << "round " << i << ": " << first << second;
  }
  EXPECT_EQ(one.Ask({"XLEN", "s"}), std::to_string(kRounds));
}

TEST_F(MultiTest, WhatIsQueuedIsBounded) {
  ServerOptions options = Options();
  options.argument_bytes_max = options.request_bytes_max = 10'000;
  Start(options);
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"MULTI"}), "+OK");
  const std::string value(4'000, 'x');
  EXPECT_EQ(client.Ask({"XADD", "s", "*", "f", value}), "+QUEUED");
  EXPECT_EQ(client.Ask({"XADD", "s", "*", "f", value}), "+QUEUED");
  EXPECT_EQ(client.Ask({"XADD", "s", "*", "f", value}),
            "-ERR the commands of a MULTI take more than 10000 bytes");
  EXPECT_THAT(client.Ask({"EXEC"}), ::testing::StartsWith("-EXECABORT"));
}

// Who has gone has still asked for all of it.
TEST_F(MultiTest, AClientThatGoesHasItsCommandsCarriedOut) {
  Start();
  {
    RespClient client = Connect();
    std::string all = EncodeCommand({"MULTI"});
    for (int i = 0; i < 100; ++i) all += EncodeCommand({"XADD", "s", "*", "f", "v"});
    all += EncodeCommand({"XLEN", "s"}) + EncodeCommand({"XADD", "s", "*", "f", "v"});
    client.Send(all + EncodeCommand({"EXEC"}));
    EXPECT_EQ(client.Read(), "+OK");
    client.EndSending();
    client.ReadAll();
  }
  EXPECT_EQ(Connect().Ask({"XLEN", "s"}), "101");
}

}  // namespace
}  // namespace evlog::server
