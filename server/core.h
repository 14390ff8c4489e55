// What all connections of a server share.
#ifndef EVLOG_SERVER_CORE_H_
#define EVLOG_SERVER_CORE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "evlog/event_log.h"
#include "evlog/server.h"
#include "server/blocked.h"
#include "server/client_registry.h"
#include "server/command_stats.h"
#include "server/error_stats.h"
#include "server/scan_cursors.h"
#include "server/settings.h"
#include "server/storage_pool.h"
#include "server/topic_counts.h"
#include "server/traffic_rates.h"
#include "server/wire/resp_parser.h"

namespace evlog::server {

// What INFO counts. Relaxed: related counts may be out of step.
struct Stats {
  std::atomic<uint64_t> connections{0};
  std::atomic<uint64_t> rejected{0};
  std::atomic<uint64_t> commands{0};
  std::atomic<uint64_t> input_bytes{0}, output_bytes{0};
  std::atomic<uint64_t> cut_by_output{0};
  std::atomic<uint64_t> expired{0};
  std::atomic<int64_t> blocked{0};

  void Reset() {
    for (std::atomic<uint64_t>* count : {&connections, &rejected, &commands, &input_bytes,
                                         &output_bytes, &cut_by_output, &expired}) {
      *count = 0;
    }
  }
};

// How often each io thread ticks, for what is done now and then.
inline constexpr int kTicksPerSecond = 1;

// Until when clients are held, and which.
struct Pause {
  std::atomic<int64_t> until_ms{0};  // of the unix epoch
  std::atomic<bool> all{false};      // else only commands that write
};

class Core {
 public:
  // Errors: FAILED_PRECONDITION (read only).
  static absl::StatusOr<std::unique_ptr<Core>> Make(EventLog* log, const ServerOptions& options);

  EventLog& log(int database) { return *databases_[static_cast<size_t>(database)]; }
  absl::Time Now() const { return clock_->Now(); }
  Clock* clock() { return clock_; }
  absl::Time started() const { return started_; }
  const std::string& run_id() const { return run_id_; }
  const ServerOptions& options() const { return options_; }
  const RequestLimits& request_limits() const { return request_limits_; }
  // Whether clients are told of such a version of Redis, or of a later one: some take no field that
  // theirs has not.
  bool IsAsOf(int major, int minor) const { return redis_version_ >= major * 1000 + minor; }

  Settings& settings() { return settings_; }
  // What somebody should look at, for the logger, if there is one.
  void Warn(const std::string& message) const;
  Stats& stats() { return stats_; }
  CommandStats& command_stats() { return command_stats_; }
  ErrorStats& error_stats() { return error_stats_; }
  // Sampled now and then, and asked for.
  void SampleTraffic(absl::Time now) { traffic_rates_.Sample(now, traffic()); }
  TrafficRates::Rates traffic_rates(absl::Time now) const {
    return traffic_rates_.Until(now, traffic());
  }
  // What INFO counts begins anew.
  void ResetStats(absl::Time now);
  Pause& pause() { return pause_; }
  ClientRegistry& clients() { return clients_; }
  ScanCursors& scan_cursors() { return scan_cursors_; }
  StoragePool& pool() { return pool_; }
  TopicCounts& topic_counts() { return topic_counts_; }
  BlockedByNames& blocked_by_names() { return blocked_by_names_; }
  ExecGate& exec_gate() { return exec_gate_; }

  // The server is ending.
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  void set_draining() { draining_.store(true, std::memory_order_relaxed); }
  uint16_t port() const { return port_; }
  void set_port(uint16_t port) {
    port_ = port;
    settings_.ShowPort(port);
  }

  // As long as it stands, streams that were opened by name have still that name, and do not expire
  // sooner.
  uint64_t renames() const { return renames_.load(std::memory_order_acquire); }
  void BumpRenames() { renames_.fetch_add(1, std::memory_order_release); }
  bool pausing(absl::Time now) const {
    return pause_.until_ms.load(std::memory_order_relaxed) > absl::ToUnixMillis(now);
  }

 private:
  Core(EventLog* log, const ServerOptions& options);
  absl::Status Start(EventLog* log);
  TrafficRates::Counts traffic() const;

  const ServerOptions options_;
  const RequestLimits request_limits_;
  const int redis_version_;  // 7.0.15: 7000
  Clock* const clock_;
  const absl::Time started_;
  const std::string run_id_;
  uint16_t port_ = 0;
  std::atomic<bool> draining_{false};
  std::array<EventLog*, kDatabases> databases_{};
  std::array<std::unique_ptr<EventLog>, kDatabases> owned_databases_;
  std::atomic<uint64_t> renames_{0};

  Settings settings_;
  Stats stats_;
  CommandStats command_stats_;
  ErrorStats error_stats_;
  TrafficRates traffic_rates_;
  Pause pause_;
  ClientRegistry clients_;
  ScanCursors scan_cursors_;
  TopicCounts topic_counts_;
  BlockedByNames blocked_by_names_;
  ExecGate exec_gate_;
  Watch names_;       // ends before what it calls
  StoragePool pool_;  // ends first
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_CORE_H_
