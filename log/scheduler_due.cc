// What is due: it is read in turns, and appended by the commits that delete its rows.

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/scheduler.h"
#include "log/sequencer.h"
#include "spdlog/logger.h"

namespace evlog {

namespace {

// What was refused is tried again after so long.
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

}  // namespace

bool Scheduler::Begin(Pass* pass) {
  MutexLock lock(mu_);
  pass->from = std::min(left_, unlooked_);
  if (!known_.empty()) pass->from = std::min(pass->from, *known_.begin());
  if (pass->from == kNoTicket) return false;
  left_ = kNoTicket;
  known_.erase(known_.begin(), known_.lower_bound(pass->until));
  pass->looks_ahead = unlooked_ < pass->until;
  if (pass->looks_ahead) unlooked_ = kNoTicket;
  pass->more = pass->from < pass->until;
  wake_at_ = absl::InfiniteFuture();
  return true;
}

// What was scheduled meanwhile is in known_, or lowered unlooked_.
void Scheduler::End(const Pass& pass, const Ticket& ahead) {
  // A latched log appends nothing until Resume.
  const bool retry = !pass.refusal.ok() && committer_->Health().ok();
  MutexLock lock(mu_);
  left_ = pass.stays.value_or(kNoTicket);
  unlooked_ = std::min(unlooked_, ahead);
  WakeAt(unlooked_.due());
  if (!known_.empty()) WakeAt(known_.begin()->due());
  if (retry) WakeAt(options_.clock->Now() + kRetryAfter);
}

absl::StatusOr<Ticket> Scheduler::FindFirst(const Ticket& from) const {
  StoreIterator rows = store_->Scan(Family::kSchedule, ScheduleRange(from));
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    const absl::StatusOr<Ticket> ticket = DecodeScheduleKey(rows.key());
    if (ticket.ok()) return ticket;  // one that is not stays where it is
  }
  RETURN_IF_ERROR(rows.status());
  return kNoTicket;
}

absl::Status Scheduler::AppendDue(const std::stop_token& stop) {
  MutexLock walk(pass_mu_);
  Pass pass;
  const int64_t now_ms = absl::ToUnixMillis(options_.clock->Now());
  pass.until = {static_cast<uint64_t>(std::max<int64_t>(now_ms, 0)) + 1, 0};
  if (!Begin(&pass)) return absl::OkStatus();
  while (pass.more && !stop.stop_requested() && !stopped()) Turn(&pass);
  if (pass.more) pass.Stays(pass.from);
  if (pass.to_sync) AwaitSync(&pass);
  Ticket ahead = kNoTicket;
  if (pass.looks_ahead) {
    const absl::StatusOr<Ticket> first = FindFirst(pass.until);
    ahead = first.ok() ? *first : pass.until;
    if (!first.ok()) pass.Refuse(pass.until, first.status());
  }
  options_.probe->scheduled_refusals->Add(pass.refused);
  Tell(pass);
  End(pass, ahead);
  return pass.refusal;
}

void Scheduler::Turn(Pass* pass) {
  MutexLock turn(turn_mu_);
  std::vector<Due> due;
  const Ticket from = pass->from;
  if (absl::Status status = TakeDue(pass, &due); !status.ok()) {
    pass->more = false;
    return pass->Refuse(from, status);
  }
  std::shared_ptr<StreamState> stream;
  for (Due& one : due) {
    ScheduledBatch batch;
    absl::Status status = DecodeScheduledBatch(one.value, &batch);
    if (!status.ok()) {
      pass->Damaged(Annotate(status, "delayed append " + one.ticket.ToString()));
      pass->Stays(one.ticket);
      continue;
    }
    status = Prepare(batch, &stream, &one);
    if (!status.ok()) {
      pass->Refuse(one.ticket, status);
      one.request = nullptr;
    }
    one.value.clear();
  }
  // Nothing is read from here on: who is queued may have the lead, and others wait.
  bool halted = false;
  for (Due& one : due) {
    if (one.request == nullptr) continue;
    if (!halted) {
      const absl::Status status = QueueDue(&one);
      if (status.ok()) continue;
      pass->Refuse(one.ticket, status);
      // What refuses all of them: a disk that is full, a log that is latched or closed.
      halted = !absl::IsFailedPrecondition(status) || !committer_->Health().ok() || stopped();
    }
    pass->Stays(one.ticket);
    one.request = nullptr;
  }
  if (halted) pass->more = false;
  Finish(&due, pass);
}

