// Taking entries over from other consumers; the consumers themselves; other options.

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "groups/loaded_group.h"
#include "log/base/status.h"
#include "log/row_finder.h"

namespace evlog {

PendingEvent LoadedGroup::ClaimEvent(const GroupClaim& claim, const Operation& operation,
                                     ConsumerNumber consumer) const {
  PendingEvent event;
  event.kind = PendingEvent::Kind::kClaim;
  event.consumer = consumer;
  event.now_ms = operation.now_ms;
  event.min_idle_ms = claim.min_idle_ms;
  event.counts = claim.counts;
  event.set_ms = claim.set_ms;
  event.set_count = claim.set_count;
  return event;
}

// An entry that is not pending: it must be there, and readers must see it.
absl::Status LoadedGroup::AddForced(EntryId id, const PendingEvent& event, Operation* operation,
                                    std::vector<GroupState::Outcome>* outcomes) {
  const auto partition =
      static_cast<uint16_t>(stream_->partitioned_ids() ? id.seq & (kPartitionsMax - 1) : 0);
  if (partition >= stream_->partitions()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Place place,
                   FindPlace(*context_.store, stream_->partition_id(partition), id));
  const PlaceRange range{partition, place.offset, place.offset + 1};
  if (!place.found || stream_->CountLive(partition, range.begin, range.end) == 0) {
    return absl::OkStatus();
  }
  PendingEvent forced = event;
  forced.force = true;
  state_->Send(range, forced, {IdRun{id, 1, 1}}, &operation->change, outcomes);
  return absl::OkStatus();
}

absl::Status LoadedGroup::ClaimsAreRefused() const {
  return Error(
      absl::StatusCode::kFailedPrecondition,
      "group {} is ordered: it hands its partitions over by itself, and nothing is claimed",
      Quoted(record_.name));
}

absl::StatusOr<ClaimedRuns> LoadedGroup::ClaimWith(std::string_view consumer,
                                                   const GroupClaim& claim, Choose choose) {
  Operation operation;
  ClaimedRuns claimed;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(Usable());
    if (ordered()) return ClaimsAreRefused();
    operation.now_ms = NowMs();
    ASSIGN_OR_RETURN(claimed.delivered.consumer,
                     state_->SeeConsumer(consumer, operation.now_ms, &operation.change));
    const PendingEvent event = ClaimEvent(claim, operation, claimed.delivered.consumer);
    std::vector<GroupState::Outcome> outcomes;
    RETURN_IF_ERROR(choose(event, &operation, &outcomes, &claimed.next));
    RETURN_IF_ERROR(
        HandOutAgain(outcomes, &claimed.gone, /*kept=*/false, &operation, &claimed.delivered));
    if (claimed.delivered.entries != 0) {
      GroupState::NoteActive(claimed.delivered.consumer, operation.now_ms, &operation.change);
    }
    RETURN_IF_ERROR(Queue(&operation));
  }
  RETURN_IF_ERROR(Finish(&operation));
  return claimed;
}

absl::StatusOr<ClaimedRuns> LoadedGroup::Claim(std::string_view consumer,
                                               std::span<const EntryId> ids,
                                               const GroupClaim& claim) {
  return ClaimWith(
      consumer, claim,
      [&](const PendingEvent& event, Operation* operation,
          std::vector<GroupState::Outcome>* outcomes, EntryId*) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        absl::flat_hash_set<std::pair<uint64_t, uint64_t>> seen;
        for (const EntryId id : ids) {
          if (!seen.insert({id.ms, id.seq}).second) continue;  // given twice, it is claimed once
          if (const std::optional<EntryPlace> place = state_->pending().PlaceOf(id)) {
            const PlaceRange range{place->partition, place->offset, place->offset + 1};
            // What is gone is not claimed, and not pending any more, however short its time.
            PendingEvent sent = event;
            if (stream_->CountLive(range.partition, range.begin, range.end) == 0) {
              sent.min_idle_ms = 0;
            }
            state_->Send(range, sent, {}, &operation->change, outcomes);
          } else if (claim.force) {
            RETURN_IF_ERROR(AddForced(id, event, operation, outcomes));
          }
        }
        return absl::OkStatus();
      });
}

