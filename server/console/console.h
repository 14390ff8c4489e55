// The HTTP port of a server: metrics and health.
//
// It has a thread of its own, so that it answers however busy the io threads are; pages that may
// read the disk are made on the storage pool, one at a time: commands have the rest of it. A
// connection is one request: it is answered and closed. At most kHttpClientsMax are under way,
// others wait to be accepted; each has kHttpHeadBytesMax for its request, and kHttpPatience for all
// of it.
#ifndef EVLOG_SERVER_CONSOLE_CONSOLE_H_
#define EVLOG_SERVER_CONSOLE_CONSOLE_H_

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>

#include "absl/status/status.h"
#include "evlog/metrics.h"
#include "server/console/http_message.h"
#include "server/core.h"

namespace evlog::server {

inline constexpr size_t kHttpClientsMax = 16;
inline constexpr size_t kHttpHeadBytesMax = size_t{8} << 10;
inline constexpr std::chrono::seconds kHttpPatience{10};

class Console {
 public:
  // Both outlive it. `metrics`: what /metrics shows.
  Console(Core* core, const MetricsRegistry* metrics);
  ~Console();  // stops

  // Errors: as Server::Start.
  absl::Status Listen(const HttpOptions& options);
  uint16_t port() const { return port_; }
  void Start();
  // Cuts off who is not answered yet. The pool of the core must run still.
  void Stop();

 private:
  struct Client;

  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(std::shared_ptr<Client> client);
  asio::awaitable<std::string> Answer(std::shared_ptr<Client> client);
  void Rendered(Client* client, HttpResponse page);
  // On the storage pool. Nullopt: the client is gone.
  asio::awaitable<std::optional<HttpResponse>> Render(std::shared_ptr<Client> client,
                                                      std::string path);

  Core* const core_;
  const MetricsRegistry* const metrics_;
  asio::io_context context_{1};
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer room_;  // waited on while there are kHttpClientsMax, or after a failed accept
  bool rendering_ = false;   // a page is made on the pool
  std::unordered_set<Client*> clients_;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_CONSOLE_CONSOLE_H_
