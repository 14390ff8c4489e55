// Clients that ask for too much, too slowly, or half.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LimitsTest : public ServerTest {};

TEST_F(LimitsTest, HugeLengthsAreRefusedBeforeTheyAreRead) {
  Start();
  const struct {
    std::string bytes, answer;
  } cases[] = {
      {"*1\r\n$1073741824\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
      {"*2147483647\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
      {"*-99999999999999999999\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
      {std::string(70'000, 'a'), "-ERR Protocol error: too big inline request\r\n"},
      {"*" + std::string(70'000, '1'), "-ERR Protocol error: too big mbulk count string\r\n"},
  };
  for (const auto& c : cases) {
    RespClient client = Connect();
    client.Send(c.bytes);
    EXPECT_EQ(client.ReadAll(), c.answer) << c.bytes.substr(0, 20);
  }
  RespClient other = Connect();
  EXPECT_EQ(other.Ask({"PING"}), "+PONG");
}

TEST_F(LimitsTest, HalfRequestsHoldNobodyUp) {
  Start();
  std::vector<RespClient> halves;
  for (int i = 0; i < 50; ++i) {
    halves.push_back(Connect());
    halves.back().Send("*3\r\n$4\r\nXADD\r\n$1000\r\nhalf");
  }
  RespClient other = Connect();
  EXPECT_EQ(other.Ask({"XADD", "s", "1-1", "f", "v"}), "\"1-1\"");
  // A request may come a byte at a time.
  const std::string slow = EncodeCommand({"XLEN", "s"});
  for (const char c : slow) other.Send({&c, 1});
  EXPECT_EQ(other.Read(), "1");
  halves[0].EndSending();
  EXPECT_EQ(halves[0].ReadAll(), "");
}

TEST_F(LimitsTest, LargeEntriesGoThroughAndTooLargeOnesAreRefused) {
  Start();
  RespClient client = Connect();
  const std::string large(size_t{5} << 20, 'x');
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "f", large}), "\"1-1\"");
  EXPECT_EQ(client.Ask({"XRANGE", "s", "-", "+"}), "[[\"1-1\" [\"f\" \"" + large + "\"]]]");
  const std::string too_large(size_t{17} << 20, 'x');
  EXPECT_THAT(client.Ask({"XADD", "s", "1-2", "f", too_large}), StartsWith("-ERR "));
  EXPECT_THAT(client.Ask({"XADD", std::string(5000, 'k'), "1-2", "f", "v"}), StartsWith("-ERR "));
  EXPECT_EQ(client.Ask({"XLEN", std::string(5000, 'k')}), "0");
  EXPECT_EQ(client.Ask({"XLEN", "s"}), "1");
}

TEST_F(LimitsTest, TooManyClientsAreTurnedAway) {
  ServerOptions options = Options();
  options.clients_max = 3;
  Start(options);
  std::vector<RespClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(Connect());
    EXPECT_EQ(clients.back().Ask({"PING"}), "+PONG");
  }
  EXPECT_EQ(Connect().ReadAll(), "-ERR max number of clients reached\r\n");
  EXPECT_EQ(clients[0].Ask({"QUIT"}), "+OK");
  EXPECT_EQ(clients[0].ReadAll(), "");
  EXPECT_EQ(Connect().Ask({"PING"}), "+PONG");
}

TEST_F(LimitsTest, ASubscriberThatDoesNotReadIsCutAndDelaysNobody) {
  ServerOptions options = Options();
  options.pubsub_output = {.hard_bytes = size_t{1} << 20};
  Start(options);
  RespClient slow = Connect(), quick = Connect(), publisher = Connect();
  slow.Ask({"SUBSCRIBE", "ch"});
  quick.Ask({"SUBSCRIBE", "ch"});
  const std::string payload(size_t{64} << 10, 'x');
  std::string receivers = "2";
  int published = 0;
  // What the kernel holds for it is not counted, so it takes more than the limit.
  while (receivers == "2") {
    ASSERT_LT(++published, 10'000);
    receivers = publisher.Ask({"PUBLISH", "ch", payload});
    EXPECT_EQ(quick.Read(), "[\"message\" \"ch\" \"" + payload + "\"]");
  }
  EXPECT_EQ(receivers, "1");
  publisher.SendCommand({"INFO", "stats"});
  EXPECT_THAT(publisher.ReadText(), HasSubstr("client_output_buffer_limit_disconnections:1\r\n"));
}

TEST_F(LimitsTest, AClientThatDoesNotTakeItsRepliesIsCut) {
  ServerOptions options = Options();
  options.output = {.hard_bytes = size_t{4} << 20};
  Start(options);
  RespClient other = Connect();
  other.Ask({"XADD", "s", "1-1", "f", std::string(size_t{1} << 20, 'x')});
  RespClient slow = Connect();
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += EncodeCommand({"XRANGE", "s", "-", "+"});
  ASSERT_TRUE(slow.Send(requests));
  std::string stats;
  do {
    other.SendCommand({"INFO", "stats"});
    stats = other.ReadText();
  } while (stats.find("client_output_buffer_limit_disconnections:1\r\n") == std::string::npos);
  EXPECT_EQ(other.Ask({"PING"}), "+PONG");
}

TEST_F(LimitsTest, WhoHasNoPasswordMaySendLittle) {
  ServerOptions options = Options();
  options.password = "secret";
  Start(options);
  RespClient client = Connect();
  client.Send("*2\r\n$4\r\nAUTH\r\n$100000\r\n");
  EXPECT_EQ(client.ReadAll(), "-ERR Protocol error: unauthenticated bulk length\r\n");
}

}  // namespace
}  // namespace evlog::server
