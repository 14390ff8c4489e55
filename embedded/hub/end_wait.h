// Waiting until nobody is in a handler any more, but never in a circle.
#ifndef EVLOG_EMBEDDED_HUB_END_WAIT_H_
#define EVLOG_EMBEDDED_HUB_END_WAIT_H_

#include <atomic>

#include "absl/base/thread_annotations.h"
#include "embedded/hub/running.h"
#include "log/base/mutex.h"

namespace evlog::internal {

// A wait of the calling thread until all others have left `place` (see running.h), for as long as
// this lives.
//
// A thread leaves the handlers that it is in only after its wait. So a thread in X that waits for
// Y, while one in Y waits for X, would wait for ever; and so in longer circles. All waits of
// threads that are in some place are known here, under one lock; what would close a circle must not
// wait. Which of them: the one that comes last, unless it is firm; then one that is not, and that
// one is let go. Threads that are in no place are waited for by nobody, and always wait.
class EndWait {
 public:
  enum class Way {
    kYielding,
    kFirm,  // yields only where the whole circle is firm
  };
  // `changed`, under `mu`: notified when the wait is let go. `mu` is not held here, nor when this
  // is destroyed.
  EndWait(const void* place, Way way, Mutex* mu, CondVar* changed) ABSL_LOCKS_EXCLUDED(all_mu_);
  ~EndWait() ABSL_LOCKS_EXCLUDED(all_mu_);
  EndWait(const EndWait&) = delete;
  EndWait& operator=(const EndWait&) = delete;

  // Whether to wait, or to go on waiting.
  bool allowed() const { return allowed_.load(std::memory_order_acquire); }

 private:
  bool ClosesCircle(EndWait** yielding) ABSL_EXCLUSIVE_LOCKS_REQUIRED(all_mu_);
  bool LeadsBack(const void* place, EndWait** yielding) ABSL_EXCLUSIVE_LOCKS_REQUIRED(all_mu_);
  void Enlist() ABSL_EXCLUSIVE_LOCKS_REQUIRED(all_mu_);
  void Delist() ABSL_EXCLUSIVE_LOCKS_REQUIRED(all_mu_);
  void LetGo() ABSL_EXCLUSIVE_LOCKS_REQUIRED(all_mu_);

  static inline Mutex all_mu_;
  static inline EndWait* first_ ABSL_GUARDED_BY(all_mu_) = nullptr;

  const void* const place_;
  const Way way_;
  Mutex* const mu_;
  CondVar* const changed_;
  const Running* const innermost_;
  std::atomic<bool> allowed_{true};
  EndWait* next_ ABSL_GUARDED_BY(all_mu_) = nullptr;
  bool listed_ ABSL_GUARDED_BY(all_mu_) = false;
  bool seen_ ABSL_GUARDED_BY(all_mu_) = false;  // by the search that goes on
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_END_WAIT_H_
