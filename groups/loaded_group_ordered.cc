// Ordered groups: a partition goes to one consumer at a time, and nothing of it is delivered while
// anything of it is being handled. So no entry overtakes another, whoever dies and when.

#include <algorithm>
#include <utility>

#include "groups/lease_shares.h"
#include "groups/loaded_group.h"
#include "log/base/status.h"

namespace evlog {

using Effect = PendingTransition::Effect;
using Kind = PendingEvent::Kind;

namespace {

PendingEvent EventOf(Kind kind, ConsumerNumber consumer, uint64_t now_ms) {
  PendingEvent event;
  event.kind = kind;
  event.consumer = consumer;
  event.now_ms = now_ms;
  return event;
}

bool Released(const PendingTransition& transition) {
  return transition.effect == Effect::kSet && !transition.next.owned();
}

}  // namespace

bool LoadedGroup::Holds(ConsumerNumber consumer, uint16_t partition, uint64_t epoch) const {
  return !ordered() || state_->leases()[partition] == Lease{consumer, epoch};
}

uint64_t LoadedGroup::LiveUntilMs(const ConsumerState& consumer) const {
  {
    MutexLock lock(waiting_mu_);
    if (waiting_.contains(consumer.name)) return PendingPolicy::kNever;
  }
  return consumer.seen_ms + state_->policy().ack_wait_ms;
}

std::vector<ConsumerNumber> LoadedGroup::LiveConsumers(ConsumerNumber besides,
                                                       uint64_t now_ms) const {
  std::vector<ConsumerNumber> live{besides};
  state_->VisitConsumers([&](ConsumerNumber number, const ConsumerState& consumer)
                             ABSL_NO_THREAD_SAFETY_ANALYSIS {
                               if (number != besides && LiveUntilMs(consumer) > now_ms)
                                 live.push_back(number);
                             });
  return live;
}

void LoadedGroup::NoteWaiting(std::string_view consumer, int more) {
  MutexLock lock(waiting_mu_);
  int& count = waiting_[consumer];
  count += more;
  if (count == 0) waiting_.erase(consumer);
}

LoadedGroup::PartitionLook LoadedGroup::LookAt(uint16_t partition, uint64_t now_ms) const {
  const PendingPolicy& policy = state_->policy();
  const bool blocks = record_.options.poison == GroupOptions::Poison::kBlock;
  PartitionLook look;
  bool blocked = false, in_hand = false;
  std::optional<uint64_t> first_ms;  // when the first that is released may be delivered
  uint64_t held_ms = PendingPolicy::kNever;
  state_->pending().Visit({partition, 0, UINT64_MAX}, [&](const PlaceRun& run) {
    const uint64_t due_ms = DueMs(run.pending, policy);
    if (run.pending.owned()) {
      in_hand = true;
      held_ms = std::min(held_ms, due_ms);
    } else if (due_ms == PendingPolicy::kNever) {
      blocked |= blocks && !first_ms;
    } else if (!first_ms) {
      first_ms = due_ms;
    }
    return true;
  });
  if (in_hand) {  // whatever else there is: it waits for what is being handled
    look.due_ms = held_ms;
  } else if (blocked) {
    return look;
  } else if (first_ms) {
    look.due_ms = *first_ms;
  } else {
    look.work = NextToDeliver(partition).has_value();
    return look;
  }
  look.work = look.due_ms <= now_ms;
  return look;
}

bool LoadedGroup::AddPendingFrom(uint16_t partition, ConsumerNumber consumer, uint64_t room,
                                 Operation* operation, std::vector<GroupState::Outcome>* outcomes) {
  const PendingPolicy& policy = state_->policy();
  const uint64_t now_ms = operation->now_ms;
  const bool blocks = record_.options.poison == GroupOptions::Poison::kBlock;
  bool open = true;  // what lies behind may follow
  const auto look = [&](const PlaceRun& run) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const bool owned = run.pending.owned();
    const uint64_t due_ms = DueMs(run.pending, policy);
    if (!owned && due_ms == PendingPolicy::kNever) {
      open &= !blocks;
      return true;
    }
    PlaceRange left = run.range;
    if (open && (owned || due_ms <= now_ms) && room != 0) {
      PlaceRange part = left;
      part.end = part.begin + std::min(part.count(), room);
      left.begin = part.end;
      // Of what is taken back, only what its consumer has had for too long counts as tried.
      PendingEvent event = EventOf(Kind::kRedeliver, consumer, now_ms);
      if (due_ms > now_ms) {
        event.kind = Kind::kClaim;
        event.counts = false;
      }
      state_->Send(part, event, {}, &operation->change, outcomes);
      const PendingTransition& now = outcomes->back().now;
      if (now.effect == Effect::kSet && now.next.owned()) room -= part.count();
      if (Released(now)) open &= !blocks;
    }
    if (left.begin == left.end) return true;
    open = false;
    if (owned) {
      const PendingEvent event = EventOf(Kind::kOrphan, run.pending.owner, now_ms);
      state_->Send(left, event, {}, &operation->change, outcomes);
    }
    return true;
  };
  state_->pending().Visit({partition, 0, UINT64_MAX}, look);
  return open;
}

