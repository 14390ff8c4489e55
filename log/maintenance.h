// What is done in the background: expired streams are dropped, streams are trimmed as their
// retention says, space is given back, and the disk is watched.
//
// Everything happens in Tick, which a thread calls now and then; tests call it themselves.
#ifndef EVLOG_LOG_MAINTENANCE_H_
#define EVLOG_LOG_MAINTENANCE_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evlog/clock.h"
#include "evlog/trim.h"
#include "log/base/mutex.h"
#include "log/catalog.h"
#include "log/collector.h"
#include "log/committer.h"
#include "log/log_probe.h"
#include "log/store/store.h"

namespace evlog {

class Maintenance {
 public:
  struct Options {
    Clock* clock = nullptr;
    absl::Duration interval;          // of the thread; infinite: none
    uint64_t rewrite_bytes = 0;       // of files, in one Tick
    uint64_t disk_free_min = 0;       // appends are refused below
    uint64_t disk_reserve_bytes = 0;  // kept in a file, for what frees space
    const LogProbe* probe = nullptr;
    std::shared_ptr<spdlog::logger> logger;
  };
  struct Hooks {
    std::function<absl::StatusOr<TrimResult>(const std::shared_ptr<StreamState>&,
                                             const TrimOptions&)>
        trim;
    std::function<absl::Status()> reopen;
  };

  Maintenance(Store* store, Committer* committer, Catalog* catalog, Options options, Hooks hooks);
  ~Maintenance();  // stops

  // All of it once. Errors are those of its first step that failed; the others are done all the
  // same.
  absl::Status Tick() ABSL_LOCKS_EXCLUDED(mu_);
  // As the last Tick found it.
  SpaceUse space() const ABSL_LOCKS_EXCLUDED(space_mu_);
  void Stop();

 private:
  void Run(const std::stop_token& stop);
  absl::Status WatchDisk(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status FireTimers(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Fire(const Timer& timer, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<absl::Time> TrimByAge(const std::shared_ptr<StreamState>& stream, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status TrimAppended() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Collect() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Store* const store_;
  Committer* const committer_;
  Catalog* const catalog_;
  const Options options_;
  const Hooks hooks_;

  Mutex mu_;  // one Tick at a time
  bool reserve_held_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t removals_seen_ ABSL_GUARDED_BY(mu_) = UINT64_MAX;
  mutable Mutex space_mu_;
  SpaceUse space_ ABSL_GUARDED_BY(space_mu_);
  std::jthread thread_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_MAINTENANCE_H_
