// Who waits for entries of a group: first come, first served.
//
// One who waits looks when it is given the turn, and not otherwise. A change of the group or of its
// stream gives the turn to the first; who was served gives it to the next, so as many look as there
// is something for, and one more. The line knows nothing of entries.
#ifndef EVLOG_GROUPS_WAIT_LINE_H_
#define EVLOG_GROUPS_WAIT_LINE_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <stop_token>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "evlog/clock.h"
#include "log/base/mutex.h"
#include "log/stream_state.h"

namespace evlog {

// Thread-safe. Takes its own lock only, so it may be told of changes under any other.
class WaitLine final : public StreamWatcher {
 public:
  // A place at the end of the line; its destruction leaves it, and gives the turn to the next. The
  // first of a line has the turn at once, and who joins when the last one has passed it on.
  class Place {
   public:
    // A thread that calls Await.
    explicit Place(WaitLine* line);
    // Somebody who is called instead, when it gets the turn: under the line's lock, so it must be
    // quick and call nothing of the line. TakeTurn tells whether it still has it.
    Place(WaitLine* line, absl::AnyInvocable<void()> called);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Blocks until it has the turn, which it takes: true. False: deadline or stop.
    bool Await(Clock* clock, absl::Time deadline, const std::stop_token& stop);
    bool TakeTurn();
    // It can do nothing with what there is, but perhaps the next one can.
    void PassOn();

   private:
    friend class WaitLine;

    WaitLine* const line_;
    absl::AnyInvocable<void()> called_;  // null: a thread waits
    std::condition_variable_any turned_;
    bool turn_ = false;  // under the line's lock
    std::list<Place*>::iterator self_;
  };

  // Something has changed: the first looks.
  void Nudge() ABSL_LOCKS_EXCLUDED(mu_);
  void StreamChanged() override { Nudge(); }
  size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  void GiveTurn(Place* place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void GiveTurnAfter(const Place& place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Mutex mu_;
  std::list<Place*> places_ ABSL_GUARDED_BY(mu_);
  // The last one could do nothing with the turn: who comes next has looked before, and looks again.
  bool passed_on_ ABSL_GUARDED_BY(mu_) = false;
  std::atomic<size_t> size_ = 0;  // of places_; who joins looks afterwards, so nothing is missed
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_WAIT_LINE_H_