absl::Status LoadedGroup::AddFrom(uint16_t partition, const GroupRead& read, Operation* operation,
                                  DeliveredRuns* delivered,
                                  std::vector<GroupState::Outcome>* outcomes) {
  // Another one each time, also for the same consumer: what it was handed before, and has given
  // back, it must not settle once it was handed out again.
  const Lease lease{delivered->consumer, state_->leases()[partition].epoch + 1};
  const size_t first = delivered->runs.size();
  std::vector<GroupState::Outcome> here;
  const bool open = AddPendingFrom(partition, delivered->consumer, read.count - delivered->entries,
                                   operation, &here);
  std::vector<EntryId> gone;
  RETURN_IF_ERROR(HandOutAgain(here, &gone, /*kept=*/false, operation, delivered));
  outcomes->insert(outcomes->end(), here.begin(), here.end());
  if (open) {
    uint64_t room = RoomFor(read, *delivered);
    delivered->limited |= delivered->entries + room < read.count;
    while (room != 0) {
      ASSIGN_OR_RETURN(std::optional<EntryRun> run, new_entries_->NextIn(partition, room));
      if (!run) break;
      room -= run->range.count();
      HandOutNew(*std::move(run), read, operation, delivered);
    }
  }
  for (size_t i = first; i < delivered->runs.size(); ++i) delivered->runs[i].epoch = lease.epoch;
  if (first != delivered->runs.size() || !here.empty()) {
    operation->change.leases.push_back({partition, lease});
  }
  return absl::OkStatus();
}

absl::Status LoadedGroup::AddOrdered(const GroupRead& read, Operation* operation,
                                     DeliveredRuns* delivered) {
  const ConsumerNumber consumer = delivered->consumer;
  const std::vector<ConsumerNumber> live = LiveConsumers(consumer, operation->now_ms);
  LeaseShares shares(state_->leases(), consumer, live);
  uint64_t others_ms = PendingPolicy::kNever;  // when one of the others may turn out to be gone
  for (const ConsumerNumber other : live) {
    if (other == consumer) continue;
    others_ms = std::min(others_ms, LiveUntilMs(*state_->consumer(other)));
  }
  const uint32_t partitions = state_->partitions();
  const uint32_t start = turn_++;
  uint64_t due_ms = PendingPolicy::kNever;
  std::vector<GroupState::Outcome> outcomes;
  for (const bool own : {true, false}) {
    for (uint32_t i = 0; i < partitions; ++i) {
      if (delivered->entries >= read.count || (read.one_partition && delivered->entries != 0)) {
        break;
      }
      const auto partition = static_cast<uint16_t>((start + i) % partitions);
      if ((state_->leases()[partition].owner == consumer) != own) continue;
      const PartitionLook look = LookAt(partition, operation->now_ms);
      if (!look.work) {
        due_ms = std::min(due_ms, look.due_ms);
      } else if (!shares.MayHave(partition)) {
        delivered->limited = true;
        due_ms = std::min(due_ms, others_ms);
      } else {
        shares.Take(partition);
        RETURN_IF_ERROR(AddFrom(partition, read, operation, delivered, &outcomes));
      }
    }
  }
  if (due_ms != PendingPolicy::kNever) {
    delivered->due = absl::FromUnixMillis(static_cast<int64_t>(due_ms));
  }
  return AddDeadLetters(outcomes, DeadLetterReason::kDeliveries, operation);
}

void LoadedGroup::GiveBackBehind(std::span<const GroupState::Outcome> outcomes,
                                 Operation* operation) const {
  const PendingPolicy& policy = state_->policy();
  GroupChange back;
  std::vector<GroupState::Outcome> ignored;
  for (const GroupState::Outcome& outcome : outcomes) {
    const bool parked = DueMs(outcome.now.next, policy) == PendingPolicy::kNever &&
                        record_.options.poison == GroupOptions::Poison::kPark;
    if (!Released(outcome.now) || parked) continue;
    const PlaceRange behind{outcome.was.range.partition, outcome.was.range.end, UINT64_MAX};
    state_->pending().Visit(behind, [&](const PlaceRun& run) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (!run.pending.owned()) return true;
      // It was not tried.
      PendingEvent event = EventOf(Kind::kNack, run.pending.owner, operation->now_ms);
      event.nack = PendingEvent::Nack::kSilent;
      event.delay_ms = 0;
      if (Apply(run.pending, event, policy).effect != Effect::kSet) event.kind = Kind::kOrphan;
      state_->Send(run.range, event, {}, &back, &ignored);
      return true;
    });
  }
  // What was asked for comes after it, and so counts.
  GroupChange& change = operation->change;
  change.pending.insert(change.pending.begin(), back.pending.begin(), back.pending.end());
}

}  // namespace evlog
