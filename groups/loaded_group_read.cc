// Handing out: what is due again, what is claimed, what is new, and what a consumer has already.

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "groups/loaded_group.h"
#include "log/base/status.h"

namespace evlog {

using Effect = PendingTransition::Effect;

absl::Status LoadedGroup::HandOutAgain(std::span<const GroupState::Outcome> outcomes,
                                       std::vector<EntryId>* gone, bool kept, Operation* operation,
                                       DeliveredRuns* delivered) {
  for (const GroupState::Outcome& outcome : outcomes) {
    if (outcome.now.effect != Effect::kSet || !outcome.now.next.owned()) continue;
    const PlaceRange& range = outcome.was.range;
    ASSIGN_OR_RETURN(std::vector<EntryRun> runs, ReadRange(*context_.store, stream_, range));
    uint64_t at = range.begin;
    const auto pass_over = [&](uint64_t end) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (at >= end) return;
      GroupChange::OfPending& change = operation->change.pending.emplace_back();
      change.range = {range.partition, at, end};
      if (kept) change.to = outcome.was.pending;  // that it was looked for is no delivery
      for (; at < end; ++at) gone->push_back(state_->pending().IdAt({range.partition, at}));
    };
    for (EntryRun& run : runs) {
      pass_over(run.range.begin);
      at = run.range.end;
      delivered->entries += run.range.count();
      operation->redelivered += run.range.count();
      delivered->runs.push_back({run.range, std::move(run.view), outcome.now.next.count,
                                 state_->leases()[range.partition].epoch,
                                 outcome.was.pending.IdleMs(operation->now_ms)});
    }
    pass_over(range.end);
  }
  return absl::OkStatus();
}

absl::Status LoadedGroup::AddDue(ConsumerNumber consumer, uint64_t limit, Operation* operation,
                                 DeliveredRuns* delivered) {
  PendingEvent event;
  event.kind = PendingEvent::Kind::kRedeliver;
  event.consumer = consumer;
  event.now_ms = operation->now_ms;
  std::vector<GroupState::Outcome> outcomes;
  for (const PlaceRun& run : state_->pending().Due(operation->now_ms, limit)) {
    state_->Send(run.range, event, {}, &operation->change, &outcomes);
  }
  RETURN_IF_ERROR(AddDeadLetters(outcomes, DeadLetterReason::kDeliveries, operation));
  std::vector<EntryId> gone;
  return HandOutAgain(outcomes, &gone, /*kept=*/false, operation, delivered);
}

// First what was given back, however long ago. Never what is due: that is on its way already.
absl::Status LoadedGroup::AddIdle(const GroupRead& read, Operation* operation,
                                  DeliveredRuns* delivered) {
  if (!read.claim_idle_ms) return absl::OkStatus();
  const uint64_t now_ms = operation->now_ms;
  uint64_t room = read.count - delivered->entries, released = 0;
  std::vector<PlaceRun> runs = state_->pending().Released(now_ms, room);
  for (const PlaceRun& run : runs) released += run.range.count();
  room -= released;
  if (room != 0 && *read.claim_idle_ms <= now_ms) {
    // All that is released by now was taken; it is among these once more.
    for (const PlaceRun& run :
         state_->pending().Oldest(now_ms - *read.claim_idle_ms, room + released)) {
      if (room == 0) break;
      if (!run.pending.owned()) continue;
      runs.push_back(run);
      runs.back().range.end = run.range.begin + std::min(run.range.count(), room);
      room -= runs.back().range.count();
    }
  }
  const GroupClaim claim{.min_idle_ms = *read.claim_idle_ms};
  const PendingEvent event = ClaimEvent(claim, *operation, delivered->consumer);
  std::vector<GroupState::Outcome> outcomes;
  for (const PlaceRun& run : runs) {
    if (DueMs(run.pending, state_->policy()) <= now_ms) continue;
    state_->Send(run.range, event, {}, &operation->change, &outcomes);
  }
  std::vector<EntryId> gone;
  return HandOutAgain(outcomes, &gone, /*kept=*/false, operation, delivered);
}

