// The network server: Redis' own clients over a log of this process.
//
//   auto log = evlog::Open("/var/lib/orders");
//   auto server = evlog::Server::Start(log->get(), {.port = 6479});
//   if (!server.ok()) return server.status();
//   ...                       // the application goes on using the log
//   server->reset();          // answers what it has accepted, then ends
//
// A key is a stream of the selected database (SELECT 0..15); channels are those of the log, so
// PUBLISH and EventLog::channels() reach each other's subscribers.
#ifndef EVLOG_SERVER_H_
#define EVLOG_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/clock.h"
#include "evlog/event_log.h"
#include "evlog/limits.h"
#include "evlog/metrics.h"
#include "evlog/stream_options.h"

namespace evlog {

// How much may wait to be sent to one client before it is cut off.
struct OutputLimit {
  size_t hard_bytes = 0;  // at once; 0: no limit
  size_t soft_bytes = 0;  // when it has been more for `soft_for`; 0: no limit
  absl::Duration soft_for = absl::ZeroDuration();

  friend bool operator==(const OutputLimit&, const OutputLimit&) = default;
};

// Where a server answers GET /metrics (evlog/prometheus.h), /healthz (it runs) and /readyz (it
// takes appends), in plain HTTP. docs/operations.md says what to do with them.
struct HttpOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 6480;  // 0: any that is free
  // HTTP asks for no password, so an address that others reach needs this.
  bool allow_unprotected = false;
};

struct ServerOptions {
  // An address of this machine, or a name of one. An address that others reach needs a `password`,
  // or `allow_unprotected`.
  std::string host = "127.0.0.1";
  uint16_t port = 6479;  // 0: any that is free
  std::string password = {};
  bool allow_unprotected = false;

  int io_threads = 1;       // of the connections; more pay where there are processors for them
  int storage_threads = 4;  // of what may read the disk

  // Those that the log was opened with (OpenOptions::limits).
  Limits limits = {};
  // Of streams that clients create: XADD and the like.
  StreamOptions stream = {};

  size_t clients_max = 10'000;
  // Clients that sent nothing for so long are cut off, but for those that subscribe or wait. Zero:
  // never.
  absl::Duration idle_timeout = absl::ZeroDuration();
  // Of one request: its arguments, the bytes of one, and of all.
  size_t arguments_max = size_t{1} << 20;
  size_t argument_bytes_max = size_t{32} << 20;
  size_t request_bytes_max = size_t{64} << 20;
  OutputLimit output = {.hard_bytes = size_t{256} << 20};
  OutputLimit pubsub_output = {
      .hard_bytes = size_t{32} << 20, .soft_bytes = size_t{8} << 20, .soft_for = absl::Seconds(60)};
  // How long Stop waits for clients that do not take their replies.
  absl::Duration drain_timeout = absl::Seconds(10);

  // Which events of keys subscribers are told of, as Redis writes them: "KEA", "Ex"; empty: none.
  std::string keyspace_events = {};

  // Where EVLOG BACKUP adds a backup of the log (evlog/backup.h); empty: it is refused.
  std::string backup_directory = {};
  // Nullopt: nothing is answered over HTTP.
  std::optional<HttpOptions> http = std::nullopt;
  // Where the server's own metrics go; also what /metrics shows: it should be that of the log
  // (OpenOptions::metrics). Not owned; must outlive the server. Null: /metrics shows only those of
  // the server.
  MetricsRegistry* metrics = nullptr;

  // What INFO calls redis_version: clients choose by it what they send.
  std::string redis_version = "7.0.15";
  // Called by a thread of the server when a client sends SHUTDOWN; it must not stop the server
  // itself. Null: SHUTDOWN is refused.
  std::function<void()> on_shutdown = nullptr;

  // Not owned; must outlive the server. Null: the system clock.
  Clock* clock = nullptr;
  // Null: silent.
  std::shared_ptr<spdlog::logger> logger = nullptr;

  // INVALID_ARGUMENT naming the field that is out of its range.
  absl::Status Validate() const;
};

// Thread-safe.
class Server {
 public:
  // Listens; clients are served when it returns. `log` is database 0 of a log that outlives the
  // server. Errors: INVALID_ARGUMENT (options; no such address), PERMISSION_DENIED (an address that
  // others reach, without a password), UNAVAILABLE (the port is taken), FAILED_PRECONDITION (a log
  // that is read only).
  static absl::StatusOr<std::unique_ptr<Server>> Start(EventLog* log, const ServerOptions& options);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens; 0: not over HTTP.
  uint16_t port() const;
  uint16_t http_port() const;

  // Accepts no more, answers what clients have sent until now, closes their connections, and waits
  // for all of that; /readyz says 503 meanwhile. What it answered is as durable as it was asked to
  // be. Blocks for at most ServerOptions::drain_timeout, and as long as appends take.
  void Stop();

 private:
  class Impl;

  explicit Server(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace evlog

#endif  // EVLOG_SERVER_H_
