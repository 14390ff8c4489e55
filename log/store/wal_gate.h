// Keeps syncs of the write-ahead log apart from a write to it that failed.
//
// RocksDB asserts that nobody syncs a log file of which a write failed, and Debian's build has
// assertions. Our syncs run beside our writes. So a failed write, before RocksDB learns of it,
// waits for the syncs that run, and lets none begin after it; nor does a failed sync.
#ifndef EVLOG_LOG_STORE_WAL_GATE_H_
#define EVLOG_LOG_STORE_WAL_GATE_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "log/base/mutex.h"
#include "rocksdb/file_system.h"

namespace evlog {

class WalGate {
 public:
  // True: the caller may sync, and calls EndSync after it. False: a write failed.
  [[nodiscard]] bool BeginSync() ABSL_LOCKS_EXCLUDED(mu_);
  void EndSync() ABSL_LOCKS_EXCLUDED(mu_);
  // A write failed.
  void Close() ABSL_LOCKS_EXCLUDED(mu_);
  // A sync failed; it may be one of those that run.
  void CloseFromSync() ABSL_LOCKS_EXCLUDED(mu_);
  // The files are new ones.
  void Open() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  Mutex mu_;
  CondVar idle_;
  int syncs_ ABSL_GUARDED_BY(mu_) = 0;
  bool open_ ABSL_GUARDED_BY(mu_) = true;
};

// The file system `fs`, in which a failed write to a log file closes the gate.
std::shared_ptr<rocksdb::FileSystem> WithWalGate(const std::shared_ptr<rocksdb::FileSystem>& fs,
                                                 std::shared_ptr<WalGate> gate);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_WAL_GATE_H_