uint64_t LoadedGroup::RoomFor(const GroupRead& read, const DeliveredRuns& delivered) const {
  uint64_t room = read.count - delivered.entries;
  if (read.acknowledged) return room;
  const auto limit = [&room, &delivered](uint64_t most, uint64_t out) {
    if (most != 0) room = std::min(room, most - std::min(most, out + delivered.entries));
  };
  const PendingSet& pending = state_->pending();
  limit(record_.options.max_in_flight, pending.count() - pending.released());
  limit(record_.options.max_in_flight_of_consumer, pending.CountOf(delivered.consumer));
  return room;
}

void LoadedGroup::HandOutNew(EntryRun run, const GroupRead& read, Operation* operation,
                             DeliveredRuns* delivered) {
  state_->Deliver(run.range, run.ids, delivered->consumer, operation->now_ms, read.acknowledged,
                  &operation->change);
  delivered->entries += run.range.count();
  delivered->runs.push_back({run.range, std::move(run.view), 1});
}

absl::Status LoadedGroup::AddNew(const GroupRead& read, Operation* operation,
                                 DeliveredRuns* delivered) {
  uint64_t room = RoomFor(read, *delivered);
  delivered->limited = delivered->entries + room < read.count;
  while (room != 0) {
    ASSIGN_OR_RETURN(std::optional<EntryRun> run, new_entries_->Next(room));
    if (!run) break;
    room -= run->range.count();
    HandOutNew(*std::move(run), read, operation, delivered);
  }
  return absl::OkStatus();
}

absl::Time LoadedGroup::DueAfter(uint64_t now_ms) const {
  const uint64_t due_ms = state_->pending().NextDueMs();
  if (due_ms == PendingPolicy::kNever || due_ms <= now_ms) return absl::InfiniteFuture();
  return absl::FromUnixMillis(static_cast<int64_t>(due_ms));
}

absl::Time LoadedGroup::IdleAfter(uint64_t now_ms, uint64_t claim_idle_ms) const {
  const PendingSet& pending = state_->pending();
  uint64_t ms = pending.ReleasedMs();
  if (pending.OldestMs() != PendingPolicy::kNever) {
    ms = std::min(ms, pending.OldestMs() + std::min(claim_idle_ms, kPendingMsMax));
  }
  if (ms == PendingPolicy::kNever) return absl::InfiniteFuture();
  // Not before the next millisecond: what is idle by now is on its way, or not to be had.
  return absl::FromUnixMillis(static_cast<int64_t>(std::max(ms, now_ms + 1)));
}

absl::Status LoadedGroup::Look(const GroupRead& read, Operation* operation,
                               DeliveredRuns* delivered) {
  if (ordered() && read.claim_idle_ms) return ClaimsAreRefused();
  if (record_.options.paused) return absl::OkStatus();
  if (ordered()) return AddOrdered(read, operation, delivered);
  RETURN_IF_ERROR(AddDue(delivered->consumer, read.count, operation, delivered));
  RETURN_IF_ERROR(AddIdle(read, operation, delivered));
  RETURN_IF_ERROR(AddNew(read, operation, delivered));
  delivered->due = DueAfter(operation->now_ms);
  if (read.claim_idle_ms) {
    delivered->due = std::min(delivered->due, IdleAfter(operation->now_ms, *read.claim_idle_ms));
  }
  return absl::OkStatus();
}

absl::Status LoadedGroup::ReadUnder(std::string_view consumer, const GroupRead& read,
                                    Operation* operation, DeliveredRuns* delivered) {
  RETURN_IF_ERROR(Usable());
  if (operation->now_ms == 0) operation->now_ms = NowMs();
  ASSIGN_OR_RETURN(delivered->consumer,
                   state_->SeeConsumer(consumer, operation->now_ms, &operation->change));
  if (absl::Status status = Look(read, operation, delivered); !status.ok()) {
    new_entries_->Start(*state_);  // what it has handed out was not delivered
    return status;
  }
  if (delivered->entries == 0 && operation->change.pending.empty() &&
      state_->consumer(delivered->consumer) != nullptr) {
    state_->ApplyHead(operation->change);  // that it was seen is written with the next change
    return absl::OkStatus();
  }
  if (delivered->entries != 0) {
    GroupState::NoteActive(delivered->consumer, operation->now_ms, &operation->change);
  }
  operation->handed_out = delivered->entries;
  // What only went to the dead letters, or is gone, does not end a read that looks again.
  if (delivered->entries == 0 && operation->looks_again) operation->done = [](const auto&) {};
  return Queue(operation);
}

