// The HTTP port: metrics and health, and clients that do not behave.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "embedded/local_event_log.h"
#include "server/console/console.h"
#include "server/console/http_message.h"
#include "server/console/pages.h"
#include "tests/server/server_fixture.h"
#include "tests/support/fault_fs.h"

namespace evlog::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(HttpMessageTest, ARequestLineIsTakenApart) {
  const struct {
    std::string_view head, method, path;
  } rows[] = {
      {"GET /metrics HTTP/1.1\r\n\r\n", "GET", "/metrics"},
      {"HEAD / HTTP/1.0\r\nHost: x\r\n\r\n", "HEAD", "/"},
      {"GET /readyz?verbose=1&x=/y HTTP/1.1\r\n\r\n", "GET", "/readyz"},
      {"DELETE /a%20b HTTP/1.1\r\n\r\n", "DELETE", "/a%20b"},
  };
  for (const auto& row : rows) {
    const auto request = ParseHttpRequest(row.head);
    ASSERT_TRUE(request) << row.head;
    EXPECT_EQ(request->method, row.method);
    EXPECT_EQ(request->path, row.path);
  }
  for (const std::string_view bad :
       {"", "\r\n\r\n", "GET\r\n", "GET /\r\n", "GET / HTTP/2.0\r\n", "GET  / HTTP/1.1\r\n",
        "GET http://x/ HTTP/1.1\r\n", " / HTTP/1.1\r\n", "G\x01T / HTTP/1.1\r\n",
        "GET /\xff HTTP/1.1\r\n", "GET / HTTP/1.1", "*1\r\n$4\r\nPING\r\n"}) {
    EXPECT_FALSE(ParseHttpRequest(bad)) << bad;
  }
}

TEST(HttpMessageTest, AnAnswerSaysAllThatItNeeds) {
  EXPECT_EQ(EncodeHttpResponse({200, "text/plain", "ok\n"}, true),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n"
            "\r\nok\n");
  EXPECT_THAT(EncodeHttpResponse({200, "text/plain", "ok\n"}, false), EndsWith("close\r\n\r\n"));
  EXPECT_THAT(EncodeHttpResponse({405, "text/plain", ""}, true), HasSubstr("Allow: GET, HEAD\r\n"));
}

class ConsoleTest : public ServerTest {
 protected:
  static ServerOptions WithHttp() {
    ServerOptions options = Options();
    options.http = HttpOptions{.port = 0};
    return options;
  }

  // Everything that is answered to these bytes.
  std::string Send(std::string_view bytes) {
    RespClient client(server_->http_port());
    client.Send(bytes);
    return client.ReadAll();
  }
  std::string Get(const std::string& path) { return Send("GET " + path + " HTTP/1.1\r\n\r\n"); }
};

TEST_F(ConsoleTest, IsOffUnlessItIsAskedFor) {
  Start();
  EXPECT_EQ(server_->http_port(), 0);
}

TEST_F(ConsoleTest, MetricsOfTheLogAndOfTheServerComeTogether) {
  MetricsRegistry metrics;
  OpenOptions open;
  open.metrics = &metrics;
  ASSERT_OK_AND_ASSIGN(log_, Open(directory_.path(), open));
  ServerOptions options = WithHttp();
  options.metrics = &metrics;
  Start(options);
  RespClient client = Connect();
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "f", "v"}), R"("1-1")");
  EXPECT_EQ(client.Ask({"XGROUP", "CREATE", "s", "g\"1", "0"}), "+OK");
  EXPECT_THAT(client.Ask({"XLEN"}), StartsWith("-ERR wrong number"));
  const std::string answer = Get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"));
  for (const char* line :
       {"\nevlog_log_appends_total 1\n", "\nevlog_server_clients 1\n",
        "\nevlog_server_connections_total 1\n", "\nevlog_log_latched 0\n",
        "\nevlog_server_command_calls_total{command=\"xadd\"} 1\n",
        "\nevlog_server_command_rejections_total{command=\"xlen\"} 1\n",
        "\nevlog_group_lag_entries{database=\"0\",stream=\"s\",group=\"g\\\"1\"} 1\n",
        "\nevlog_channels_published_total 0\n", "\n# TYPE evlog_log_sync_seconds histogram\n"}) {
    EXPECT_THAT(answer, HasSubstr(line));
  }
  server_.reset();
  // The server's own have gone with it; those of the log go with the log.
  std::string left;
  for (const auto& sample : metrics.Samples()) left += sample.name + "\n";
  EXPECT_THAT(left, ::testing::Not(HasSubstr("evlog_server_")));
  EXPECT_THAT(left, HasSubstr("evlog_log_latched\n"));
  log_.reset();
}

TEST_F(ConsoleTest, WithoutARegistryThereAreTheServersOwn) {
  Start(WithHttp());
  EXPECT_THAT(Get("/metrics"), HasSubstr("\nevlog_server_clients 0\n"));
}

