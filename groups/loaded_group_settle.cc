// What becomes of entries that were handed out: acknowledged, given back, extended, given up.

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "groups/loaded_group.h"
#include "log/base/status.h"
#include "log/sequencer.h"

namespace evlog {

namespace {

using Effect = PendingTransition::Effect;

DeadLetterReason ReasonOf(const PendingEvent& event) {
  if (event.kind == PendingEvent::Kind::kDeadLetter) return DeadLetterReason::kRequested;
  return event.nack == PendingEvent::Nack::kFatal ? DeadLetterReason::kFatal
                                                  : DeadLetterReason::kDeliveries;
}

}  // namespace

absl::Status LoadedGroup::AddDeadLetters(std::span<const GroupState::Outcome> outcomes,
                                         DeadLetterReason reason, Operation* operation) {
  DeadLetterOrigin origin;
  origin.group = record_.name;
  origin.reason = reason;
  origin.ms = operation->now_ms;
  internal::BatchData letters;
  for (const GroupState::Outcome& outcome : outcomes) {
    if (outcome.now.effect != Effect::kDeadLettered || record_.options.dead_letters.empty()) {
      continue;
    }
    origin.stream = stream_->name();
    origin.deliveries = outcome.was.pending.count;
    const ConsumerState* const consumer = state_->consumer(outcome.was.pending.owner);
    origin.consumer = consumer == nullptr ? std::string() : consumer->name;
    ASSIGN_OR_RETURN(const std::vector<EntryRun> runs,
                     ReadRange(*context_.store, stream_, outcome.was.range));
    for (const EntryRun& run : runs) {
      for (const EntryView& entry : run.view) {
        origin.id = entry.id;
        RETURN_IF_ERROR(AddDeadLetter(entry, origin, &letters));
      }
    }
  }
  if (letters.count() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::shared_ptr<StreamState> stream,
                   context_.open_stream(stream_->database(), record_.options.dead_letters,
                                        record_.options.durability));
  operation->request->bytes += letters.bytes();
  operation->dead_letters += letters.count();
  return PrepareAppend(std::move(stream), std::move(letters), operation->request.get());
}

absl::Status LoadedGroup::CheckSettling(const PendingEvent& event) const {
  if (event.kind != PendingEvent::Kind::kDeadLetter || !record_.options.dead_letters.empty()) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, "group {} has no dead letters",
               Quoted(record_.name));
}

absl::Status LoadedGroup::FinishSettling(std::span<const GroupState::Outcome> outcomes,
                                         const PendingEvent& event, Operation* operation,
                                         uint64_t* concerned) {
  *concerned = 0;
  for (const GroupState::Outcome& outcome : outcomes) *concerned += outcome.was.range.count();
  if (ordered()) GiveBackBehind(outcomes, operation);
  RETURN_IF_ERROR(AddDeadLetters(outcomes, ReasonOf(event), operation));
  return Queue(operation);
}

absl::Status LoadedGroup::SettleRanges(std::span<const PlaceRange> ranges, PendingEvent event,
                                       Operation* operation, uint64_t* concerned) {
  RETURN_IF_ERROR(CheckSettling(event));
  operation->now_ms = event.now_ms = NowMs();
  std::vector<GroupState::Outcome> outcomes;
  for (const PlaceRange& range : ranges) {
    state_->Send(range, event, {}, &operation->change, &outcomes);
  }
  return FinishSettling(outcomes, event, operation, concerned);
}

absl::Status LoadedGroup::SettleUnder(std::span<const EntryId> ids, PendingEvent event,
                                      Operation* operation, uint64_t* concerned) {
  RETURN_IF_ERROR(Usable());
  RETURN_IF_ERROR(CheckSettling(event));
  operation->now_ms = event.now_ms = NowMs();
  PendingEvent of_pending = event;
  of_pending.force = false;
  std::vector<GroupState::Outcome> outcomes;
  for (const PlaceRange& range : RangesOf(ids)) {
    state_->Send(range, of_pending, {}, &operation->change, &outcomes);
  }
  if (event.force) {
    absl::flat_hash_set<std::pair<uint64_t, uint64_t>> seen;
    for (const EntryId id : ids) {
      if (state_->pending().PlaceOf(id) || !seen.insert({id.ms, id.seq}).second) continue;
      RETURN_IF_ERROR(AddForced(id, event, operation, &outcomes));
    }
  }
  return FinishSettling(outcomes, event, operation, concerned);
}

absl::Status LoadedGroup::SettleHanded(std::span<const HandedOut> handed, PendingEvent event,
                                       Operation* operation, uint64_t* concerned) {
  RETURN_IF_ERROR(Usable());
  std::vector<PlaceRange> ranges;
  for (const HandedOut& part : handed) {
    if (Holds(event.consumer, part.range.partition, part.epoch)) ranges.push_back(part.range);
  }
  event.of_consumer |= ordered();
  state_->SawConsumer(event.consumer, NowMs());
  return SettleRanges(ranges, event, operation, concerned);
}

absl::StatusOr<uint64_t> LoadedGroup::Settle(std::span<const HandedOut> handed,
                                             PendingEvent event) {
  Operation operation;
  uint64_t concerned = 0;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(SettleHanded(handed, event, &operation, &concerned));
  }
  RETURN_IF_ERROR(Finish(&operation));
  return concerned;
}

absl::StatusOr<uint64_t> LoadedGroup::SettleIds(std::span<const EntryId> ids, PendingEvent event) {
  Operation operation;
  uint64_t concerned = 0;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(SettleUnder(ids, event, &operation, &concerned));
  }
  RETURN_IF_ERROR(Finish(&operation));
  return concerned;
}

std::vector<PlaceRange> LoadedGroup::RangesOf(std::span<const EntryId> ids) const {
  std::vector<EntryPlace> places;
  for (const EntryId id : ids) {
    const std::optional<EntryPlace> place = state_->pending().PlaceOf(id);
    if (place) places.push_back(*place);
  }
  // An id that is given twice counts once.
  std::sort(places.begin(), places.end());
  std::vector<PlaceRange> ranges;
  for (const EntryPlace place : places) {
    PlaceRange* const last = ranges.empty() ? nullptr : &ranges.back();
    if (last != nullptr && last->partition == place.partition && place.offset <= last->end) {
      last->end = place.offset + 1;
    } else {
      ranges.push_back({place.partition, place.offset, place.offset + 1});
    }
  }
  return ranges;
}

}  // namespace evlog
