#include "embedded/hub/end_wait.h"

namespace evlog::internal {

EndWait::EndWait(const void* place, Way way, Mutex* mu, CondVar* changed)
    : place_(place), way_(way), mu_(mu), changed_(changed), innermost_(Running::Innermost()) {
  if (innermost_ == nullptr) return;
  MutexLock lock(all_mu_);
  for (EndWait* yielding = nullptr; ClosesCircle(&yielding); yielding = nullptr) {
    if (way_ == Way::kYielding || yielding == nullptr) {
      allowed_.store(false, std::memory_order_relaxed);  // nobody else looks yet
      return;
    }
    yielding->LetGo();
  }
  Enlist();
}

EndWait::~EndWait() {
  if (innermost_ == nullptr) return;
  MutexLock lock(all_mu_);
  Delist();
}

// `*yielding`: a wait of the circle that is not firm, if there is one.
bool EndWait::ClosesCircle(EndWait** yielding) {
  for (EndWait* at = first_; at != nullptr; at = at->next_) at->seen_ = false;
  return LeadsBack(place_, yielding);
}

// Whether somebody in `place` waits for this thread, maybe by way of others.
bool EndWait::LeadsBack(const void* place, EndWait** yielding) {
  for (EndWait* at = first_; at != nullptr; at = at->next_) {
    if (at->seen_ || !Running::IsIn(at->innermost_, place)) continue;
    at->seen_ = true;
    if (!Running::IsIn(innermost_, at->place_) && !LeadsBack(at->place_, yielding)) continue;
    if (at->way_ == Way::kYielding) *yielding = at;
    return true;
  }
  return false;
}

void EndWait::Enlist() {
  next_ = first_;
  first_ = this;
  listed_ = true;
}

void EndWait::Delist() {
  if (!listed_) return;
  EndWait** at = &first_;
  while (*at != this) at = &(*at)->next_;
  *at = next_;
  listed_ = false;
}

void EndWait::LetGo() {
  Delist();
  allowed_.store(false, std::memory_order_release);
  MutexLock lock(*mu_);  // it may be about to sleep
  changed_->NotifyAll();
}

}  // namespace evlog::internal
