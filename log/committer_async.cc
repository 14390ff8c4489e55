// Requests that no thread waits for, and how many of them may be under way.

#include <utility>

#include "log/base/status.h"
#include "log/commit_here.h"
#include "log/committer.h"

namespace evlog {

namespace {

// Of this thread: whether a CommitHere lives, and for whom it is to lead.
thread_local bool commits_here = false;
thread_local Committer* to_lead = nullptr;

}  // namespace

CommitHere::CommitHere() { commits_here = true; }

CommitHere::~CommitHere() {
  commits_here = false;
  if (Committer* const committer = std::exchange(to_lead, nullptr)) committer->LeadQueued();
}

bool CommitHere::Takes(Committer* committer) {
  if (commits_here) to_lead = committer;
  return commits_here;
}

absl::Status Committer::QueueAsync(std::unique_ptr<Request>* request) {
  RETURN_IF_ERROR(Enqueue(request->get(), nullptr, nullptr));
  static_cast<void>(request->release());  // the committer's now
  return absl::OkStatus();
}

bool Committer::Extend(const GrowingRow& row, size_t bytes, absl::FunctionRef<void()> grow) {
  MutexLock lock(mu_);
  if (queue_.empty() || !Refusal().ok()) return false;
  Request* const request = queue_.back();
  if (request->growing.get() != &row || request->bytes + bytes > kGrownBytesMax) return false;
  grow();
  request->bytes += bytes;
  in_flight_ += bytes;
  if (!leading_ && !CommitHere::Takes(this)) Summon();
  return true;
}

absl::StatusOr<AppendResult> Committer::RunOrdered(std::unique_ptr<Request> request) {
  AwaitRoom();
  Ordered ordered;
  RETURN_IF_ERROR(Enqueue(request.get(), nullptr, &ordered));
  static_cast<void>(request.release());  // the committer's now
  return ordered.result;
}

void Committer::RunAsync(std::unique_ptr<Request> request) {
  AwaitRoom();
  Ordered ordered;
  const bool once_ordered = request->durability == Durability::kAsync;
  if (once_ordered) ordered.done = std::exchange(request->done, nullptr);
  const absl::Status status = Enqueue(request.get(), nullptr, once_ordered ? &ordered : nullptr);
  if (!status.ok()) {
    return CompleteOnThread(std::move(once_ordered ? ordered.done : request->done), status);
  }
  static_cast<void>(request.release());  // the committer's now
}

void Committer::CompleteOnThread(AppendCallback done, const absl::StatusOr<AppendResult>& result) {
  MutexLock lock(mu_);
  Answer(std::move(done), result);
}

void Committer::Answer(AppendCallback done, const absl::StatusOr<AppendResult>& result) {
  auto answer = std::make_unique<Request>();
  answer->done = std::move(done);
  answer->status = result.status();
  if (result.ok()) answer->result = *result;
  in_flight_ += kRequestOverheadBytes;
  RequestList answers;
  answers.PushBack(answer.release());
  // On the thread, whoever asked: locks are held here.
  static_cast<void>(completions_.Push(std::move(answers)));
}

void Committer::AwaitRoom() {
  if (completions_.OnThread()) return;  // only this thread could make room
  {
    MutexLock lock(mu_);
    if (in_flight_ < options_.in_flight_bytes) return;
  }
  if (to_lead == this) LeadQueued();  // nobody else was woken for it
  MutexLock lock(mu_);
  ++waiting_for_room_;
  // Woken at half: else each completion would wake a producer for one append.
  while (in_flight_ > options_.in_flight_bytes / 2 && latch_.ok() && !closed_) room_.Wait(mu_);
  --waiting_for_room_;
}

void Committer::Released(size_t bytes) {
  MutexLock lock(mu_);
  in_flight_ -= bytes;
  options_.probe->in_flight_bytes->Set(static_cast<int64_t>(in_flight_));
  if (waiting_for_room_ != 0 && in_flight_ <= options_.in_flight_bytes / 2) room_.NotifyAll();
}

}  // namespace evlog
