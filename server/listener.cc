#include "server/listener.h"

#include <fmt/format.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <future>
#include <string_view>
#include <system_error>
#include <utility>

#include "log/base/status.h"
#include "server/listen.h"

namespace evlog::server {

namespace {

using asio::ip::tcp;

// After an accept that failed, mostly for want of file descriptors: those that are free again are
// found soon, without spinning meanwhile.
constexpr auto kBackOff = std::chrono::milliseconds(100);
constexpr std::string_view kTooMany = "-ERR max number of clients reached\r\n";

}  // namespace

Listener::Listener(Core* core, std::vector<std::unique_ptr<IoThread>>* threads)
    : core_(core),
      threads_(threads),
      acceptor_(threads->front()->context()),
      back_off_(threads->front()->context()) {}

absl::Status Listener::Listen() {
  const ServerOptions& options = core_->options();
  ListenOptions listen{options.host, options.port};
  listen.may_be_public = !options.password.empty() || options.allow_unprotected;
  listen.otherwise = "set a password (requirepass), or say that none is wanted (unprotected)";
  ASSIGN_OR_RETURN(port_, server::Listen(listen, &acceptor_));
  return absl::OkStatus();
}

void Listener::Start() { asio::co_spawn(threads_->front()->context(), Accept(), asio::detached); }

void Listener::Stop() {
  std::promise<void> stopped;
  threads_->front()->PostJob([this, &stopped] {
    std::error_code error;
    acceptor_.close(error);
    back_off_.cancel();
    stopped.set_value();
  });
  stopped.get_future().wait();
}

void Listener::Admit(IoThread* thread, tcp::socket socket) {
  if (!core_->clients().Admit(core_->settings().clients_max())) {
    core_->stats().rejected.fetch_add(1, std::memory_order_relaxed);
    if (!std::exchange(full_, true)) {
      core_->Warn(fmt::format("clients are refused: there are {}", core_->clients().size()));
    }
    std::error_code error;
    socket.non_blocking(true, error);
    asio::write(socket, asio::buffer(kTooMany.data(), kTooMany.size()), error);
    return;
  }
  // Not as soon as there is room for one: where many want in, each that leaves would be told of.
  const size_t most = core_->settings().clients_max();
  if (core_->clients().size() < most - most / 10) full_ = false;
  thread->PostJob([thread, taken = std::make_unique<tcp::socket>(std::move(socket))] {
    thread->Adopt(std::move(*taken));
  });
}

asio::awaitable<void> Listener::Accept() {
  while (acceptor_.is_open()) {
    IoThread* const thread = (*threads_)[next_ % threads_->size()].get();
    tcp::socket socket(thread->context());
    std::error_code error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor_.is_open()) co_return;
    if (!error) {
      failing_ = false;
      ++next_;
      Admit(thread, std::move(socket));
      continue;
    }
    if (!std::exchange(failing_, true)) {
      core_->Warn(
          fmt::format("no connection can be accepted, and it is tried again: {}", error.message()));
    }
    back_off_.expires_after(kBackOff);
    co_await back_off_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace evlog::server