absl::StatusOr<ClaimedRuns> LoadedGroup::AutoClaim(std::string_view consumer, EntryId from,
                                                   uint64_t count, uint64_t scan,
                                                   const GroupClaim& claim) {
  return ClaimWith(
      consumer, claim,
      [&](const PendingEvent& event, Operation* operation,
          std::vector<GroupState::Outcome>* outcomes,
          EntryId* next) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        std::vector<PlaceRange> ranges, gone;
        const auto& pending = state_->pending();
        pending.VisitById(from, [&](const PlaceRun& run, EntryId) ABSL_NO_THREAD_SAFETY_ANALYSIS {
          PlaceRange part = run.range;
          part.end = part.begin + std::min(run.range.count(), count == 0 ? 0 : scan);
          if (Apply(run.pending, event, {}).effect == PendingTransition::Effect::kSet) {
            part.end = part.begin + std::min(part.count(), count);
            if (part.count() != 0) ranges.push_back(part);
            count -= part.count();
          } else {
            count -= AddGone(count, &part, &gone);
          }
          scan -= part.count();
          if (part.end == run.range.end) return true;
          *next = pending.IdAt({part.partition, part.end});
          return false;
        });
        for (const PlaceRange& range : ranges) {
          state_->Send(range, event, {}, &operation->change, outcomes);
        }
        PendingEvent of_gone = event;
        of_gone.min_idle_ms = 0;
        for (const PlaceRange& range : gone) {
          state_->Send(range, of_gone, {}, &operation->change, outcomes);
        }
        return absl::OkStatus();
      });
}

uint64_t LoadedGroup::AddGone(uint64_t limit, PlaceRange* range,
                              std::vector<PlaceRange>* gone) const {
  const auto live = [&](uint64_t begin, uint64_t end) {
    return stream_->CountLive(range->partition, begin, end);
  };
  if (live(range->begin, range->end) == range->count()) return 0;
  uint64_t added = 0;
  for (uint64_t i = range->begin; i < range->end; ++i) {
    if (live(i, i + 1) != 0) continue;
    gone->push_back({range->partition, i, i + 1});
    if (++added != limit) continue;
    range->end = i + 1;
    break;
  }
  return added;
}

absl::StatusOr<ClaimedRuns> LoadedGroup::ClaimIdle(std::string_view consumer, uint64_t count,
                                                   const GroupClaim& claim) {
  return ClaimWith(consumer, claim,
                   [&](const PendingEvent& event, Operation* operation,
                       std::vector<GroupState::Outcome>* outcomes, EntryId*)
                       ABSL_NO_THREAD_SAFETY_ANALYSIS {
                         if (event.now_ms < claim.min_idle_ms) return absl::OkStatus();
                         for (const PlaceRun& run :
                              state_->pending().Oldest(event.now_ms - claim.min_idle_ms, count)) {
                           state_->Send(run.range, event, {}, &operation->change, outcomes);
                         }
                         return absl::OkStatus();
                       });
}

absl::StatusOr<bool> LoadedGroup::AddConsumer(std::string_view consumer) {
  Operation operation;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(Usable());
    if (state_->FindConsumer(consumer)) return false;
    RETURN_IF_ERROR(state_->SeeConsumer(consumer, NowMs(), &operation.change).status());
    RETURN_IF_ERROR(Queue(&operation));
  }
  RETURN_IF_ERROR(Finish(&operation));
  return true;
}

absl::StatusOr<uint64_t> LoadedGroup::RemoveConsumer(std::string_view consumer, bool forget) {
  Operation operation;
  uint64_t pending = 0;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(Usable());
    const std::optional<ConsumerNumber> number = state_->FindConsumer(consumer);
    if (!number) return 0;
    pending = state_->pending().CountOf(*number);
    state_->RemoveConsumer(*number, forget, NowMs(), &operation.change);
    RETURN_IF_ERROR(Queue(&operation));
  }
  RETURN_IF_ERROR(Finish(&operation));
  return pending;
}

absl::Status LoadedGroup::Alter(const GroupOptions& options) {
  RETURN_IF_ERROR(options.Validate());
  if (options.dead_letters == stream_->name()) {
    return InvalidArgument("dead_letters is {}, the stream of the group itself",
                           Quoted(options.dead_letters));
  }
  Operation operation;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(Usable());
    record_.options = options;
    state_->SetPolicy(PolicyOf(options));
    journal_->WriteHead(Encoder(), &operation.request->rows);
    RETURN_IF_ERROR(QueueRows(&operation));
  }
  return Finish(&operation);
}

}  // namespace evlog
