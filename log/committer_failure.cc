// A failed write or sync latches the committer; reopening the store ends that.

#include <utility>

#include "log/base/status.h"
#include "log/committer.h"
#include "spdlog/logger.h"

namespace evlog {

void Committer::Latch(const absl::Status& status) {
  RequestList queued;
  {
    MutexLock lock(mu_);
    if (!latch_.ok()) return;
    latch_ = status;
    queued = std::move(queue_);
    room_.NotifyAll();
    idle_.NotifyAll();  // Close waits for an empty queue, and nobody may be leading
  }
  options_.probe->failures->Add();
  if (options_.logger) {
    options_.logger->error("{}: latched, appends are refused until it is reopened: {}",
                           store_->directory(), MessageOf(status));
  }
  Fail(std::move(queued), status, nullptr, nullptr);
}

void Committer::Fail(RequestList requests, const absl::Status& status, const Request* own,
                     bool* own_failed) {
  const absl::Status unknown = UnknownOutcome(status);
  RequestList asynchronous;
  size_t freed = 0;
  while (!requests.empty()) {
    Request* const request = requests.PopFront();
    request->status = unknown;
    if (request->done) {
      asynchronous.PushBack(request);
    } else if (!request->blocking) {
      freed += request->bytes + kRequestOverheadBytes;
      delete request;
    } else if (request == own) {
      *own_failed = true;
      request->state.store(Request::kDone, std::memory_order_relaxed);
    } else if (FinishBlocking(request) == Request::kLead) {
      PassLead();  // it was to lead, and will not
    }
  }
  if (freed != 0) Released(freed);
  completions_.Retire(completions_.Push(std::move(asynchronous)));
}

void Committer::RefuseAppends(const absl::Status& status) {
  MutexLock lock(mu_);
  refused_ = status;
}

absl::Status Committer::Health() const {
  MutexLock lock(mu_);
  return latch_.ok() ? latch_ : Latched(latch_);
}

absl::Status Committer::AcceptsAppends() const {
  MutexLock lock(mu_);
  const absl::Status refusal = Refusal();
  return refusal.ok() ? refused_ : refusal;
}

absl::Status Committer::Reopen(const std::function<absl::Status()>& reload) {
  {
    MutexLock lock(mu_);
    if (closed_) return Refusal();
    if (latch_.ok()) return absl::OkStatus();
    // The latch refuses all that comes, so once the lead is free nothing writes any more. Keeping
    // the lead keeps it so, also against a second Reopen.
    while (leading_) idle_.Wait(mu_);
    if (latch_.ok()) return absl::OkStatus();
    leading_ = true;
  }
  sync_->Settle();
  absl::Status status = store_->Reopen();
  if (status.ok()) status = reload();
  if (status.ok()) {
    store_->Attach(&builder_.batch());
    last_commit_ = marked_ = store_->last_commit();
    tail_.Clear();
    sync_->Reset(last_commit_);
    options_.probe->reopens->Add();
  }
  MutexLock lock(mu_);
  if (status.ok()) {
    latch_ = absl::OkStatus();
    written_.store(last_commit_, std::memory_order_relaxed);
    shown_.commit = last_commit_;
    Announce();
  }
  leading_ = false;
  idle_.NotifyAll();
  return status;
}

}  // namespace evlog
