#include "tests/support/manual_clock.h"

#include <algorithm>
#include <utility>

namespace evlog {

ManualClock::ManualClock(absl::Time start) : now_(start) {}

absl::Time ManualClock::Now() {
  MutexLock lock(mu_);
  return now_;
}

bool ManualClock::Await(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                        absl::Time deadline, const std::stop_token& stop,
                        const std::function<bool()>& ready) {
  while (!ready()) {
    if (stop.stop_requested()) return false;
    std::stop_source waiter;
    // Time is read and the waiter added in one step, so no winding falls in between.
    if (!StartWaiting(deadline, waiter)) return false;
    bool is_ready;
    {
      std::stop_callback forward(stop, [&waiter] { waiter.request_stop(); });
      is_ready = cv.wait(lock, waiter.get_token(), ready);
    }
    EndWaiting(waiter);
    if (is_ready) return true;
  }
  return true;
}

void ManualClock::Advance(absl::Duration by) {
  std::vector<std::stop_source> woken;
  {
    MutexLock lock(mu_);
    now_ += by;
    woken.swap(waiters_);
  }
  for (std::stop_source& waiter : woken) waiter.request_stop();
}

void ManualClock::Set(absl::Time now) {
  std::vector<std::stop_source> woken;
  {
    MutexLock lock(mu_);
    now_ = now;
    woken.swap(waiters_);
  }
  for (std::stop_source& waiter : woken) waiter.request_stop();
}

void ManualClock::BlockUntilWaiting(size_t count) {
  MutexLock lock(mu_);
  while (waiters_.size() < count) waiters_grew_.Wait(mu_);
}

bool ManualClock::StartWaiting(absl::Time deadline, const std::stop_source& waiter) {
  MutexLock lock(mu_);
  if (now_ >= deadline) return false;
  waiters_.push_back(waiter);
  waiters_grew_.NotifyAll();
  return true;
}

void ManualClock::EndWaiting(const std::stop_source& waiter) {
  MutexLock lock(mu_);
  waiters_.erase(std::remove(waiters_.begin(), waiters_.end(), waiter), waiters_.end());
}

}  // namespace evlog
