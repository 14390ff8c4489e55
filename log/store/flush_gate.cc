#include "log/store/flush_gate.h"

#include <utility>

namespace evlog {

FlushGate::FlushGate(std::shared_ptr<rocksdb::WriteBufferManager> memtables, size_t bytes)
    : memtables_(std::move(memtables)), bytes_(bytes) {}

void FlushGate::BeforeWrite() {
  if (flushing_.load(std::memory_order_relaxed) && memtables_->ShouldFlush()) AwaitEnd();
}

void FlushGate::AwaitEnd() {
  MutexLock lock(mu_);
  while (!failed_ && !sealed_.empty()) flushed_.Wait(mu_);
}

void FlushGate::OnMemTableSealed(const rocksdb::MemTableInfo& sealed) {
  MutexLock lock(mu_);
  if (failed_) return;
  sealed_.insert(sealed.cf_name);
  flushing_.store(true, std::memory_order_relaxed);
  memtables_->SetBufferSize(2 * bytes_);
}

void FlushGate::OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo& flushed) {
  MutexLock lock(mu_);
  sealed_.erase(flushed.cf_name);
  if (!sealed_.empty()) return;
  memtables_->SetBufferSize(bytes_);
  flushing_.store(false, std::memory_order_relaxed);
  flushed_.NotifyAll();
}

void FlushGate::OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) {
  MutexLock lock(mu_);
  failed_ = true;
  flushing_.store(false, std::memory_order_relaxed);
  flushed_.NotifyAll();
}

}  // namespace evlog
