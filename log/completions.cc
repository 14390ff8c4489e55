#include "log/completions.h"

#include <memory>
#include <utility>

namespace evlog {

Completions::Completions(std::function<void(size_t)> released)
    : released_(std::move(released)), thread_([this] { Run(); }) {}

Completions::~Completions() {
  {
    MutexLock lock(mu_);
    stop_ = true;
    wake_.NotifyOne();
  }
  thread_.join();
}

void Completions::Push(RequestList&& requests) {
  if (requests.empty()) return;
  MutexLock lock(mu_);
  const bool was_empty = queue_.empty();
  queue_.Append(std::move(requests));
  if (was_empty) wake_.NotifyOne();
}

void Completions::Drain() {
  MutexLock lock(mu_);
  while (running_ || !queue_.empty()) idle_.Wait(mu_);
}

void Completions::Run() {
  for (;;) {
    RequestList requests;
    {
      MutexLock lock(mu_);
      running_ = false;
      if (queue_.empty()) idle_.NotifyAll();
      while (queue_.empty() && !stop_) wake_.Wait(mu_);
      if (queue_.empty()) return;
      requests = std::move(queue_);
      running_ = true;
    }
    released_(Call(std::move(requests)));
  }
}

size_t Completions::Call(RequestList requests) {
  size_t bytes = 0;
  while (!requests.empty()) {
    const std::unique_ptr<Request> request(requests.PopFront());
    bytes += request->bytes + kRequestOverheadBytes;
    if (request->status.ok()) {
      std::move(request->done)(request->result);
    } else {
      std::move(request->done)(request->status);
    }
  }
  return bytes;
}

}  // namespace evlog
