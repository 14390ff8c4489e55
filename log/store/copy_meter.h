// Counts what is written through a file system, tells of it, and stops it when it is told to.
#ifndef EVLOG_LOG_STORE_COPY_METER_H_
#define EVLOG_LOG_STORE_COPY_METER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "evlog/backup.h"
#include "log/base/mutex.h"
#include "rocksdb/file_system.h"

namespace evlog {

// Thread-safe.
class CopyMeter {
 public:
  CopyMeter(BackupProgressCallback progress, uint64_t bytes_max)
      : progress_(std::move(progress)), bytes_max_(bytes_max) {}

  // False: the copying is to stop.
  bool Add(uint64_t bytes);
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  const BackupProgressCallback progress_;
  const uint64_t bytes_max_;
  std::atomic<uint64_t> bytes_ = 0;
  std::atomic<bool> stopped_ = false;
  Mutex mu_;  // held while `progress_` runs
  uint64_t told_ ABSL_GUARDED_BY(mu_) = 0;
};

// `fs`, in which what is appended to new files is added to the meter; once that stops, each append
// fails.
std::shared_ptr<rocksdb::FileSystem> WithCopyMeter(const std::shared_ptr<rocksdb::FileSystem>& fs,
                                                   std::shared_ptr<CopyMeter> meter);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_COPY_METER_H_
