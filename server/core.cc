#include "server/core.h"

#include <random>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "log/base/status.h"
#include "server/keyspace_events.h"
#include "spdlog/logger.h"

namespace evlog::server {

namespace {

// As Redis has it: 40 hexadecimal digits, other ones at each start.
std::string RandomRunId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 5; ++i) id += fmt::format("{:08x}", random());
  return id;
}

RequestLimits LimitsOf(const ServerOptions& options) {
  RequestLimits limits;
  limits.args = options.arguments_max;
  limits.bulk_bytes = options.argument_bytes_max;
  limits.request_bytes = options.request_bytes_max;
  return limits;
}

// 0: it is none.
int VersionOf(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '.');
  int major = 0, minor = 0;
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[0], &major) ||
      !absl::SimpleAtoi(parts[1], &minor)) {
    return 0;
  }
  return major * 1000 + minor;
}

}  // namespace

Core::Core(EventLog* log, const ServerOptions& options)
    : options_(options),
      request_limits_(LimitsOf(options)),
      redis_version_(VersionOf(options.redis_version)),
      clock_(options.clock == nullptr ? SystemClock() : options.clock),
      started_(clock_->Now()),
      run_id_(RandomRunId()),
      settings_(options),
      traffic_rates_(started_),
      pool_(options.storage_threads) {
  databases_[0] = log;
}

void Core::Warn(const std::string& message) const {
  if (options_.logger != nullptr) options_.logger->warn(message);
}

TrafficRates::Counts Core::traffic() const {
  return {stats_.commands.load(std::memory_order_relaxed),
          stats_.input_bytes.load(std::memory_order_relaxed),
          stats_.output_bytes.load(std::memory_order_relaxed)};
}

void Core::ResetStats(absl::Time now) {
  stats_.Reset();
  command_stats_.Reset();
  error_stats_.Reset();
  traffic_rates_.Reset(now);
}

absl::Status Core::Start(EventLog* log) {
  for (int i = 1; i < kDatabases; ++i) {
    const auto at = static_cast<size_t>(i);
    ASSIGN_OR_RETURN(owned_databases_[at], log->InDatabase(i));
    databases_[at] = owned_databases_[at].get();
  }
  ASSIGN_OR_RETURN(names_, log->OnNamesChanged([this](const NamesEvent& event) {
    if (event.change == NamesChange::kCreated) return blocked_by_names_.NotifyAll();
    BumpRenames();
    if (event.change != NamesChange::kExpired) return;
    stats_.expired.fetch_add(1, std::memory_order_relaxed);
    if (settings_.event_classes() == 0) return;
    // A lock of the log is held here.
    pool_.Post([this, database = event.database, name = std::string(event.name)] {
      NotifyKeyspace(*this, database, kEventExpired, "expired", name);
    });
  }));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Core>> Core::Make(EventLog* log, const ServerOptions& options) {
  std::unique_ptr<Core> core(new Core(log, options));
  RETURN_IF_ERROR(core->Start(log));
  return core;
}

}  // namespace evlog::server
