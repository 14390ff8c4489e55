// XREADGROUP and XACK on the io thread, which remembers the groups that it has opened.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

class GroupsHereTest : public ServerTest {};

// What a thread has opened by its name is not taken for what has that name later.
TEST_F(GroupsHereTest, OfTheSameNameIsNotTheSame) {
  Play(R"(
    a> XADD s 1-1 f a
    a: "1-1"
    a> XGROUP CREATE s g 0
    a: +OK
    a> XREADGROUP GROUP g ann COUNT 1 STREAMS s >
    a: [["s" [["1-1" ["f" "a"]]]]]
    a> XREADGROUP GROUP g ann COUNT 1 STREAMS s >
    a: nil[]
    a> XGROUP DESTROY s g
    a: 1
    a> XREADGROUP GROUP g ann COUNT 1 STREAMS s >
    a: -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option
    a> XACK s g 1-1
    a: 0
    b> XGROUP CREATE s g 0
    b: +OK
    a> XREADGROUP GROUP g ann COUNT 1 STREAMS s >
    a: [["s" [["1-1" ["f" "a"]]]]]
    a> XACK s g 1-1
    a: 1
    b> DEL s
    b: 1
    a> XACK s g 1-1
    a: 0
    b> XADD s 2-1 f b
    b: "2-1"
    b> XGROUP CREATE s g 0
    b: +OK
    a> XREADGROUP GROUP g ann STREAMS s >
    a: [["s" [["2-1" ["f" "b"]]]]]
    b> RENAME s t
    b: +OK
    a> XACK s g 2-1
    a: 0
    a> XACK t g 2-1
    a: 1
    b> EXPIRE t 0
    b: 1
    a> XREADGROUP GROUP g ann STREAMS t >
    a: -NOGROUP No such key 't' or consumer group 'g' in XREADGROUP with GROUP option
  )");
}

TEST_F(GroupsHereTest, APipelineGoesOnWithWhatItHasAppended) {
  Start();
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"}), "+OK");
  for (int i = 1; i <= 20; ++i) {
    const std::string id = std::to_string(i) + "-1";
    const std::vector<std::string> add = {"XADD", "s", id, "f", "v"};
    const std::vector<std::string> read = {"XREADGROUP", "GROUP", "g",       "ann", "COUNT", "1",
                                           "BLOCK",      "5",     "STREAMS", "s",   ">"};
    const std::vector<std::string> ack = {"XACK", "s", "g", id};
    ASSERT_TRUE(client.Send(EncodeCommand(ack) + EncodeCommand(add) + EncodeCommand(read) +
                            EncodeCommand(ack) + EncodeCommand(ack) + EncodeCommand(read) +
                            EncodeCommand({"XPENDING", "s", "g"})));
    EXPECT_EQ(client.Read(), "0");
    EXPECT_EQ(client.Read(), "\"" + id + "\"");
    EXPECT_EQ(client.Read(), "[[\"s\" [[\"" + id + "\" [\"f\" \"v\"]]]]]");
    EXPECT_EQ(client.Read(), "1");
    EXPECT_EQ(client.Read(), "0");
    EXPECT_EQ(client.Read(), "nil[]");
    EXPECT_EQ(client.Read(), "[0 nil nil nil[]]");
  }
}

}  // namespace
}  // namespace evlog::server
