#include "server/listener.h"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <future>
#include <string>
#include <system_error>
#include <utility>

#include "log/base/status.h"

namespace evlog::server {

namespace {

using asio::ip::tcp;

// After an accept that failed, mostly for want of file descriptors: those that are free again are
// found soon, without spinning meanwhile.
constexpr auto kBackOff = std::chrono::milliseconds(100);
constexpr int kBacklog = 511;
constexpr std::string_view kTooMany = "-ERR max number of clients reached\r\n";

}  // namespace

Listener::Listener(Core* core, std::vector<std::unique_ptr<IoThread>>* threads)
    : core_(core),
      threads_(threads),
      acceptor_(threads->front()->context()),
      back_off_(threads->front()->context()) {}

absl::Status Listener::Resolve(tcp::endpoint* endpoint) {
  const ServerOptions& options = core_->options();
  std::error_code error;
  const asio::ip::address address = asio::ip::make_address(options.host, error);
  if (!error) {
    *endpoint = tcp::endpoint(address, options.port);
  } else {
    tcp::resolver resolver(threads_->front()->context());
    const auto found = resolver.resolve(options.host, std::to_string(options.port), error);
    if (error || found.empty()) {
      return InvalidArgument("{} is no address of this machine: {}", Quoted(options.host),
                             error.message());
    }
    *endpoint = found.begin()->endpoint();
  }
  if (endpoint->address().is_loopback() || !options.password.empty() || options.allow_unprotected) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kPermissionDenied,
               "{} can be reached by others: set a password, or say that none is wanted",
               options.host);
}

absl::Status Listener::Listen() {
  tcp::endpoint endpoint;
  RETURN_IF_ERROR(Resolve(&endpoint));
  std::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (error) {
    const bool invalid =
        error == asio::error::address_family_not_supported || error.value() == EADDRNOTAVAIL;
    return Error(invalid ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kUnavailable,
                 "cannot listen on {}:{}: {}", core_->options().host, core_->options().port,
                 error.message());
  }
  port_ = acceptor_.local_endpoint(error).port();
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
    std::error_code error;
    socket.non_blocking(true, error);
    asio::write(socket, asio::buffer(kTooMany.data(), kTooMany.size()), error);
    return;
  }
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
      ++next_;
      Admit(thread, std::move(socket));
      continue;
    }
    back_off_.expires_after(kBackOff);
    co_await back_off_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

}  // namespace evlog::server
