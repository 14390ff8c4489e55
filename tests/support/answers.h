// Collects what asynchronous appends answer.
#ifndef EVLOG_TESTS_SUPPORT_ANSWERS_H_
#define EVLOG_TESTS_SUPPORT_ANSWERS_H_

#include <cstddef>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "evlog/event_log.h"
#include "log/base/mutex.h"

namespace evlog {

// Thread-safe. Must outlive the callbacks that it gave.
class Answers {
 public:
  // A callback that adds its outcome.
  AppendCallback Collect() {
    return [this](const absl::StatusOr<AppendResult>& result) { Add(result); };
  }

  void Add(const absl::StatusOr<AppendResult>& result) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    results_.push_back(result);
    threads_.insert(std::this_thread::get_id());
    grew_.NotifyAll();
  }

  // Blocks until there are `count` of them; all that came, in the order in which they came.
  std::vector<absl::StatusOr<AppendResult>> Await(size_t count) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    while (results_.size() < count) grew_.Wait(mu_);
    return results_;
  }

  size_t size() const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    return results_.size();
  }

  // Those that called.
  std::set<std::thread::id> threads() const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    return threads_;
  }

 private:
  mutable Mutex mu_;
  CondVar grew_;
  std::vector<absl::StatusOr<AppendResult>> results_ ABSL_GUARDED_BY(mu_);
  std::set<std::thread::id> threads_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_ANSWERS_H_
