// What a server says of itself when metrics are asked for. All of it is counted elsewhere, where
// INFO finds it too; CONFIG RESETSTAT sets those counters back.
#ifndef EVLOG_SERVER_SERVER_METRICS_H_
#define EVLOG_SERVER_SERVER_METRICS_H_

#include <cstdint>
#include <vector>

#include "evlog/metrics.h"
#include "server/core.h"

namespace evlog::server {

// Thread-safe.
class ServerMetrics {
 public:
  // Both outlive it.
  ServerMetrics(MetricsRegistry* registry, Core* core);
  ~ServerMetrics();

 private:
  void Collect(std::vector<MetricsRegistry::Sample>* samples) const;

  MetricsRegistry* const registry_;
  Core* const core_;
  uint64_t collector_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_SERVER_METRICS_H_
