// Accepts connections and deals them out to the io threads.
#ifndef EVLOG_SERVER_LISTENER_H_
#define EVLOG_SERVER_LISTENER_H_

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "server/core.h"
#include "server/io_thread.h"

namespace evlog::server {

// Lives on the first of the io threads.
class Listener {
 public:
  // `threads` outlive it.
  Listener(Core* core, std::vector<std::unique_ptr<IoThread>>* threads);

  // Before the threads run. Errors: as Server::Start.
  absl::Status Listen();
  uint16_t port() const { return port_; }
  // Once they run.
  void Start();
  // Accepts no more, once it returns.
  void Stop();

 private:
  asio::awaitable<void> Accept();
  void Admit(IoThread* thread, asio::ip::tcp::socket socket);

  Core* const core_;
  std::vector<std::unique_ptr<IoThread>>* const threads_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer back_off_;
  size_t next_ = 0;
  bool full_ = false, failing_ = false;  // as was said last
  uint16_t port_ = 0;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_LISTENER_H_
