// Holds threads at a test point until the test lets them go on.
#ifndef EVLOG_TESTS_LOG_GATE_H_
#define EVLOG_TESTS_LOG_GATE_H_

#include <string>
#include <utility>

#include "log/base/mutex.h"
#include "log/base/test_point.h"

namespace evlog {

// One at a time in the process. Threads that come to the point wait there until Open; a Gate that
// was made open only counts them.
class Gate {
 public:
  explicit Gate(std::string point, bool open = false) {
    MutexLock lock(mu_);
    point_ = std::move(point);
    open_ = open;
    arrivals_ = 0;
    SetTestPointHook(&Gate::Pass);
  }
  ~Gate() {
    Open();
    SetTestPointHook(nullptr);
  }

  static void AwaitArrivals(int count) {
    MutexLock lock(mu_);
    while (arrivals_ < count) arrived_.Wait(mu_);
  }
  static int arrivals() {
    MutexLock lock(mu_);
    return arrivals_;
  }
  // For all, and for good.
  static void Open() {
    MutexLock lock(mu_);
    open_ = true;
    opened_.NotifyAll();
  }

 private:
  static void Pass(const char* name) {
    MutexLock lock(mu_);
    if (point_ != name) return;
    ++arrivals_;
    arrived_.NotifyAll();
    while (!open_) opened_.Wait(mu_);
  }

  // Of the class, not the object: a thread may be in the hook a little longer than the object
  // lives.
  static inline Mutex mu_;
  static inline CondVar arrived_, opened_;
  static inline std::string point_ ABSL_GUARDED_BY(mu_);
  static inline bool open_ ABSL_GUARDED_BY(mu_) = false;
  static inline int arrivals_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_LOG_GATE_H_
