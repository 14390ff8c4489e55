#include "log/committer.h"

#include <utility>

#include "log/base/status.h"
#include "log/base/test_point.h"
#include "log/commit_here.h"
#include "log/sequencer.h"
#include "spdlog/logger.h"

namespace evlog {

Committer::Committer(Store* store, Options options)
    : store_(store),
      options_(std::move(options)),
      tail_(options_.tail_cache_bytes),
      last_commit_(store->last_commit()),
      marked_(last_commit_),
      completions_([this](size_t bytes) { Released(bytes); }),
      sync_(std::make_unique<SyncLoop>(
          store, &completions_, options_.probe, options_.clock,
          SyncLoop::Hooks{[this] {
                            store_->SetDurable(sync_->synced());
                            AfterSync();
                          },
                          [this](const absl::Status& status) { Latch(status); }},
          last_commit_)) {
  store_->Attach(&builder_.batch());
  {
    MutexLock lock(mu_);
    shown_.commit = last_commit_;
  }
  written_.store(last_commit_, std::memory_order_relaxed);
  thread_ = std::thread([this] { RunThread(); });
}

Committer::~Committer() { Close().IgnoreError(); }

absl::Status Committer::Refusal() const {
  if (closed_) return absl::FailedPreconditionError("the log is closed");
  if (!latch_.ok()) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "the log is latched until it is reopened, by an earlier failure: {}",
                 MessageOf(latch_));
  }
  return absl::OkStatus();
}

absl::Status Committer::Enqueue(Request* request, RequestList* lead, Ordered* ordered) {
  const absl::Time now = options_.clock->Now();
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Refusal());
  if (!refused_.ok() && (request->refusable || request->has_entries())) return refused_;
  RETURN_IF_ERROR(Sequence(now, request));
  if (ordered != nullptr) {  // once queued, the request may be gone
    ordered->result = request->result;
    if (ordered->done) Answer(std::move(ordered->done), request->result);
  }
  queue_.PushBack(request);
  if (!request->blocking) {
    in_flight_ += request->bytes + kRequestOverheadBytes;
    options_.probe->in_flight_bytes->Set(static_cast<int64_t>(in_flight_));
    if (!leading_ && !CommitHere::Takes(this)) Summon();
  } else if (!leading_) {
    leading_ = true;
    *lead = Take();
  }
  return absl::OkStatus();
}

absl::Status Committer::Run(Request* request) {
  RequestList lead;
  RETURN_IF_ERROR(Queue(request, &lead));
  return Finish(request, std::move(lead));
}

absl::Status Committer::Queue(Request* request, RequestList* lead) {
  request->blocking = true;
  return Enqueue(request, lead, nullptr);
}

absl::Status Committer::Finish(Request* request, RequestList lead) {
  if (!lead.empty() && Lead(request, std::move(lead))) sync_->Round();
  Wait(request);
  return request->status;
}

void Committer::Wait(Request* request) {
  for (;;) {
    uint32_t state = request->state.load(std::memory_order_acquire);
    if (state == Request::kDone) return;
    if (state == Request::kWaiting) {
      request->state.wait(Request::kWaiting, std::memory_order_acquire);
    } else if (request->state.compare_exchange_strong(state, Request::kWaiting)) {
      // The exchange: a failure elsewhere may finish this request and take the lead back meanwhile.
      if (Lead(request, {})) sync_->Round();
    }
  }
}

RequestList Committer::Take() {
  RequestList taken;
  size_t bytes = 0;
  size_t requests = 0;
  while (!queue_.empty() && requests < kCommitRequestsMax) {
    const size_t next = queue_.front()->bytes;
    if (requests != 0 && bytes + next > kCommitBytesMax) break;
    bytes += next;
    ++requests;
    taken.PushBack(queue_.PopFront());
  }
  return taken;
}

bool Committer::Lead(Request* own, RequestList requests) {
  for (;;) {
    if (requests.empty()) {
      MutexLock lock(mu_);
      AnnounceCommits();
      requests = Take();
    }
    if (requests.empty()) break;
    const Outcome outcome = Commit(std::exchange(requests, RequestList()), own);
    if (outcome.own_written) {
      PassLead();
      return outcome.sync_here;
    }
  }
  if (sync_->synced() > marked_ && Health().ok()) WriteWatermark();
  PassLead();
  return false;
}

