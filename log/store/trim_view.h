// What is trimmed for good, as the store's own background work asks for it: compaction, which drops
// rows, and the collector, which looks for files worth it.
//
// "For good" means that the row that says so is on the disk. Rows of entries may go only then: else
// a power loss could bring back a start below rows that are gone.
#ifndef EVLOG_LOG_STORE_TRIM_VIEW_H_
#define EVLOG_LOG_STORE_TRIM_VIEW_H_

#include <atomic>
#include <cstdint>
#include <shared_mutex>

#include "log/ids.h"
#include "log/store/table_file.h"
#include "rocksdb/db.h"

namespace evlog {

// Thread-safe.
class TrimView {
 public:
  // Everything up to this commit is on the disk.
  void SetDurable(uint64_t commit) { durable_.store(commit, std::memory_order_release); }
  uint64_t durable() const { return durable_.load(std::memory_order_acquire); }

  // Ids of appends from before are in no producer's window.
  void ForgetBefore(uint64_t ms) { forgotten_before_ms_.store(ms, std::memory_order_relaxed); }
  uint64_t forgotten_before_ms() const {
    return forgotten_before_ms_.load(std::memory_order_relaxed);
  }

  // Between these two, Look reads the database; before and after, nothing is trimmed.
  void Attach(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* trims);
  void Detach();

  // An answer that cannot be read is "at the very beginning": rows stay.
  PartitionStart Look(PartitionId partition) const;

 private:
  bool DroppedForGood(StreamId stream) const;

  std::atomic<uint64_t> durable_{0};
  std::atomic<uint64_t> forgotten_before_ms_{0};
  mutable std::shared_mutex mu_;  // shared while looking; exclusive to attach and detach
  rocksdb::DB* db_ = nullptr;
  rocksdb::ColumnFamilyHandle* trims_ = nullptr;
};

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_TRIM_VIEW_H_
