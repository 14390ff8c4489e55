// hiredis, one call at a time, in pipelines, and asynchronously on a loop around poll(2).
#include <gmock/gmock.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <poll.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

// A reply in one line: text as it is, an array as [a b], null as nil.
std::string TextOf(const redisReply* reply) {
  if (reply == nullptr) return "no reply";
  switch (reply->type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply->integer);
    case REDIS_REPLY_NIL:
      return "nil";
    case REDIS_REPLY_ARRAY: {
      std::string text = "[";
      for (size_t i = 0; i < reply->elements; ++i) {
        if (i > 0) text += ' ';
        text += TextOf(reply->element[i]);
      }
      return text + "]";
    }
    case REDIS_REPLY_ERROR:
      return "-" + std::string(reply->str, reply->len);
    default:
      return {reply->str, reply->len};
  }
}

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};

class Blocking {
 public:
  explicit Blocking(int port) : context_(redisConnect("127.0.0.1", port)) {}

  std::string Ask(std::initializer_list<std::string_view> words) {
    Append(words);
    return Read();
  }
  void Append(std::initializer_list<std::string_view> words) {
    std::vector<const char*> argv;
    std::vector<size_t> sizes;
    for (const std::string_view word : words) {
      argv.push_back(word.data());
      sizes.push_back(word.size());
    }
    redisAppendCommandArgv(context_.get(), static_cast<int>(argv.size()), argv.data(),
                           sizes.data());
  }
  std::string Read() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK) return context_->errstr;
    return TextOf(std::unique_ptr<redisReply, FreeReply>(static_cast<redisReply*>(reply)).get());
  }
  bool Reconnect() { return redisReconnect(context_.get()) == REDIS_OK; }

 private:
  const std::unique_ptr<redisContext, FreeContext> context_;
};

// A connection that calls back. Its loop is Until.
class Async {
 public:
  using OnReply = std::function<void(std::string)>;

  explicit Async(int port) : context_(redisAsyncConnect("127.0.0.1", port)) {
    context_->ev.data = this;
    context_->ev.addRead = [](void* self) { static_cast<Async*>(self)->events_ |= POLLIN; };
    context_->ev.delRead = [](void* self) { static_cast<Async*>(self)->events_ &= ~POLLIN; };
    context_->ev.addWrite = [](void* self) { static_cast<Async*>(self)->events_ |= POLLOUT; };
    context_->ev.delWrite = [](void* self) { static_cast<Async*>(self)->events_ &= ~POLLOUT; };
    context_->ev.cleanup = [](void* self) { static_cast<Async*>(self)->events_ = 0; };
    events_ = POLLOUT;  // until it is connected
  }
  ~Async() { redisAsyncFree(context_); }
  Async(const Async&) = delete;

  // Called with each reply; a subscriber has many.
  void Ask(std::initializer_list<std::string> words, OnReply on_reply) {
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    calls_.push_back(std::make_unique<OnReply>(std::move(on_reply)));
    redisAsyncCommandArgv(context_, &Async::Reply, calls_.back().get(),
                          static_cast<int>(argv.size()), argv.data(), nullptr);
  }

  // Whether all that it was asked is on its way.
  bool sent() const { return (events_ & POLLOUT) == 0; }

  // Runs the loops of all until it is so. False: nothing has happened for half a minute.
  static bool Until(std::initializer_list<Async*> all, const std::function<bool()>& done) {
    constexpr int kPatienceMs = 30'000;
    while (!done()) {
      std::vector<pollfd> waits;
      for (const Async* one : all) {
        waits.push_back({one->context_->c.fd, static_cast<short>(one->events_), 0});
      }
      if (poll(waits.data(), waits.size(), kPatienceMs) <= 0) return false;
      size_t i = 0;
      for (Async* const one : all) {
        const int ready = waits[i++].revents;
        if ((ready & POLLOUT) != 0) redisAsyncHandleWrite(one->context_);
        if ((ready & (POLLIN | POLLHUP | POLLERR)) != 0) redisAsyncHandleRead(one->context_);
      }
    }
    return true;
  }

 private:
  static void Reply(redisAsyncContext*, void* reply, void* call) {
    if (reply != nullptr) (*static_cast<OnReply*>(call))(TextOf(static_cast<redisReply*>(reply)));
  }

  redisAsyncContext* const context_;
  int events_ = 0;
  std::vector<std::unique_ptr<OnReply>> calls_;
};

class HiredisTest : public ServerTest {};

