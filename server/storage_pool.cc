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

void StoragePool::Post(Work work) {
  {
    MutexLock lock(mu_);
    queue_.push_back(std::move(work));
  }
  wake_.NotifyOne();
}

void StoragePool::Run() {
  for (;;) {
    Work work;
    {
      MutexLock lock(mu_);
      while (queue_.empty() && !stop_) wake_.Wait(mu_);
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace evlog::server
