#include "embedded/hub/crew.h"

#include <utility>

#include "embedded/hub/end_wait.h"
#include "embedded/hub/running.h"

namespace evlog::internal {

void Crew::Spawn(std::function<void()> work) {
  Reap();
  MutexLock lock(mu_);
  const auto self = running_.emplace(running_.end());
  // Ended takes the lock, so the thread is in its place before it looks for itself.
  *self = std::thread([crew = shared_from_this(), self, work = std::move(work)]() mutable {
    {
      const Running running(crew.get());
      work();
      work = nullptr;  // what it owns may wait for others
    }
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
    EndWait wait(this, EndWait::Way::kFirm, &mu_, &ended_one_);
    MutexLock lock(mu_);
    for (;;) {
      bool others = false;
      for (std::thread& thread : running_) {
        if (!thread.joinable()) continue;
        if (thread.get_id() == std::this_thread::get_id() || !wait.allowed()) {
          thread.detach();
        } else {
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
