#include "evlog/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "log/base/mutex.h"
#include "log/base/status.h"
#include "server/console/console.h"
#include "server/core.h"
#include "server/io_thread.h"
#include "server/keyspace_events.h"
#include "server/listener.h"
#include "server/server_metrics.h"

namespace evlog {

absl::Status ServerOptions::Validate() const {
  if (host.empty()) return InvalidArgument("host is empty");
  if (http && http->host.empty()) return InvalidArgument("http.host is empty");
  if (io_threads < 1 || io_threads > 256) {
    return InvalidArgument("io_threads is {}; it must be in 1..256", io_threads);
  }
  if (storage_threads < 1 || storage_threads > 256) {
    return InvalidArgument("storage_threads is {}; it must be in 1..256", storage_threads);
  }
  if (clients_max < 1) return InvalidArgument("clients_max is 0");
  if (idle_timeout < absl::ZeroDuration()) return InvalidArgument("idle_timeout is negative");
  if (drain_timeout < absl::ZeroDuration()) return InvalidArgument("drain_timeout is negative");
  if (!server::ParseEventClasses(keyspace_events)) {
    return InvalidArgument("keyspace_events is {}; allowed: letters of Ag$lshzxeKEtmdn",
                           Quoted(keyspace_events));
  }
  if (arguments_max < 16 || argument_bytes_max < 1024 || request_bytes_max < argument_bytes_max) {
    return InvalidArgument(
        "arguments_max must be 16 or more, argument_bytes_max 1024 or more, and request_bytes_max "
        "not below it");
  }
  return stream.Validate();
}

class Server::Impl {
 public:
  explicit Impl(std::unique_ptr<server::Core> core) : core_(std::move(core)) {
    for (int i = 0; i < core_->options().io_threads; ++i) {
      threads_.push_back(std::make_unique<server::IoThread>(core_.get()));
    }
    listener_ = std::make_unique<server::Listener>(core_.get(), &threads_);
  }

  absl::Status Start() {
    RETURN_IF_ERROR(listener_->Listen());
    core_->set_port(listener_->port());
    RETURN_IF_ERROR(PrepareMetrics());
    for (const auto& thread : threads_) thread->Start();
    running_ = true;
    listener_->Start();
    if (console_ != nullptr) console_->Start();
    Tell("listening on {}:{}", core_->options().host, port());
    return absl::OkStatus();
  }

  uint16_t port() const { return core_->port(); }
  uint16_t http_port() const { return console_ == nullptr ? 0 : console_->port(); }

  void Stop() {
    MutexLock lock(mu_);
    if (!std::exchange(running_, false)) return;
    Tell("stopping: {} clients", core_->clients().size());
    core_->set_draining();
    listener_->Stop();
    for (const auto& thread : threads_) thread->Drain(core_->options().drain_timeout);
    for (const auto& thread : threads_) thread->Join();
    // It refers to the core, and what is dropped may have something for another thread.
    while (std::any_of(threads_.begin(), threads_.end(),
                       [](const auto& thread) { return thread->DropMail(); })) {
    }
    if (console_ != nullptr) console_->Stop();
    metrics_.reset();  // who has the registry may outlive the server
    Tell("stopped");
  }

 private:
  absl::Status PrepareMetrics() {
    const ServerOptions& options = core_->options();
    MetricsRegistry* const registry = options.metrics == nullptr ? &own_registry_ : options.metrics;
    if (options.http) {
      console_ = std::make_unique<server::Console>(core_.get(), registry);
      RETURN_IF_ERROR(console_->Listen(*options.http));
    }
    metrics_ = std::make_unique<server::ServerMetrics>(registry, core_.get());
    return absl::OkStatus();
  }

  template <typename... Args>
  void Tell(fmt::format_string<Args...> format, Args&&... args) {
    if (core_->options().logger == nullptr) return;
    core_->options().logger->info(fmt::format(format, std::forward<Args>(args)...));
  }

  // The pool of the core ends before the threads that it hands its results to are gone.
  std::vector<std::unique_ptr<server::IoThread>> threads_;
  std::unique_ptr<server::Core> core_;
  std::unique_ptr<server::Listener> listener_;
  MetricsRegistry own_registry_;  // where the options name none
  std::unique_ptr<server::ServerMetrics> metrics_;
  std::unique_ptr<server::Console> console_;  // null: not asked for
  Mutex mu_;
  bool running_ = false;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { Stop(); }
uint16_t Server::port() const { return impl_->port(); }
uint16_t Server::http_port() const { return impl_->http_port(); }
void Server::Stop() { impl_->Stop(); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(EventLog* log, const ServerOptions& options) {
  RETURN_IF_ERROR(options.Validate());
  ASSIGN_OR_RETURN(std::unique_ptr<server::Core> core, server::Core::Make(log, options));
  auto impl = std::make_unique<Impl>(std::move(core));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace evlog
