// Which handlers the calling thread is in.
#ifndef EVLOG_EMBEDDED_HUB_RUNNING_H_
#define EVLOG_EMBEDDED_HUB_RUNNING_H_

#include "embedded/hub/subscriber.h"

namespace evlog::internal {

// Marks the thread as one that runs the handler of `subscriber`, for as long as it lives.
class Subscriber::Running {
 public:
  explicit Running(const Subscriber* subscriber) : subscriber_(subscriber), outer_(innermost_) {
    innermost_ = this;
  }
  ~Running() { innermost_ = outer_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // Whether the calling thread is in that handler.
  static bool Here(const Subscriber* subscriber) {
    const Running* at = innermost_;
    while (at != nullptr && at->subscriber_ != subscriber) at = at->outer_;
    return at != nullptr;
  }

 private:
  static inline thread_local const Running* innermost_ = nullptr;

  const Subscriber* const subscriber_;
  const Running* const outer_;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_RUNNING_H_
