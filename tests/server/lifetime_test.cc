// Starting, stopping, and many at once.
#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

using ::testing::HasSubstr;

class LifetimeTest : public ServerTest {};

TEST_F(LifetimeTest, RefusesToBeOpenToOthersWithoutAPassword) {
  Start();
  ServerOptions options = Options();
  options.host = "0.0.0.0";
  EXPECT_THAT(Server::Start(log_.get(), options),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("password")));
  options.password = "secret";
  EXPECT_OK(Server::Start(log_.get(), options));
  options.password.clear();
  options.allow_unprotected = true;
  EXPECT_OK(Server::Start(log_.get(), options));
  options.host = "no address";
  EXPECT_THAT(Server::Start(log_.get(), options), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(LifetimeTest, APortIsTakenOnce) {
  Start();
  ServerOptions options = Options();
  options.port = server_->port();
  EXPECT_THAT(Server::Start(log_.get(), options), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(LifetimeTest, ChecksItsOptions) {
  Start();
  const auto start = [this](void (*change)(ServerOptions&)) {
    ServerOptions options = Options();
    change(options);
    return Server::Start(log_.get(), options).status();
  };
  const auto invalid = StatusIs(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(start([](ServerOptions& o) { o.io_threads = 0; }), invalid);
  EXPECT_THAT(start([](ServerOptions& o) { o.storage_threads = 0; }), invalid);
  EXPECT_THAT(start([](ServerOptions& o) { o.clients_max = 0; }), invalid);
  EXPECT_THAT(start([](ServerOptions& o) { o.stream.partitions = 0; }), invalid);
  EXPECT_THAT(start([](ServerOptions& o) { o.request_bytes_max = 1; }), invalid);
}

TEST_F(LifetimeTest, AnswersWhatItHasReceivedBeforeItStops) {
  ServerOptions options = Options();
  options.stream.durability = Durability::kSync;
  Start(options);
  RespClient client = Connect();
  ASSERT_EQ(client.Ask({"XADD", "s", "1-1", "f", "v"}), "\"1-1\"");
  std::string requests, expected;
  for (int i = 2; i <= 100; ++i) {
    requests += EncodeCommand({"XADD", "s", "1-" + std::to_string(i), "f", "v"});
    expected += "$" +
                std::string(i < 10    ? "3"
                            : i < 100 ? "4"
                                      : "5") +
                "\r\n1-" + std::to_string(i) + "\r\n";
  }
  requests += EncodeCommand({"XLEN", "s"});
  expected += ":100\r\n";
  ASSERT_TRUE(client.Send(requests));
  RespClient waiting = Connect();
  waiting.SendCommand({"XREAD", "BLOCK", "0", "STREAMS", "t", "0"});
  Transcript(server_->port()).Play("blocked 1");
  server_->Stop();
  EXPECT_EQ(client.ReadAll(), expected);
  EXPECT_EQ(waiting.ReadAll(), "") << "as of a server that is gone, to which clients come back";
  EXPECT_EQ(Connect().Read(), "closed");
}

TEST_F(LifetimeTest, StopsThoughAClientTakesNothing) {
  ServerOptions options = Options();
  options.drain_timeout = absl::Milliseconds(50);
  Start(options);
  RespClient slow = Connect();
  slow.Ask({"XADD", "s", "1-1", "f", std::string(size_t{1} << 20, 'x')});
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += EncodeCommand({"XRANGE", "s", "-", "+"});
  slow.Send(requests);
  slow.Read();
  server_->Stop();
}

TEST_F(LifetimeTest, SaysThatAClientWantsItToEnd) {
  ServerOptions options = Options();
  std::atomic<bool> asked = false;
  options.on_shutdown = [&asked] { asked = true; };
  Start(options);
  RespClient client = Connect();
  client.SendCommand({"SHUTDOWN"});
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_TRUE(asked);
  server_.reset();
  Start();
  EXPECT_THAT(Connect().Ask({"SHUTDOWN"}), HasSubstr("-ERR this server is ended by"));
}

TEST_F(LifetimeTest, ManyClientsAppendReadAndPublishAtOnce) {
  ServerOptions options = Options();
  options.io_threads = 3;
  Start(options);
  RespClient subscriber = Connect();
  subscriber.Ask({"SUBSCRIBE", "ch"});
  constexpr int kThreads = 6, kRounds = 200;
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      RespClient client = Connect();
      const std::string own = "own" + std::to_string(t);
      for (int i = 1; i <= kRounds; ++i) {
        client.Send(EncodeCommand({"XADD", "shared", "*", "f", own}) +
                    EncodeCommand({"XADD", own, "MAXLEN", "50", "*", "f", "v"}) +
                    EncodeCommand({"XLEN", own}) + EncodeCommand({"PUBLISH", "ch", own}));
        const std::string shared = client.Read(), added = client.Read();
        const std::string length = client.Read(), receivers = client.Read();
        const bool fine = shared.starts_with("\"") && added.starts_with("\"") &&
                          length == std::to_string(std::min(i, 50)) && receivers == "1";
        if (!fine) ++failures;
        if (i % 50 == 0) client.Ask({"DEL", "scratch"});
        if (i % 20 == 0) client.Ask({"XADD", "scratch", "*", "f", "v"});
      }
    });
  }
  for (int i = 0; i < kThreads * kRounds; ++i) {
    ASSERT_THAT(subscriber.Read(), HasSubstr("\"ch\" \"own"));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(Connect().Ask({"XLEN", "shared"}), std::to_string(kThreads * kRounds));
}

TEST_F(LifetimeTest, ManyConsumersShareAGroup) {
  ServerOptions options = Options();
  options.io_threads = 3;
  Start(options);
  ASSERT_EQ(Connect().Ask({"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"}), "+OK");
  constexpr int kConsumers = 8, kEntries = 3000;
  std::atomic<int> handled = 0, failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kConsumers; ++t) {
    threads.emplace_back([&, t] {
      RespClient client = Connect();
      std::vector<std::string> read = {"XREADGROUP", "GROUP", "g", "c" + std::to_string(t),
                                       "COUNT",      "1"};
      if (t % 2 == 0) read.insert(read.end(), {"BLOCK", "20"});
      read.insert(read.end(), {"STREAMS", "s", ">"});
      while (handled < kEntries) {
        const std::string got = client.Ask(read);
        if (got == "nil[]") continue;
        // [["s" [["1-2" ["f" "v"]]]]]
        const size_t begin = got.find("[[\"", 2) + 3;
        const std::string id = got.substr(begin, got.find('"', begin) - begin);
        if (client.Ask({"XACK", "s", "g", id}) != "1") ++failures;
        ++handled;
      }
    });
  }
  RespClient producer = Connect();
  for (int i = 0; i < kEntries / 10; ++i) {
    std::string ten;
    for (int j = 0; j < 10; ++j) ten += EncodeCommand({"XADD", "s", "*", "f", "v"});
    ASSERT_TRUE(producer.Send(ten));
    for (int j = 0; j < 10; ++j) ASSERT_TRUE(producer.Read().starts_with("\""));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(handled, kEntries);
  EXPECT_EQ(producer.Ask({"XPENDING", "s", "g"}), "[0 nil nil nil[]]");
}

}  // namespace
}  // namespace evlog::server
