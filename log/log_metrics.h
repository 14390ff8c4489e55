// What a log says of itself when its metrics are asked for; what it counts as things happen is in
// log_probe.h.
#ifndef EVLOG_LOG_LOG_METRICS_H_
#define EVLOG_LOG_LOG_METRICS_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "evlog/metrics.h"
#include "log/committer.h"
#include "log/maintenance.h"
#include "log/store/store.h"

namespace evlog {

// Of an owner. Thread-safe.
class LogMetrics {
 public:
  // All of them outlive it.
  LogMetrics(MetricsRegistry* registry, const Store* store, const Committer* committer,
             const Maintenance* maintenance);
  ~LogMetrics() { Stop(); }

  // Says nothing any more once it returns; the registry may go then. Idempotent.
  void Stop();

 private:
  void Collect(std::vector<MetricsRegistry::Sample>* samples) const;

  std::atomic<MetricsRegistry*> registry_;  // null: stopped
  const Store* const store_;
  const Committer* const committer_;
  const Maintenance* const maintenance_;
  uint64_t collector_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_LOG_METRICS_H_
