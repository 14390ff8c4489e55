// Time as an argument: nothing in evlog asks the machine for the time but through a Clock.
#ifndef EVLOG_CLOCK_H_
#define EVLOG_CLOCK_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

#include "absl/time/time.h"

namespace evlog {

// Thread-safe. Implementations outside evlog are welcome (tests bring one that is wound by hand).
class Clock {
 public:
  virtual ~Clock() = default;

  // The wall clock. It may step backwards; evlog guards what depends on it.
  virtual absl::Time Now() = 0;

  // Waits on `cv` until `ready()` holds, `deadline` has come or a stop is requested; returns
  // `ready()`. `lock` is held when `ready` is called, at the call and at the return.
  virtual bool Await(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                     absl::Time deadline, const std::stop_token& stop,
                     const std::function<bool()>& ready) = 0;
};

// The machine's clock: one for the process, lives for ever.
Clock* SystemClock();

}  // namespace evlog

#endif  // EVLOG_CLOCK_H_
