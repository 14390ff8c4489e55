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

RequestList Completions::Push(RequestList&& requests) {
  RequestList called, later;
  while (!requests.empty()) {
    Request* const request = requests.PopFront();
    // What comes of a failure may need the locks that the caller has.
    const bool at_once = request->done_at_once && request->status.ok();
    if (at_once) Call(request);
    (at_once ? called : later).PushBack(request);
  }
  if (later.empty()) return called;
  MutexLock lock(mu_);
  const bool was_empty = queue_.empty();
  queue_.Append(std::move(later));
  if (was_empty) wake_.NotifyOne();
  return called;
}

void Completions::Retire(RequestList&& called) {
  size_t bytes = 0;
  while (!called.empty()) {
    const std::unique_ptr<Request> request(called.PopFront());
    bytes += request->bytes + kRequestOverheadBytes;
  }
  if (bytes != 0) released_(bytes);
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
    size_t bytes = 0;
    while (!requests.empty()) {
      const std::unique_ptr<Request> request(requests.PopFront());
      bytes += request->bytes + kRequestOverheadBytes;
      Call(request.get());
    }
    released_(bytes);
  }
}

void Completions::Call(Request* request) {
  if (request->status.ok()) {
    std::move(request->done)(request->result);
  } else {
    std::move(request->done)(request->status);
  }
}

}  // namespace evlog