TEST_F(HiredisTest, OneCallAtATime) {
  Start();
  Blocking client(server_->port());
  EXPECT_EQ(client.Ask({"PING"}), "PONG");
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "f", std::string_view("\0\r\n", 3)}), "1-1");
  EXPECT_EQ(client.Ask({"XRANGE", "s", "-", "+"}), "[[1-1 [f " + std::string("\0\r\n", 3) + "]]]");
  EXPECT_EQ(client.Ask({"XREAD", "BLOCK", "1", "STREAMS", "s", "$"}), "nil");
  EXPECT_EQ(client.Ask({"XGROUP", "CREATE", "s", "g", "0"}), "OK");
  EXPECT_EQ(client.Ask({"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "s", ">"}),
            "[[s [[1-1 [f " + std::string("\0\r\n", 3) + "]]]]]");
  EXPECT_EQ(client.Ask({"XPENDING", "s", "g"}), "[1 1-1 1-1 [[c 1]]]");
  EXPECT_EQ(client.Ask({"XACK", "s", "g", "1-1"}), "1");
  EXPECT_THAT(client.Ask({"GET", "s"}), StartsWith("-ERR unknown command"));
  // After the end of its connection a new one goes on.
  EXPECT_EQ(client.Ask({"QUIT"}), "OK");
  // What is sent to the closed connection may be answered by a reset before its end is read.
  EXPECT_THAT(client.Ask({"PING"}), ::testing::AnyOf("Server closed the connection",
                                                     "Connection reset by peer", "Broken pipe"));
  ASSERT_TRUE(client.Reconnect());
  EXPECT_EQ(client.Ask({"XLEN", "s"}), "1");
}

TEST_F(HiredisTest, APipelineIsAnsweredInOrder) {
  Start();
  Blocking client(server_->port());
  for (int i = 1; i <= 1000; ++i) {
    client.Append({"XADD", "s", std::to_string(i), "f", "v"});
    client.Append({"XLEN", "s"});
  }
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_EQ(client.Read(), std::to_string(i) + "-0");
    ASSERT_EQ(client.Read(), std::to_string(i));
  }
}

TEST_F(HiredisTest, TenThousandAppendsInFlight) {
  constexpr size_t kAppends = 10'000;
  Start();
  Async client(server_->port());
  std::vector<std::string> ids;
  for (size_t i = 0; i < kAppends; ++i) {
    client.Ask({"XADD", "s", "*", "n", std::to_string(i)},
               [&ids](std::string id) { ids.push_back(std::move(id)); });
  }
  ASSERT_TRUE(Async::Until({&client}, [&ids] { return ids.size() == kAppends; }));
  // Its entries are in the order of its calls, with the ids that they were told.
  std::string all = "[";
  for (size_t i = 0; i < kAppends; ++i) {
    all += (i == 0 ? "[" : " [") + ids[i] + " [n " + std::to_string(i) + "]]";
  }
  EXPECT_EQ(Blocking(server_->port()).Ask({"XRANGE", "s", "-", "+"}), all + "]");
}

TEST_F(HiredisTest, SubscribersAreCalled) {
  Start();
  Async subscriber(server_->port()), publisher(server_->port());
  std::vector<std::string> heard, patterns;
  const auto hear = [&heard](std::string text) { heard.push_back(std::move(text)); };
  subscriber.Ask({"SUBSCRIBE", "news"}, hear);
  subscriber.Ask({"PSUBSCRIBE", "n*"},
                 [&patterns](std::string text) { patterns.push_back(std::move(text)); });
  ASSERT_TRUE(Async::Until({&subscriber}, [&] { return heard.size() + patterns.size() == 2; }));
  std::string receivers;
  publisher.Ask({"PUBLISH", "news", "hello"}, [&](std::string text) { receivers = text; });
  ASSERT_TRUE(Async::Until({&subscriber, &publisher}, [&] {
    return heard.size() == 2 && patterns.size() == 2 && !receivers.empty();
  }));
  EXPECT_EQ(receivers, "2");
  EXPECT_THAT(heard, ElementsAre("[subscribe news 1]", "[message news hello]"));
  EXPECT_THAT(patterns, ElementsAre("[psubscribe n* 2]", "[pmessage n* news hello]"));
  // hiredis answers the end of a subscription to its own callback.
  subscriber.Ask({"UNSUBSCRIBE", "news"}, hear);
  ASSERT_TRUE(Async::Until({&subscriber}, [&] { return heard.size() == 3; }));
  EXPECT_EQ(heard.back(), "[unsubscribe news 1]");
}

TEST_F(HiredisTest, ABlockedReaderIsCalled) {
  Start();
  Async reader(server_->port());
  std::string read;
  reader.Ask({"XREAD", "BLOCK", "0", "STREAMS", "s", "$"}, [&](std::string text) { read = text; });
  Blocking client(server_->port());
  ASSERT_TRUE(Async::Until({&reader}, [&reader] { return reader.sent(); }));
  std::string info;
  do {
    info = client.Ask({"INFO", "clients"});
  } while (info.find("blocked_clients:1") == std::string::npos);
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "f", "v"}), "1-1");
  ASSERT_TRUE(Async::Until({&reader}, [&] { return !read.empty(); }));
  EXPECT_EQ(read, "[[s [[1-1 [f v]]]]]");
}

}  // namespace
}  // namespace evlog::server
