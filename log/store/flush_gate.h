// Lets RocksDB ask for no flush of the memtables while another one is under way.
//
// RocksDB 7.8 asserts (Debian's build has assertions) that each family of a flush that failed had
// rows in it. A flush that was asked for while another one ran names the families of that one, too,
// and by its turn they may be empty: then a full disk would end the process. So a write that would
// ask for a second flush waits until the first has ended; and as that should be rare, the limit of
// the memtables together is twice as high while one is written out.
#ifndef EVLOG_LOG_STORE_FLUSH_GATE_H_
#define EVLOG_LOG_STORE_FLUSH_GATE_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "log/base/mutex.h"
#include "rocksdb/listener.h"
#include "rocksdb/write_buffer_manager.h"

namespace evlog {

// Of one opening of a database, as one of its listeners. Thread-safe.
class FlushGate : public rocksdb::EventListener {
 public:
  // `memtables` flushes at `bytes`, and is no other database's.
  FlushGate(std::shared_ptr<rocksdb::WriteBufferManager> memtables, size_t bytes);

  // Before each write: waits for a flush that runs, where the write would ask for another.
  void BeforeWrite() ABSL_LOCKS_EXCLUDED(mu_);
  // Waits for a flush that runs, so that it is not in vain: else processes that append a lot and
  // end soon would leave each other ever more to recover.
  void BeforeClose() ABSL_LOCKS_EXCLUDED(mu_) { AwaitEnd(); }

  // Within the write that asks for a flush, for each of its families.
  void OnMemTableSealed(const rocksdb::MemTableInfo& sealed) override ABSL_LOCKS_EXCLUDED(mu_);
  void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& flushed) override
      ABSL_LOCKS_EXCLUDED(mu_);
  // There will be no other flush, and writes are refused.
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void AwaitEnd() ABSL_LOCKS_EXCLUDED(mu_);

  const std::shared_ptr<rocksdb::WriteBufferManager> memtables_;
  const size_t bytes_;

  Mutex mu_;
  CondVar flushed_;
  absl::flat_hash_set<std::string> sealed_ ABSL_GUARDED_BY(mu_);  // families yet to be flushed
  bool failed_ ABSL_GUARDED_BY(mu_) = false;
  std::atomic<bool> flushing_ = false;  // some family is, and nothing has failed
};

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_FLUSH_GATE_H_
