// A clock that stands still until a test winds it.
#ifndef EVLOG_TESTS_SUPPORT_MANUAL_CLOCK_H_
#define EVLOG_TESTS_SUPPORT_MANUAL_CLOCK_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <vector>

#include "absl/time/time.h"
#include "evlog/clock.h"
#include "log/base/mutex.h"

namespace evlog {

// Thread-safe. Winding it may be done with any lock held: it takes none of those that wait.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time start = absl::FromUnixSeconds(1'700'000'000));

  absl::Time Now() override;

  // Wakes when the clock is wound to `deadline`, not when time passes.
  bool Await(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
             absl::Time deadline, const std::stop_token& stop,
             const std::function<bool()>& ready) override;

  // Forwards, or backwards as a machine's clock may step.
  void Advance(absl::Duration by);
  void Set(absl::Time now);

  // Returns once at least `count` threads wait in Await. Whatever happens after that wakes them:
  // this is how a test knows that another thread has come to its wait, without sleeping. One that
  // was made ready or stopped counts until it has left; one woken by winding, if it waits again.
  void BlockUntilWaiting(size_t count);

 private:
  // Adds a waiter unless the deadline has come.
  bool StartWaiting(absl::Time deadline, const std::stop_source& waiter);
  void EndWaiting(const std::stop_source& waiter);

  Mutex mu_;
  CondVar waiters_grew_;
  absl::Time now_ ABSL_GUARDED_BY(mu_);
  // Those who wait. A stop asked of one wakes it without its lock: that is what makes a wait look
  // at the time again.
  std::vector<std::stop_source> waiters_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_MANUAL_CLOCK_H_
