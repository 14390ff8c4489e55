// XADD with a trim.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

using ::testing::HasSubstr;

class TrimsTest : public ServerTest {};

// In one turn, and as if each had come alone.
TEST_F(TrimsTest, APipelineOfTrims) {
  Start();
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "n", "0"}), "\"1-1\"");
  EXPECT_EQ(client.Ask({"XGROUP", "CREATE", "s", "g", "0"}), "+OK");
  std::string pipeline;
  int replies = 0;
  const auto add = [&](std::vector<std::string> trim) {
    std::vector<std::string> words = {"XADD", "s"};
    words.insert(words.end(), trim.begin(), trim.end());
    words.insert(words.end(), {"*", "n", std::to_string(++replies)});
    pipeline += EncodeCommand(words);
  };
  for (int i = 0; i < 250; ++i) add({"MAXLEN", "~", "100"});
  for (int i = 0; i < 10; ++i) add({"MAXLEN", "5"});
  add({});
  add({"MAXLEN", "=", "4"});
  add({"MINID", "1-1"});
  add({});
  ASSERT_TRUE(client.Send(pipeline));
  for (int i = 0; i < replies; ++i) ASSERT_TRUE(client.Read().starts_with("\"")) << i;
  EXPECT_EQ(client.Ask({"XLEN", "s"}), "6");
  EXPECT_THAT(client.Ask({"XRANGE", "s", "-", "+"}), HasSubstr("[\"n\" \"259\"]"));
  // Who listens is told of each trim.
  EXPECT_EQ(client.Ask({"CONFIG", "SET", "notify-keyspace-events", "Kt"}), "+OK");
  RespClient listener = Connect();
  EXPECT_THAT(listener.Ask({"SUBSCRIBE", "__keyspace@0__:s"}), HasSubstr("subscribe"));
  EXPECT_THAT(client.Ask({"XADD", "s", "MAXLEN", "2", "*", "n", "x"}), HasSubstr("-"));
  EXPECT_THAT(listener.Read(), HasSubstr("xadd"));
  EXPECT_THAT(listener.Read(), HasSubstr("xtrim"));
}

}  // namespace
}  // namespace evlog::server
