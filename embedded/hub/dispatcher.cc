#include "embedded/hub/dispatcher.h"

#include <utility>

#include "embedded/hub/subscriber.h"

namespace evlog::internal {

namespace {

thread_local bool is_dispatching = false;

}  // namespace

bool Dispatcher::IsDispatching() { return is_dispatching; }

void Dispatcher::Schedule(std::shared_ptr<Subscriber> subscriber) {
  MutexLock lock(mu_);
  if (stopping_) return;
  line_.push_back(std::move(subscriber));
  if (waiting_ > woken_) {
    ++woken_;
    work_.NotifyOne();
  } else if (threads_ < options_.dispatchers) {
    StartThread();
  } else {
    watch_.notify_one();
  }
}

void Dispatcher::StartThread() {
  ++threads_;
  crew_->Spawn([self = shared_from_this()] { self->Run(); });
  if (watching_) return;
  watching_ = true;
  crew_->Spawn([self = shared_from_this()] { self->Watch(); });
}

void Dispatcher::Run() {
  is_dispatching = true;
  std::shared_ptr<Subscriber> subscriber;
  for (bool more = false;;) {
    {
      MutexLock lock(mu_);
      if (more && !stopping_) line_.push_back(std::move(subscriber));
      while (line_.empty() && !stopping_) {
        if (threads_ > options_.dispatchers) {
          --threads_;
          return;
        }
        ++waiting_;
        work_.Wait(mu_);
        --waiting_;
        if (woken_ > 0) --woken_;
      }
      if (stopping_) return;
      subscriber = std::move(line_.front());
      line_.pop_front();
      ++moves_;
    }
    more = subscriber->Drain();
    if (!more) subscriber.reset();
  }
}

void Dispatcher::Await(absl::Time deadline, const std::function<bool()>& ready) {
  std::unique_lock<std::mutex> lock(mu_.native(), std::adopt_lock);
  options_.clock->Await(lock, watch_, deadline, {}, ready);
  lock.release();
}

void Dispatcher::Watch() {
  MutexLock lock(mu_);
  while (!stopping_) {
    Await(absl::InfiniteFuture(), [this] {
      mu_.AssertHeld();
      return stopping_ || Waits();
    });
    const uint64_t moves = moves_;
    Await(options_.clock->Now() + options_.stuck_after, [this, moves] {
      mu_.AssertHeld();
      return stopping_ || moves_ != moves;
    });
    if (!stopping_ && moves_ == moves && Waits()) StartThread();
  }
}

void Dispatcher::Stop() {
  std::deque<std::shared_ptr<Subscriber>> line;
  MutexLock lock(mu_);
  stopping_ = true;
  line.swap(line_);
  work_.NotifyAll();
  watch_.notify_all();
}

}  // namespace evlog::internal
