// Lets nobody use RocksDB's writer of a log file after a write or a sync of it failed.
//
// RocksDB asserts that nobody does, and Debian's build has assertions. Our syncs run beside our
// writes and beside RocksDB's flushes, so three things are done, all below RocksDB, before it
// learns of the failure:
//   - a failed write waits for the syncs that run, and no other begins;
//   - a failed sync (it may be a flush's own) lets no other begin either, and a SyncWAL that waits
//     for that flush is told that the file cannot be synced, which it asks before it does it;
//   - writes that have not begun are refused (Store::Write).
// The gate stays closed until the files are opened anew.
#ifndef EVLOG_LOG_STORE_WAL_GATE_H_
#define EVLOG_LOG_STORE_WAL_GATE_H_

#include <atomic>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "log/base/mutex.h"
#include "rocksdb/file_system.h"

namespace evlog {

// Thread-safe.
class WalGate {
 public:
  bool open() const { return open_.load(std::memory_order_acquire); }
  // What closed it; OK while it is open.
  absl::Status failure() const ABSL_LOCKS_EXCLUDED(mu_);

  // True: the caller may sync, and calls EndSync after it.
  [[nodiscard]] bool BeginSync() ABSL_LOCKS_EXCLUDED(mu_);
  void EndSync() ABSL_LOCKS_EXCLUDED(mu_);

  // Closes it, and waits for the syncs that run. Not to be called by one of them.
  void WriteFailed(const rocksdb::IOStatus& status) ABSL_LOCKS_EXCLUDED(mu_);
  // Closes it, and does not wait: the caller may be one of those syncs, or they may wait for it.
  void SyncFailed(const rocksdb::IOStatus& status) ABSL_LOCKS_EXCLUDED(mu_);

  // The files that it guarded are closed.
  void Reset() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void CloseLocked(const rocksdb::IOStatus& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable Mutex mu_;
  CondVar idle_;
  int syncs_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
  std::atomic<bool> open_ = true;  // whether failure_ is OK
};

// The file system `fs`, in which failures of log files that are newly written close the gate.
std::shared_ptr<rocksdb::FileSystem> WithWalGate(const std::shared_ptr<rocksdb::FileSystem>& fs,
                                                 std::shared_ptr<WalGate> gate);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_WAL_GATE_H_
