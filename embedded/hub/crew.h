// The threads of a hub: started when they are needed, all joined at its end.
#ifndef EVLOG_EMBEDDED_HUB_CREW_H_
#define EVLOG_EMBEDDED_HUB_CREW_H_

#include <functional>
#include <list>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "log/base/mutex.h"

namespace evlog::internal {

// Thread-safe. Shared by its threads, so that one of them may be the last to leave.
class Crew : public std::enable_shared_from_this<Crew> {
 public:
  void Spawn(std::function<void()> work) ABSL_LOCKS_EXCLUDED(mu_);
  // Joins the threads that have ended.
  void Reap() ABSL_LOCKS_EXCLUDED(mu_);
  // Waits until all have ended, but for the calling thread where that is one of them: it is let go.
  // All are, where waiting for them would close a circle (see end_wait.h).
  void JoinAll() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Ended(std::list<std::thread>::iterator self) ABSL_LOCKS_EXCLUDED(mu_);

  Mutex mu_;
  CondVar ended_one_;
  std::list<std::thread> running_ ABSL_GUARDED_BY(mu_);
  std::list<std::thread> ended_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_CREW_H_
