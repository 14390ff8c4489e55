#include "groups/wait_line.h"

#include <iterator>
#include <utility>

namespace evlog {

WaitLine::Place::Place(WaitLine* line) : Place(line, nullptr) {}

WaitLine::Place::Place(WaitLine* line, absl::AnyInvocable<void()> called)
    : line_(line), called_(std::move(called)) {
  MutexLock lock(line_->mu_);
  self_ = line_->places_.insert(line_->places_.end(), this);
  line_->size_.store(line_->places_.size(), std::memory_order_relaxed);
  const bool passed_on = std::exchange(line_->passed_on_, false);
  if (passed_on || line_->places_.front() == this) line_->GiveTurn(this);
}

WaitLine::Place::~Place() {
  MutexLock lock(line_->mu_);
  line_->GiveTurnAfter(*this);
  line_->places_.erase(self_);
  line_->size_.store(line_->places_.size(), std::memory_order_relaxed);
}

bool WaitLine::Place::Await(Clock* clock, absl::Time deadline, const std::stop_token& stop) {
  MutexLock held(line_->mu_);
  std::unique_lock<std::mutex> lock(line_->mu_.native(), std::adopt_lock);
  const bool turn = clock->Await(lock, turned_, deadline, stop, [this] { return turn_; });
  lock.release();
  turn_ = false;
  return turn;
}

bool WaitLine::Place::TakeTurn() {
  MutexLock lock(line_->mu_);
  return std::exchange(turn_, false);
}

void WaitLine::Place::PassOn() {
  MutexLock lock(line_->mu_);
  line_->GiveTurnAfter(*this);
}

void WaitLine::GiveTurn(Place* place) {
  if (place->turn_) return;
  place->turn_ = true;
  if (place->called_ == nullptr) {
    place->turned_.notify_all();
  } else {
    place->called_();
  }
}

void WaitLine::GiveTurnAfter(const Place& place) {
  const auto next = std::next(place.self_);
  if (next != places_.end()) {
    GiveTurn(*next);
  } else {
    passed_on_ = true;
  }
}

void WaitLine::Nudge() {
  if (size() == 0) return;
  MutexLock lock(mu_);
  passed_on_ = false;
  if (!places_.empty()) GiveTurn(places_.front());
}

}  // namespace evlog
