// How a log is opened.
#ifndef EVLOG_OPEN_OPTIONS_H_
#define EVLOG_OPEN_OPTIONS_H_

#include <cstddef>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evlog/clock.h"
#include "evlog/limits.h"
#include "evlog/metrics.h"

namespace spdlog {
class logger;
}

namespace evlog {

// Memory is bounded by these whatever the size of the log; docs/architecture.md adds them up.
struct OpenOptions {
  bool create_if_missing = true;

  Limits limits = {};

  // Bytes of appends that wait to be written. AppendAsync blocks beyond.
  size_t in_flight_bytes = size_t{16} << 20;
  // Newest entries kept in memory, so that readers that keep up never touch the store. 0: none.
  size_t tail_cache_bytes = size_t{12} << 20;
  // RocksDB: memtables of all families together, and the block cache. While memtables are written
  // out, twice as much may be taken in before appends wait.
  size_t memtable_bytes = size_t{42} << 20;
  size_t block_cache_bytes = size_t{32} << 20;
  // Streams kept loaded when nobody holds them.
  size_t idle_streams_max = 10000;
  // What producers may repeat, kept in memory while they do not append
  // (AppendOptions::idempotence); what does not fit is read from the disk when it is needed.
  size_t idempotence_cache_bytes = size_t{8} << 20;

  // How often what goes on in the background is looked after: retention, expiry, space to be given
  // back, the disk. Infinite: only when EventLog::Maintain is called.
  absl::Duration maintenance_interval = absl::Seconds(1);
  // Bytes of table files that one such look may write anew to give space back.
  size_t rewrite_bytes = size_t{128} << 20;
  // Appends are refused with RESOURCE_EXHAUSTED while the disk has fewer bytes left; trims, deletes
  // and drops go on. 0: until it is full.
  size_t disk_free_min = size_t{64} << 20;
  // Held back in the file RESERVE, and given free when the disk is full all the same, so that the
  // log can be reopened and trimmed.
  size_t disk_reserve_bytes = size_t{4} << 20;

  // Neither is owned; both must outlive the log. Null: the system clock; no metrics.
  Clock* clock = nullptr;
  MetricsRegistry* metrics = nullptr;
  // Null: silent. Only what an operator must know is logged: recovery, latching, reopening.
  std::shared_ptr<spdlog::logger> logger = nullptr;

  absl::Status Validate() const;
};

struct ReadOnlyOptions {
  // How often a waiting cursor looks for what the owner wrote: from poll_min, doubling to poll_max
  // while nothing comes.
  absl::Duration poll_min = absl::Milliseconds(10);
  absl::Duration poll_max = absl::Milliseconds(500);
  size_t block_cache_bytes = size_t{32} << 20;

  Clock* clock = nullptr;
  std::shared_ptr<spdlog::logger> logger = nullptr;

  absl::Status Validate() const;
};

}  // namespace evlog

#endif  // EVLOG_OPEN_OPTIONS_H_
