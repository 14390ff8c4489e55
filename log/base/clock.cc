// The only home of the machine's wall clock.
#include "evlog/clock.h"

#include <chrono>

namespace evlog {
namespace {

class MachineClock final : public Clock {
 public:
  absl::Time Now() override { return absl::FromChrono(std::chrono::system_clock::now()); }

  bool Await(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
             absl::Time deadline, const std::stop_token& stop,
             const std::function<bool()>& ready) override {
    // Not even a moment without the lock for those who only ask.
    if (ready()) return true;
    if (deadline == absl::InfinitePast()) return false;
    // The machine counts nanoseconds in 64 bits: what lies beyond (the year 2262) is never.
    static const absl::Time never = absl::FromChrono(std::chrono::system_clock::time_point::max());
    // Both forms wait again after a wake without cause, and wake when a stop is requested.
    if (deadline >= never) return cv.wait(lock, stop, ready);
    return cv.wait_until(lock, stop, absl::ToChronoTime(deadline), ready);
  }
};

}  // namespace

Clock* SystemClock() {
  static MachineClock* const clock = new MachineClock;  // never destroyed: threads outlive statics
  return clock;
}

}  // namespace evlog
