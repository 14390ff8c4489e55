// Transactions that are under way, and who looks only when they are over.
//
// A client that waits for entries is told of each change when it is made, also in the middle of an
// EXEC. What it must not see is what is there only until the next command of that EXEC.
#ifndef EVLOG_SERVER_EXEC_GATE_H_
#define EVLOG_SERVER_EXEC_GATE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "log/base/mutex.h"

namespace evlog::server {

// Thread-safe.
class ExecGate {
 public:
  using GoOn = absl::AnyInvocable<void()>;

  // An EXEC begins. Returns its number, which is not 0.
  uint64_t Begin() ABSL_LOCKS_EXCLUDED(mu_);
  // It is over. Calls those that waited for it, and for no other one that began before they came.
  void End(uint64_t number) ABSL_LOCKS_EXCLUDED(mu_);
  // True: `*go_on` was taken, and is called once all that are under way now are over. False: none
  // is. Quick; under any lock.
  bool Hold(GoOn* go_on) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Held {
    uint64_t until;  // the newest one that it waits for
    GoOn go_on;
  };

  std::atomic<uint64_t> under_way_{0};
  Mutex mu_;
  uint64_t last_ ABSL_GUARDED_BY(mu_) = 0;
  std::set<uint64_t> running_ ABSL_GUARDED_BY(mu_);
  std::deque<Held> held_ ABSL_GUARDED_BY(mu_);  // `until` rises
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_EXEC_GATE_H_