TEST_F(ConsoleTest, OnlyWhatThereIsIsAnswered) {
  Start(WithHttp());
  EXPECT_THAT(Get("/healthz"), EndsWith("\r\n\r\nok\n"));
  EXPECT_THAT(Get("/readyz?verbose"), EndsWith("\r\n\r\nok\n"));
  EXPECT_THAT(Send("HEAD /healthz HTTP/1.0\r\n\r\n"), EndsWith("close\r\n\r\n"));
  EXPECT_THAT(Get("/"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(Get("/metrics/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Send("POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
              StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(Send("*1\r\n$4\r\nPING\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  const std::string large = "GET /healthz HTTP/1.1\r\nA: " + std::string(kHttpHeadBytesMax, 'a');
  EXPECT_THAT(Send(large + "\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
}

TEST_F(ConsoleTest, ReadyMeansThatAppendsAreTaken) {
  const auto fs = std::make_shared<FaultFs>(directory_.Path("stash"));
  OpenOptions open;
  open.maintenance_interval = absl::InfiniteDuration();
  ASSERT_OK_AND_ASSIGN(log_, OpenOn({fs}, directory_.Path("log"), open));
  Start(WithHttp());
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200 "));
  fs->Arm({.ops = {FileOp::kAppend}, .for_ever = true});
  EXPECT_THAT(Connect().Ask({"XADD", "s", "1-1", "f", "v"}), StartsWith("-"));
  const std::string latched = Get("/readyz");
  EXPECT_THAT(latched, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(latched, HasSubstr("latched"));
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 "));
  fs->Disarm();
  ASSERT_OK(log_->Reopen());
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200 "));
  server_.reset();
  log_.reset();
}

TEST_F(ConsoleTest, AFullDiskAndAnEndingServerAreNotReady) {
  OpenOptions open;
  open.maintenance_interval = absl::InfiniteDuration();
  open.disk_free_min = uint64_t{1} << 60;  // more than any disk has left
  ASSERT_OK_AND_ASSIGN(log_, Open(directory_.path(), open));
  ASSERT_OK(log_->Maintain());
  Start(WithHttp());
  EXPECT_THAT(Get("/readyz"), HasSubstr("disk_free_min"));
  server_.reset();

  const MetricsRegistry metrics;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Core> core, Core::Make(log_.get(), Options()));
  core->set_draining();
  EXPECT_EQ(RenderPage("/readyz", *core, metrics).body, "the server is ending\n");
  EXPECT_EQ(RenderPage("/healthz", *core, metrics).status, 200);
}

TEST_F(ConsoleTest, WhoeverIsSlowHoldsAPlaceAndNoMore) {
  Start(WithHttp());
  std::vector<RespClient> slow;
  for (size_t i = 0; i < kHttpClientsMax; ++i) {
    slow.emplace_back(server_->http_port());
    slow.back().Send("GET /healthz HTT");
  }
  RespClient waits(server_->http_port());
  waits.Send("GET /healthz HTTP/1.1\r\n\r\n");
  slow.front().Send("P/1.1\r\n\r\n");
  EXPECT_THAT(slow.front().ReadAll(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(waits.ReadAll(), StartsWith("HTTP/1.1 200 "));
  server_.reset();  // ends all the same
  EXPECT_EQ(slow.back().ReadAll(), "");
}

TEST_F(ConsoleTest, PagesAreMadeInTurn) {
  Start(WithHttp());
  std::vector<RespClient> clients;
  for (size_t i = 0; i < 3 * kHttpClientsMax; ++i) {
    clients.emplace_back(server_->http_port());
    clients.back().Send(i % 3 == 0 ? "GET /readyz HTTP/1.1\r\n\r\n"
                                   : "GET /metrics HTTP/1.1\r\n\r\n");
    if (i % 5 == 0) clients.pop_back();  // who leaves holds nobody up
  }
  for (RespClient& client : clients) {
    EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(ConsoleTest, ListensWhereItMayAndOnlyOnce) {
  Start(WithHttp());
  ServerOptions taken = Options();
  taken.http = HttpOptions{.port = server_->http_port()};
  EXPECT_THAT(Server::Start(log_.get(), taken), StatusIs(absl::StatusCode::kUnavailable));
  server_.reset();
  ServerOptions open = Options();
  open.password = "secret";  // which HTTP does not ask for
  open.http = HttpOptions{.host = "0.0.0.0", .port = 0};
  EXPECT_THAT(Server::Start(log_.get(), open), StatusIs(absl::StatusCode::kPermissionDenied));
  open.http->allow_unprotected = true;
  Start(open);
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 "));
  ServerOptions none = Options();
  none.http = HttpOptions{.host = ""};
  EXPECT_THAT(Server::Start(log_.get(), none), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace evlog::server
