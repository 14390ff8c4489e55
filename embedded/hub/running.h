// What the calling thread is in: handlers, within each other, and the crew that it belongs to.
#ifndef EVLOG_EMBEDDED_HUB_RUNNING_H_
#define EVLOG_EMBEDDED_HUB_RUNNING_H_

namespace evlog::internal {

// Marks the thread as one that is in `place`, for as long as this lives. A place is a Subscriber
// (its handler runs, or is being destroyed) or a Crew (the thread is one of it).
class Running {
 public:
  explicit Running(const void* place) : place_(place), outer_(innermost_) { innermost_ = this; }
  ~Running() { innermost_ = outer_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // Whether the calling thread is there.
  static bool Here(const void* place) { return IsIn(innermost_, place); }
  // All places of the calling thread; they stay as they are while it waits.
  static const Running* Innermost() { return innermost_; }
  static bool IsIn(const Running* innermost, const void* place) {
    const Running* at = innermost;
    while (at != nullptr && at->place_ != place) at = at->outer_;
    return at != nullptr;
  }

 private:
  static inline thread_local const Running* innermost_ = nullptr;

  const void* const place_;
  const Running* const outer_;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_RUNNING_H_
