// A lock for a few dozen instructions that no one waits in: where it is free, taking and giving it
// back cost one atomic exchange, half of what std::mutex does, which a publisher pays once for each
// subscriber. Who finds it taken spins a little and then gives up its time slice, so that a holder
// that lost its processor gets it back.
#ifndef EVLOG_EMBEDDED_HUB_SPIN_MUTEX_H_
#define EVLOG_EMBEDDED_HUB_SPIN_MUTEX_H_

#include <atomic>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "embedded/hub/processor.h"

namespace evlog::internal {

class ABSL_LOCKABLE SpinMutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    while (taken_.exchange(true, std::memory_order_acquire)) Wait();
  }
  void Unlock() ABSL_UNLOCK_FUNCTION() { taken_.store(false, std::memory_order_release); }

 private:
  void Wait() {
    for (int spins = 0; taken_.load(std::memory_order_relaxed); ++spins) {
      if (spins < kSpins) {
        PauseProcessor();
      } else {
        std::this_thread::yield();
      }
    }
  }

  static constexpr int kSpins = 64;

  std::atomic<bool> taken_{false};
};

class ABSL_SCOPED_LOCKABLE SpinLock {
 public:
  explicit SpinLock(SpinMutex& mu) ABSL_EXCLUSIVE_LOCK_FUNCTION(mu) : mu_(mu) { mu_.Lock(); }
  ~SpinLock() ABSL_UNLOCK_FUNCTION() { mu_.Unlock(); }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

 private:
  SpinMutex& mu_;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_SPIN_MUTEX_H_
