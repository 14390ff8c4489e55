#include "server/storage_pool.h"

#include <utility>

namespace evlog::server {

StoragePool::StoragePool(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

StoragePool::~StoragePool() {
  {
    MutexLock lock(mu_);
    stop_ = true;
  }
  wake_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

bool StoragePool::WakesOne() {
  if (queue_.empty() || idle_ == 0 || waking_) return false;
  waking_ = true;
  return true;
}

void StoragePool::Post(Work work) {
  bool wakes;
  {
    MutexLock lock(mu_);
    queue_.push_back(std::move(work));
    wakes = WakesOne();
  }
  if (wakes) wake_.NotifyOne();
}

void StoragePool::Run() {
  for (;;) {
    Work work;
    bool wakes;
    {
      MutexLock lock(mu_);
      while (queue_.empty() && !stop_) {
        ++idle_;
        wake_.Wait(mu_);
        --idle_;
        waking_ = false;
      }
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
      wakes = WakesOne();
    }
    if (wakes) wake_.NotifyOne();
    work();
  }
}

}  // namespace evlog::server
