#include "embedded/hub/crew.h"

#include <utility>

namespace evlog::internal {

void Crew::Spawn(std::function<void()> work) {
  Reap();
  MutexLock lock(mu_);
  const auto self = running_.emplace(running_.end());
  // Ended takes the lock, so the thread is in its place before it looks for itself.
  *self = std::thread([crew = shared_from_this(), self, work = std::move(work)] {
    work();
    crew->Ended(self);
  });
}

void Crew::Ended(std::list<std::thread>::iterator self) {
  MutexLock lock(mu_);
  if (self->joinable()) {
    ended_.splice(ended_.end(), running_, self);
  } else {
    running_.erase(self);  // it was let go
  }
  ended_one_.NotifyAll();
}

void Crew::Reap() {
  std::list<std::thread> ended;
  {
    MutexLock lock(mu_);
    ended.swap(ended_);
  }
  for (std::thread& thread : ended) thread.join();
}

void Crew::JoinAll() {
  {
    MutexLock lock(mu_);
    for (;;) {
      bool others = false;
      for (std::thread& thread : running_) {
        if (thread.get_id() == std::this_thread::get_id()) {
          thread.detach();
        } else if (thread.joinable()) {
          others = true;
        }
      }
      if (!others) break;
      ended_one_.Wait(mu_);
    }
  }
  Reap();
}

}  // namespace evlog::internal