void Committer::LeadQueued() {
  RequestList requests;
  {
    MutexLock lock(mu_);
    if (leading_ || queue_.empty()) return;
    leading_ = true;
    requests = Take();
  }
  Commit(std::move(requests), nullptr);
  if (sync_->synced() > marked_ && Health().ok()) WriteWatermark();
  PassLead();
}

Committer::Outcome Committer::Commit(RequestList requests, const Request* own) {
  const uint64_t synced = sync_->synced();
  builder_.Build({MarkKind::kCommit, last_commit_ + 1, synced}, requests);
  if (builder_.has_rows()) {
    const bool timed = last_commit_ % kTimedCommits == 0;
    const absl::Time begun = timed ? options_.clock->Now() : absl::Time();
    EVLOG_TEST_POINT("committer.before_write");
    const absl::Status status = store_->Write(builder_.batch());
    EVLOG_TEST_POINT("committer.after_write");
    if (timed) RecordTime(options_.clock->Now() - begun, options_.probe->commit_time);
    if (!status.ok()) {
      Latch(status);
      bool own_failed = false;
      Fail(std::move(requests), status, own, &own_failed);
      return {own_failed, false};
    }
    ++last_commit_;
    marked_ = synced;
    options_.probe->commits->Add();
    for (Request* request = requests.front(); request != nullptr; request = request->next) {
      if (!request->visible_when_synced) continue;
      request->ForEachOp([this](StreamOp* op) { op->stream->HoldUntil(last_commit_); });
    }
    Publish();
    written_.store(last_commit_, std::memory_order_release);
  }
  return Complete(std::move(requests), own);
}

bool Committer::VisibleAtOnce(const StreamState& stream) const {
  return !stream.visible_when_synced() && stream.held_until() <= sync_->synced();
}

void Committer::Publish() {
  for (const CommitBuilder::Written& written : builder_.written()) {
    StreamState& stream = **written.stream;
    const bool visible = VisibleAtOnce(stream);
    const uint16_t partition = written.chunk->header().partition.partition;
    const size_t bytes = stream.AddChunk(written.chunk, tail_.enabled(), visible);
    if (tail_.enabled()) tail_.Added(*written.stream, partition, bytes);
    if (visible) continue;
    publications_.push_back({last_commit_, *written.stream, partition, TailAfter(*written.chunk)});
  }
  // Only now: up to a stream's last id all of its partitions can be read.
  for (const CommitBuilder::Written& written : builder_.written()) {
    StreamState& stream = **written.stream;
    if (stream.partitions() > 1 && VisibleAtOnce(stream)) {
      stream.PublishLastId(written.chunk->header().last_id());
    }
  }
  removals_.fetch_add(builder_.removed().size(), std::memory_order_relaxed);
  for (const CommitBuilder::Removed& removed : builder_.removed()) {
    if (removed.dropped) {
      (*removed.stream)->Close(true);
    } else {
      (*removed.stream)->PublishHead(removed.partition, removed.head);
    }
  }
  builder_.written().clear();  // chunks that are not cached are freed now
  tail_.Evict();
}

// The commit of an append that may be repeated, as those who repeat it are told.
void Committer::SettleOriginal(const IdempotentAppend& append, AppendResult* result) {
  if (append.duplicate) {
    result->position.commit = append.original->commit.load(std::memory_order_relaxed);
    options_.probe->duplicates->Add();
  } else {
    append.original->commit.store(last_commit_, std::memory_order_relaxed);
  }
}

