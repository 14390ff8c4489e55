// Runs the callbacks of asynchronous requests, in the order in which they are handed over, on a
// thread of its own; of those that are to be done at once and were, on the thread that hands them
// over.
#ifndef EVLOG_LOG_COMPLETIONS_H_
#define EVLOG_LOG_COMPLETIONS_H_

#include <cstddef>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "log/base/mutex.h"
#include "log/request.h"

namespace evlog {

class Completions {
 public:
  // `released(bytes)` is called, on either thread, after callbacks of requests of so many bytes.
  explicit Completions(std::function<void(size_t bytes)> released);
  ~Completions();  // runs what is left first

  // Takes the requests over: calls them, then deletes them. Those that are done at once are only
  // called, perhaps under locks of the caller, who gives what is returned to Retire without any.
  [[nodiscard]] RequestList Push(RequestList&& requests) ABSL_LOCKS_EXCLUDED(mu_);
  void Retire(RequestList&& called);
  // Waits until everything that was pushed has run; not from the thread itself.
  void Drain() ABSL_LOCKS_EXCLUDED(mu_);
  bool OnThread() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void Run();
  static void Call(Request* request);

  const std::function<void(size_t)> released_;

  Mutex mu_;
  CondVar wake_;
  CondVar idle_;
  RequestList queue_ ABSL_GUARDED_BY(mu_);
  bool running_ ABSL_GUARDED_BY(mu_) = false;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

// What an asynchronous request costs beside its bytes: counted as in flight, so that a flood of
// small ones is bounded too.
inline constexpr size_t kRequestOverheadBytes = 256;

}  // namespace evlog

#endif  // EVLOG_LOG_COMPLETIONS_H_
