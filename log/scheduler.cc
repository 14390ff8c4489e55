#include "log/scheduler.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <mutex>
#include <utility>

#include "log/base/status.h"
#include "log/base/test_point.h"
#include "log/catalog_codec.h"
#include "log/schedule_rows.h"

namespace evlog {

namespace {

// Tickets in memory, of those that are due first.
constexpr size_t kKnownMax = 1024;

// The first millisecond that is not before `at`, so that nothing is early.
absl::StatusOr<uint64_t> DueMs(absl::Time at) {
  if (at == absl::InfiniteFuture()) {
    return absl::InvalidArgumentError("the time of a delayed append never comes");
  }
  int64_t ms = absl::ToUnixMillis(at);
  if (absl::FromUnixMillis(ms) < at && ms < std::numeric_limits<int64_t>::max()) ++ms;
  return static_cast<uint64_t>(std::max<int64_t>(ms, 0));
}

absl::Status NotThere(const Ticket& ticket) {
  return Error(absl::StatusCode::kNotFound,
               "no delayed append {} waits: it was appended or cancelled, or never there",
               ticket.ToString());
}

}  // namespace

Row Scheduler::RowOf(const Ticket& ticket, std::optional<std::string> value) {
  return {Family::kSchedule, std::string(EncodeScheduleKey(ticket).view()), std::move(value)};
}

Scheduler::Scheduler(Store* store, Committer* committer, Catalog* catalog, Options options)
    : store_(store), committer_(committer), catalog_(catalog), options_(std::move(options)) {}

Scheduler::~Scheduler() { Stop(); }

absl::Status Scheduler::Start() {
  bool any = false;
  {
    StoreIterator rows = store_->ScanAll(Family::kSchedule);
    rows.SeekToFirst();
    RETURN_IF_ERROR(rows.status());
    any = rows.Valid();
  }
  MutexLock lock(mu_);  // not while the iterator locks the store
  if (!any) return absl::OkStatus();
  // A damaged row of counts is no reason to refuse the log: who needs it is told.
  LoadCounts().IgnoreError();
  LookAnew();
  StartThread();
  return absl::OkStatus();
}

void Scheduler::Stop() {
  std::jthread thread;
  {
    MutexLock lock(mu_);
    stopped_ = true;
    thread = std::move(thread_);
  }
  if (!thread.joinable()) return;
  thread.request_stop();
  thread.join();
}

bool Scheduler::stopped() const {
  MutexLock lock(mu_);
  return stopped_;
}

absl::Status Scheduler::LoadCounts() {
  if (counts_) return absl::OkStatus();
  ASSIGN_OR_RETURN(counts_, ReadScheduleCounts(*store_));
  options_.probe->scheduled->Set(static_cast<int64_t>(counts_->rows));
  return absl::OkStatus();
}

absl::Status Scheduler::Queue(const ScheduleCounts& then, Request* request, RequestList* lead) {
  Row counts{Family::kMeta, std::string(kMetaSchedule), std::string()};
  EncodeScheduleCounts(then, &*counts.value);
  request->rows.push_back(std::move(counts));
  RETURN_IF_ERROR(committer_->Queue(request, lead));
  counts_ = then;
  options_.probe->scheduled->Set(static_cast<int64_t>(then.rows));
  return absl::OkStatus();
}

absl::StatusOr<Ticket> Scheduler::Schedule(const std::shared_ptr<StreamState>& stream,
                                           internal::BatchData batch, absl::Time at,
                                           Durability durability) {
  if (!batch.ids().empty()) {
    return absl::InvalidArgumentError(
        "entries of a delayed append get their ids when they are appended");
  }
  Ticket ticket;
  ASSIGN_OR_RETURN(ticket.ms, DueMs(at));
  std::string value;
  EncodeScheduledBatch(stream->id(), batch, &value);
  Request request;
  request.stream = stream;  // which must still be there
  request.durability = std::max(durability, Durability::kOs);
  request.bytes = value.size() + sizeof(ScheduleKey);
  request.refusable = true;
  RequestList lead;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(LoadCounts());
    ticket.number = counts_->next;
    request.rows.push_back(RowOf(ticket, std::move(value)));
    RETURN_IF_ERROR(Queue({counts_->next + 1, counts_->rows + 1}, &request, &lead));
  }
  RETURN_IF_ERROR(committer_->Finish(&request, std::move(lead)));
  EVLOG_TEST_POINT("scheduler.scheduled");
  MutexLock lock(mu_);
  Note(ticket);
  StartThread();
  return ticket;
}

absl::StatusOr<bool> Scheduler::Cancel(uint8_t database, const Ticket& ticket) {
  MutexLock turn(turn_mu_);
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   store_->Get(Family::kSchedule, EncodeScheduleKey(ticket).view()));
  if (!row) return NotThere(ticket);
  ScheduledBatch batch;
  bool sync = true;
  // A damaged one may be cancelled by anybody.
  if (DecodeScheduledBatch(*row, &batch).ok()) {
    ASSIGN_OR_RETURN(const std::optional<std::string> stream,
                     store_->Get(Family::kCatalog, EncodeCatalogKey(batch.stream).view()));
    if (!stream) return NotThere(ticket);
    ASSIGN_OR_RETURN(const StreamRecord record, DecodeStreamRecord(*stream));
    if (record.database != database) return NotThere(ticket);
    sync = record.options.durability == Durability::kSync;
  }
  Request request;
  request.rows.push_back(RowOf(ticket, std::nullopt));
  RequestList lead;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(LoadCounts());
    const uint64_t rows = counts_->rows;
    RETURN_IF_ERROR(Queue({counts_->next, rows == 0 ? 0 : rows - 1}, &request, &lead));
    known_.erase(ticket);  // if the write fails, all is looked at anew
  }
  RETURN_IF_ERROR(committer_->Finish(&request, std::move(lead)));
  return sync;
}

// ---- the thread

void Scheduler::Note(const Ticket& ticket) {
  if (ticket < unlooked_) known_.insert(ticket);
  if (known_.size() > kKnownMax) {
    const auto last = std::prev(known_.end());
    unlooked_ = *last;
    known_.erase(last);
  }
  WakeAt(ticket.due());
}

void Scheduler::LookAnew() {
  known_.clear();
  unlooked_ = Ticket();
  WakeAt(absl::InfinitePast());
}

void Scheduler::WakeAt(absl::Time at) {
  if (at >= wake_at_) return;
  wake_at_ = at;
  earlier_ = true;
  wake_.notify_all();
}

void Scheduler::StartThread() {
  if (stopped_ || thread_.joinable()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Scheduler::AwaitDue(const std::stop_token& stop) {
  MutexLock held(mu_);
  std::unique_lock<std::mutex> lock(mu_.native(), std::adopt_lock);
  while (!stop.stop_requested() && options_.clock->Now() < wake_at_) {
    earlier_ = false;
    options_.clock->Await(lock, wake_, wake_at_, stop, [this] {
      mu_.AssertHeld();
      return earlier_;
    });
  }
  lock.release();
}

void Scheduler::Run(const std::stop_token& stop) {
  for (;;) {
    AwaitDue(stop);
    if (stop.stop_requested()) return;
    AppendDue(stop).IgnoreError();  // it was told
  }
}

absl::Status Scheduler::Reload() {
  MutexLock lock(mu_);
  counts_.reset();
  return LoadCounts();
}

void Scheduler::Resume() {
  MutexLock lock(mu_);
  if (counts_ && counts_->rows == 0) return;
  LookAnew();
  StartThread();
}

}  // namespace evlog
