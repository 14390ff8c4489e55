// The threads for what may read or wait for the disk, so that io threads never do.
#ifndef EVLOG_SERVER_STORAGE_POOL_H_
#define EVLOG_SERVER_STORAGE_POOL_H_

#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "log/base/mutex.h"

namespace evlog::server {

// Thread-safe. Its queue needs no bound of its own: each connection has at most one command here.
class StoragePool {
 public:
  using Work = absl::AnyInvocable<void()>;

  explicit StoragePool(int threads);
  ~StoragePool();  // does what is queued first

  void Post(Work work) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run();

  Mutex mu_;
  CondVar wake_;
  std::deque<Work> queue_ ABSL_GUARDED_BY(mu_);
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_STORAGE_POOL_H_