Committer::Outcome Committer::Complete(RequestList requests, const Request* own) {
  Outcome outcome;
  RequestList syncing, asynchronous;
  size_t freed = 0;
  uint64_t appends = 0, entries = 0, bytes = 0, trimmed = 0, deleted = 0;
  const Position position{store_->log_id(), last_commit_};
  while (!requests.empty()) {
    Request* const request = requests.PopFront();
    if (request == own) outcome.own_written = true;
    request->commit = last_commit_;
    request->result.position = position;
    request->ForEachOp([&](StreamOp* op) {
      op->result.position = position;
      if (op->extras != nullptr) {
        if (op->extras->idempotence) SettleOriginal(*op->extras->idempotence, &op->result);
        trimmed += op->extras->trimmed;
        deleted += op->extras->deleted;
      }
      if (op->count != 0) ++appends;
      entries += op->count;
    });
    bytes += request->bytes;
    if (request->durability == Durability::kSync) {
      syncing.PushBack(request);
    } else if (request->done) {
      asynchronous.PushBack(request);
    } else if (!request->blocking) {  // acknowledged when it was ordered
      freed += request->bytes + kRequestOverheadBytes;
      delete request;
    } else if (request == own) {
      request->state.store(Request::kDone, std::memory_order_relaxed);
    } else {
      FinishBlocking(request);
    }
  }
  if (appends != 0) {
    options_.probe->appends->Add(appends);
    options_.probe->entries->Add(entries);
    options_.probe->bytes->Add(bytes);
  }
  if (trimmed != 0) options_.probe->trimmed_entries->Add(trimmed);
  if (deleted != 0) options_.probe->deleted_entries->Add(deleted);
  if (freed != 0) Released(freed);
  completions_.Retire(completions_.Push(std::move(asynchronous)));
  if (!syncing.empty() || !publications_.empty()) {
    outcome.sync_here =
        sync_->Written(last_commit_, std::move(syncing), &publications_,
                       outcome.own_written && own->durability == Durability::kSync ? own : nullptr);
  }
  return outcome;
}

void Committer::WriteWatermark() {
  const uint64_t synced = sync_->synced();
  builder_.BuildWatermark({MarkKind::kWatermark, last_commit_, synced});
  EVLOG_TEST_POINT("committer.watermark");
  if (absl::Status status = store_->Write(builder_.batch()); !status.ok()) return Latch(status);
  marked_ = synced;
}

void Committer::PassLead() {
  MutexLock lock(mu_);
  AnnounceCommits();
  if (!queue_.empty() && queue_.front()->blocking) {
    Request* const next = queue_.front();
    next->state.store(Request::kLead, std::memory_order_release);
    next->state.notify_one();
    return;
  }
  leading_ = false;
  if (!queue_.empty()) Summon();
  if (closed_ || !latch_.ok()) idle_.NotifyAll();
}

void Committer::AfterSync() {
  {
    MutexLock lock(mu_);
    Announce();
    // Whoever leads, or will, carries the watermark in the mark of the next commit, or writes it at
    // the end of the lead.
    if (leading_ || !queue_.empty() || !latch_.ok()) return;
    leading_ = true;
  }
  if (sync_->synced() > marked_) WriteWatermark();
  PassLead();
}

void Committer::Summon() {
  if (summoned_) return;
  summoned_ = true;
  wake_.NotifyOne();
}

void Committer::RunThread() {
  for (;;) {
    {
      MutexLock lock(mu_);
      while (!stop_ && (leading_ || queue_.empty())) {
        summoned_ = false;
        wake_.Wait(mu_);
      }
      if (stop_) return;
    }
    // The producer may have been put aside on its own CPU for this thread. It goes on first, or
    // each of its appends would become a commit and two changes of thread. Not yet leading, so a
    // blocking caller need not wait for this.
    std::this_thread::yield();
    {
      MutexLock lock(mu_);
      summoned_ = false;
      if (leading_ || queue_.empty()) continue;
      leading_ = true;
    }
    Lead(nullptr, {});
  }
}

absl::Status Committer::Close() {
  {
    MutexLock lock(mu_);
    if (closed_) return absl::OkStatus();
    closed_ = true;
    room_.NotifyAll();
    while (leading_ || !queue_.empty()) idle_.Wait(mu_);
    leading_ = true;  // for ever
  }
  sync_->Settle();
  absl::Status status = Health();
  if (status.ok() && last_commit_ > sync_->synced()) {
    status = store_->Sync();
    if (status.ok()) {
      sync_->Reset(last_commit_);
    } else {
      status = UnknownOutcome(status);
    }
  }
  if (status.ok() && sync_->synced() > marked_) {
    WriteWatermark();
    status = Health();
  }
  completions_.Drain();
  sync_->Stop();
  {
    MutexLock lock(mu_);
    stop_ = true;
    shown_.ended = true;
    Announce();
    wake_.NotifyOne();
  }
  thread_.join();
  return status;
}

}  // namespace evlog