absl::Status Scheduler::TakeDue(Pass* pass, std::vector<Due>* due) {
  StoreIterator rows = store_->Scan(Family::kSchedule, ScheduleRange(pass->from, pass->until));
  size_t bytes = 0;
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    const absl::StatusOr<Ticket> ticket = DecodeScheduleKey(rows.key());
    if (!ticket.ok()) {
      pass->Damaged(ticket.status());
      continue;
    }
    bytes += rows.value().size();
    if (!due->empty() && (due->size() == kDueBatchesMax || bytes > kDueBytesMax)) {
      pass->from = *ticket;
      return absl::OkStatus();
    }
    Due& one = due->emplace_back();
    one.ticket = *ticket;
    one.value = std::string(rows.value());
  }
  RETURN_IF_ERROR(rows.status());
  pass->more = false;
  return absl::OkStatus();
}

absl::Status Scheduler::Prepare(const ScheduledBatch& batch, std::shared_ptr<StreamState>* stream,
                                Due* due) const {
  if (*stream == nullptr || (*stream)->id() != batch.stream) {
    absl::StatusOr<std::shared_ptr<StreamState>> found = catalog_->FindById(batch.stream);
    if (absl::IsNotFound(found.status())) {
      PrepareDrop(due);
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(found.status());
    *stream = *std::move(found);
  }
  due->request = std::make_unique<Request>();
  // Nobody waits for it but the row, which goes in the same commit.
  due->request->durability = Durability::kOs;
  due->request->bytes = batch.bytes();
  due->request->rows.push_back(RowOf(due->ticket, std::nullopt));
  return PrepareAppend(*stream, batch.Copy(), due->request.get());
}

void Scheduler::PrepareDrop(Due* due) {
  due->dropped = true;
  due->request = std::make_unique<Request>();
  due->request->rows.push_back(RowOf(due->ticket, std::nullopt));
}

absl::Status Scheduler::QueueDue(Due* due) {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(LoadCounts());
  const ScheduleCounts then{counts_->next, counts_->rows == 0 ? 0 : counts_->rows - 1};
  absl::Status status = Queue(then, due->request.get(), &due->lead);
  if (absl::IsNotFound(status)) {  // dropped just now
    PrepareDrop(due);
    status = Queue(then, due->request.get(), &due->lead);
  }
  return status;
}

void Scheduler::AwaitSync(Pass* pass) const {
  Request request;
  request.durability = Durability::kSync;
  const absl::Status status = committer_->Run(&request);
  if (!status.ok() && pass->refusal.ok()) pass->refusal = status;
}

void Scheduler::Finish(std::vector<Due>* due, Pass* pass) const {
  // Who has the lead first: the others wait for it.
  std::stable_partition(due->begin(), due->end(), [](const Due& one) { return !one.lead.empty(); });
  uint64_t dropped = 0;
  for (Due& one : *due) {
    if (one.request == nullptr) continue;
    const absl::Status status = committer_->Finish(one.request.get(), std::move(one.lead));
    if (!status.ok()) {
      pass->Refuse(one.ticket, status);
      pass->more = false;
      continue;
    }
    if (one.dropped) {
      ++dropped;
    } else {
      options_.probe->scheduled_appends->Add();
      pass->to_sync |= one.request->stream->visible_when_synced();
    }
  }
  if (dropped == 0) return;
  options_.probe->scheduled_discards->Add(dropped);
  if (options_.logger) {
    options_.logger->warn("{}: {} delayed appends were discarded: their streams were dropped",
                          store_->directory(), dropped);
  }
}

void Scheduler::Tell(const Pass& pass) {
  if (options_.logger == nullptr) return;
  if (pass.damaged > std::exchange(damaged_told_, pass.damaged)) {
    options_.logger->error("{}: {} delayed appends cannot be read and are passed over: {}",
                           store_->directory(), pass.damaged, MessageOf(pass.damage));
  }
  const std::string refusal = MessageOf(pass.refusal);
  if (refusal_told_ != refusal && !refusal.empty()) {
    options_.logger->warn("{}: delayed appends wait longer: {}", store_->directory(), refusal);
  }
  refusal_told_ = refusal;
}

}  // namespace evlog