absl::StatusOr<bool> LoadedGroup::ReadOnce(std::string_view consumer, const GroupRead& read,
                                           DeliveredRuns* delivered) {
  Operation operation;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(ReadUnder(consumer, read, &operation, delivered));
  }
  RETURN_IF_ERROR(Finish(&operation));
  return delivered->entries == 0 && !operation.change.pending.empty();
}

absl::StatusOr<DeliveredRuns> LoadedGroup::Read(std::string_view consumer, const GroupRead& read) {
  for (;;) {
    DeliveredRuns delivered;
    ASSIGN_OR_RETURN(const bool more, ReadOnce(consumer, read, &delivered));
    if (!more) return delivered;
  }
}

absl::Status LoadedGroup::Over() {
  if (!stream_->closed()) return absl::OkStatus();
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());  // a stream that was dropped is closed as well
  return absl::FailedPreconditionError("the log is closed");
}

absl::StatusOr<DeliveredRuns> LoadedGroup::ReadWaiting(std::string_view consumer,
                                                       const GroupRead& read, absl::Time deadline,
                                                       const std::stop_token& stop) {
  if (line_.size() == 0 || deadline <= context_.clock->Now()) {
    absl::StatusOr<DeliveredRuns> delivered = Read(consumer, read);
    if (!delivered.ok() || delivered->entries != 0 || deadline <= context_.clock->Now()) {
      return delivered;
    }
  }
  NoteWaiting(consumer, 1);
  const absl::Cleanup gone = [this, consumer] { NoteWaiting(consumer, -1); };
  WaitLine::Place place(&line_);
  absl::Time due = absl::InfiniteFuture();
  for (;;) {
    place.Await(context_.clock, std::min(deadline, due), stop);
    if (stop.stop_requested()) return absl::CancelledError("reading was stopped");
    absl::StatusOr<DeliveredRuns> delivered = Read(consumer, read);
    if (!delivered.ok() || delivered->entries != 0) return delivered;
    RETURN_IF_ERROR(Over());
    if (context_.clock->Now() >= deadline) return delivered;
    if (delivered->limited) place.PassOn();
    due = delivered->due;
  }
}

absl::StatusOr<DeliveredRuns> LoadedGroup::ReadAgain(std::string_view consumer, EntryId after,
                                                     uint64_t count) {
  Operation operation;
  DeliveredRuns delivered;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(Usable());
    operation.now_ms = NowMs();
    ASSIGN_OR_RETURN(delivered.consumer,
                     state_->SeeConsumer(consumer, operation.now_ms, &operation.change));
    PendingEvent event;
    event.kind = PendingEvent::Kind::kReread;
    event.consumer = delivered.consumer;
    event.now_ms = operation.now_ms;
    std::vector<PlaceRange> ranges;
    uint64_t left = count;
    state_->pending().VisitById(after.Successor(), [&](const PlaceRun& run, EntryId) {
      if (run.pending.owner != delivered.consumer) return true;
      PlaceRange range = run.range;
      range.end = range.begin + std::min(range.count(), left);
      left -= range.count();
      ranges.push_back(range);
      return left != 0;
    });
    std::vector<GroupState::Outcome> outcomes;
    for (const PlaceRange& range : ranges) {
      state_->Send(range, event, {}, &operation.change, &outcomes);
    }
    RETURN_IF_ERROR(HandOutAgain(outcomes, &delivered.gone, /*kept=*/true, &operation, &delivered));
    RETURN_IF_ERROR(Queue(&operation));
  }
  RETURN_IF_ERROR(Finish(&operation));
  return delivered;
}

}  // namespace evlog
