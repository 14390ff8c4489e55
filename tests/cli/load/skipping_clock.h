// A clock on which no wait takes longer than a look: it is late at once.
#ifndef EVLOG_TESTS_CLI_LOAD_SKIPPING_CLOCK_H_
#define EVLOG_TESTS_CLI_LOAD_SKIPPING_CLOCK_H_

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

#include "absl/time/time.h"
#include "evlog/clock.h"
#include "log/base/mutex.h"

namespace evlog::cli {

// Thread-safe. Who waits moves it on to its deadline, unless what it waits for is there.
class SkippingClock final : public Clock {
 public:
  absl::Time Now() override {
    MutexLock lock(mu_);
    return now_;
  }
  bool Await(std::unique_lock<std::mutex>&, std::condition_variable_any&, absl::Time deadline,
             const std::stop_token&, const std::function<bool()>& ready) override {
    if (ready()) return true;
    MutexLock lock(mu_);
    now_ = std::max(now_, deadline);
    return false;
  }
  void Advance(absl::Duration by) {
    MutexLock lock(mu_);
    now_ += by;
  }

 private:
  Mutex mu_;
  absl::Time now_ ABSL_GUARDED_BY(mu_) = absl::FromUnixSeconds(1'700'000'000);
};

}  // namespace evlog::cli

#endif  // EVLOG_TESTS_CLI_LOAD_SKIPPING_CLOCK_H_
