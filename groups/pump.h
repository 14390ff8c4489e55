// Tasks that wait for something without a thread each: one thread runs those that were woken or
// whose time has come.
#ifndef EVLOG_GROUPS_PUMP_H_
#define EVLOG_GROUPS_PUMP_H_

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "evlog/clock.h"
#include "log/base/mutex.h"

namespace evlog {

// Thread-safe. The thread starts with the first task.
class Pump {
 public:
  // Made by anybody, then run and destroyed by the pump's thread alone.
  class Task {
   public:
    virtual ~Task() = default;
    // True: it is over. Else it is run again when it is woken, or at `*again`.
    virtual bool Run(absl::Time* again) = 0;
    // Instead, when the pump ends; it is over then.
    virtual void End() = 0;  // by whichever thread

   private:
    friend class Pump;
    enum class State : uint8_t { kNew, kIdle, kWoken, kOver };
    State state_ = State::kNew;  // under the pump's lock
    absl::Time again_ = absl::InfiniteFuture();
  };

  explicit Pump(Clock* clock) : clock_(clock) {}
  ~Pump() { Stop(); }
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  // Runs it soon, and then as it says.
  void Add(std::unique_ptr<Task> task) ABSL_LOCKS_EXCLUDED(mu_);
  // Of a task that is not over; also before it was added. May be called under locks that the task
  // takes when it runs.
  void Wake(Task* task) ABSL_LOCKS_EXCLUDED(mu_);
  Clock* clock() const { return clock_; }
  // Ends all tasks, and those that come. Not from within a task.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void RunThread();
  // Those that are to be run now.
  std::vector<Task*> Take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Clock* const clock_;
  Mutex mu_;
  std::condition_variable_any wake_;
  std::stop_source stop_;
  absl::flat_hash_map<Task*, std::unique_ptr<Task>> tasks_ ABSL_GUARDED_BY(mu_);
  std::vector<Task*> woken_ ABSL_GUARDED_BY(mu_);
  absl::btree_set<std::pair<absl::Time, Task*>> times_ ABSL_GUARDED_BY(mu_);
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_PUMP_H_
