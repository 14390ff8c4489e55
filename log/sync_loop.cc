#include "log/sync_loop.h"

#include <utility>

#include "log/base/status.h"
#include "log/base/test_point.h"

namespace evlog {

namespace {

absl::StatusCode CodeOfFailure(const absl::Status& failure) {
  return absl::IsResourceExhausted(failure) ? absl::StatusCode::kResourceExhausted
                                            : absl::StatusCode::kUnavailable;
}

}  // namespace

absl::Status UnknownOutcome(const absl::Status& failure) {
  return Error(CodeOfFailure(failure),
               "the write failed and its outcome is unknown until the log is reopened: {}",
               MessageOf(failure));
}

absl::Status Latched(const absl::Status& failure) {
  return Error(CodeOfFailure(failure),
               "the log is latched until it is reopened, and the outcome of its last appends is "
               "unknown: {}",
               MessageOf(failure));
}

uint32_t FinishBlocking(Request* request) {
  std::atomic<uint32_t>& state = request->state;
  const uint32_t before = state.exchange(Request::kDone, std::memory_order_acq_rel);
  // The waiter may be gone by now: only the address counts here, nothing at it is read.
  state.notify_one();
  return before;
}

SyncLoop::SyncLoop(Store* store, Completions* completions, const LogProbe* probe, Clock* clock,
                   Hooks hooks, uint64_t last_commit)
    : store_(store),
      completions_(completions),
      probe_(probe),
      clock_(clock),
      hooks_(std::move(hooks)),
      synced_(last_commit),
      written_(last_commit),
      thread_([this] { Run(); }) {}

SyncLoop::~SyncLoop() { Stop(); }

void SyncLoop::Stop() {
  {
    MutexLock lock(mu_);
    stop_ = true;
    wake_.NotifyOne();
  }
  if (thread_.joinable()) thread_.join();
}

bool SyncLoop::Written(uint64_t commit, RequestList&& waiters,
                       std::vector<Publication>* publications, const Request* own) {
  MutexLock lock(mu_);
  written_ = commit;
  const bool alone =
      own != nullptr && waiters_.empty() && waiters.front() == own && own->next == nullptr;
  waiters_.Append(std::move(waiters));
  for (Publication& publication : *publications) publications_.push_back(std::move(publication));
  publications->clear();
  if (syncing_ || (waiters_.empty() && publications_.empty())) return false;
  syncing_ = true;
  if (alone) return true;
  thread_turn_ = true;
  wake_.NotifyOne();
  return false;
}

void SyncLoop::Run() {
  for (;;) {
    {
      MutexLock lock(mu_);
      while (!thread_turn_ && !stop_) wake_.Wait(mu_);
      if (!thread_turn_) return;
      thread_turn_ = false;
    }
    Round();
  }
}

void SyncLoop::Round() {
  uint64_t target;
  absl::Status status;
  {
    MutexLock lock(mu_);
    target = written_;
    status = failure_;
  }
  if (status.ok() && target > synced()) {
    const absl::Time begun = clock_->Now();
    EVLOG_TEST_POINT("sync.before");
    status = store_->Sync();
    EVLOG_TEST_POINT("sync.after");
    RecordTime(clock_->Now() - begun, probe_->sync_time);
    probe_->syncs->Add();
  }
  if (!status.ok()) hooks_.on_failure(status);
  Finish(target, status);
  if (status.ok()) hooks_.after_sync();
}

void SyncLoop::Finish(uint64_t target, const absl::Status& status) {
  RequestList blocking, called;
  {
    MutexLock lock(mu_);
    RequestList asynchronous;
    if (status.ok()) {
      synced_.store(target, std::memory_order_release);
      Publish(target);
    } else {
      failure_ = status;
      publications_.clear();  // nobody may see what may not be on the disk
      target = UINT64_MAX;
    }
    while (!waiters_.empty() && waiters_.front()->commit <= target) {
      Request* request = waiters_.PopFront();
      if (!status.ok()) request->status = UnknownOutcome(status);
      (request->blocking ? blocking : asynchronous).PushBack(request);
    }
    called = completions_->Push(std::move(asynchronous));
    if (waiters_.empty() && publications_.empty()) {
      syncing_ = false;
      idle_.NotifyAll();
    } else {
      thread_turn_ = true;
      wake_.NotifyOne();
    }
  }
  completions_->Retire(std::move(called));
  while (!blocking.empty()) FinishBlocking(blocking.PopFront());
}

void SyncLoop::Publish(uint64_t target) {
  auto end = publications_.begin();
  for (; end != publications_.end() && end->commit <= target; ++end) {
    end->stream->Publish(end->partition, end->tail);
  }
  // Only now: up to a stream's last id all of its partitions can be read.
  for (auto it = publications_.begin(); it != end; ++it) {
    if (it->stream->partitions() > 1) it->stream->PublishLastId(it->tail.last_id);
  }
  publications_.erase(publications_.begin(), end);
}

uint64_t SyncLoop::visible() const {
  MutexLock lock(mu_);
  return publications_.empty() ? UINT64_MAX : publications_.front().commit - 1;
}

void SyncLoop::Settle() {
  MutexLock lock(mu_);
  while (syncing_) idle_.Wait(mu_);
}

void SyncLoop::Reset(uint64_t last_commit) {
  MutexLock lock(mu_);
  failure_ = absl::OkStatus();
  written_ = last_commit;
  synced_.store(last_commit, std::memory_order_release);
}

}  // namespace evlog
