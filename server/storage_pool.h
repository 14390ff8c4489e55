// The threads for what may read or wait for the disk, so that io threads never do.
#ifndef EVLOG_SERVER_STORAGE_POOL_H_
#define EVLOG_SERVER_STORAGE_POOL_H_

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "log/base/mutex.h"

namespace evlog::server {

// Thread-safe. Its queue needs no bound of its own: each connection has at most one command here.
// One thread is woken at a time, and wakes the next one if there is still work then: a burst of
// quick commands is done by few threads, and slow ones have as many as they need.
class StoragePool {
 public:
  using Work = absl::AnyInvocable<void()>;

  explicit StoragePool(int threads);
  ~StoragePool();  // does what is queued first

  void Post(Work work) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run();
  // True: the caller is to wake a thread.
  bool WakesOne() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Mutex mu_;
  CondVar wake_;
  std::deque<Work> queue_ ABSL_GUARDED_BY(mu_);
  size_t idle_ ABSL_GUARDED_BY(mu_) = 0;      // threads that wait
  bool waking_ ABSL_GUARDED_BY(mu_) = false;  // one of them is woken, and has not come yet
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_STORAGE_POOL_H_
