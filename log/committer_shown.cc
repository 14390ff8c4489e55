// The committer's face to readers in commit order.

#include <algorithm>
#include <mutex>

#include "log/committer.h"

namespace evlog {

void Committer::Announce() {
  ++shown_.times;
  if (watchers_ != 0) watch_.notify_all();
}

void Committer::AnnounceCommits() {
  if (shown_.commit == last_commit_) return;
  shown_.commit = last_commit_;
  Announce();
}

Committer::Shown Committer::shown() const {
  MutexLock lock(mu_);
  return shown_;
}

Committer::Shown Committer::ShownByNow() {
  const uint64_t written = written_.load(std::memory_order_acquire);
  Shown now = shown();
  while (now.commit < written && !now.ended) {
    AwaitShown(now, absl::InfiniteFuture(), {});
    now = shown();
  }
  return now;
}

uint64_t Committer::VisibleCommit(const Shown& shown) const {
  return std::min(shown.commit, sync_->visible());
}

bool Committer::AwaitShown(const Shown& seen, absl::Time deadline, const std::stop_token& stop) {
  MutexLock held(mu_);
  ++watchers_;
  std::unique_lock<std::mutex> lock(mu_.native(), std::adopt_lock);
  const bool result = options_.clock->Await(lock, watch_, deadline, stop, [this, &seen] {
    mu_.AssertHeld();
    return shown_.times != seen.times;
  });
  lock.release();
  --watchers_;
  return result;
}

}  // namespace evlog
