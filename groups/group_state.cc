#include "groups/group_state.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace evlog {

namespace {

using Effect = PendingTransition::Effect;

}  // namespace

GroupState::GroupState(uint16_t partitions)
    : positions_(partitions), leases_(partitions), pending_(partitions) {}

std::optional<ConsumerNumber> GroupState::FindConsumer(std::string_view name) const {
  const auto it = numbers_.find(name);
  if (it == numbers_.end()) return std::nullopt;
  return it->second;
}

const ConsumerState* GroupState::consumer(ConsumerNumber number) const {
  if (number >= consumers_.size() || consumers_[number].name.empty()) return nullptr;
  return &consumers_[number];
}

void GroupState::VisitConsumers(
    absl::FunctionRef<void(ConsumerNumber, const ConsumerState&)> see) const {
  for (size_t i = 0; i < consumers_.size(); ++i) {
    if (!consumers_[i].name.empty()) see(static_cast<ConsumerNumber>(i), consumers_[i]);
  }
}

absl::StatusOr<ConsumerNumber> GroupState::SeeConsumer(std::string_view name, uint64_t now_ms,
                                                       GroupChange* change) const {
  if (const std::optional<ConsumerNumber> number = FindConsumer(name)) {
    ConsumerState state = consumers_[*number];
    state.seen_ms = now_ms;
    change->consumers.push_back({*number, std::move(state)});
    return *number;
  }
  const auto free = std::find_if(consumers_.begin(), consumers_.end(),
                                 [](const ConsumerState& state) { return state.name.empty(); });
  const auto number = static_cast<size_t>(free - consumers_.begin());
  if (number >= kConsumersMax) {
    return absl::ResourceExhaustedError(
        fmt::format("the group has {} consumers, which is the most there may be", kConsumersMax));
  }
  change->consumers.push_back(
      {static_cast<ConsumerNumber>(number), ConsumerState{std::string(name), now_ms, 0}});
  return static_cast<ConsumerNumber>(number);
}

void GroupState::SawConsumer(ConsumerNumber number, uint64_t now_ms) {
  if (consumer(number) == nullptr) return;
  consumers_[number].seen_ms = std::max(consumers_[number].seen_ms, now_ms);
}

void GroupState::NoteActive(ConsumerNumber number, uint64_t now_ms, GroupChange* change) {
  for (GroupChange::OfConsumer& consumer : change->consumers) {
    if (consumer.number == number && consumer.to) consumer.to->active_ms = now_ms;
  }
}

void GroupState::Send(const PlaceRange& range, const PendingEvent& event, const IdRuns& ids,
                      GroupChange* change, std::vector<Outcome>* outcomes) const {
  const auto send = [&](const PlaceRange& part, const std::optional<Pending>& state) {
    const PendingTransition now = evlog::Apply(state, event, policy());
    if (now.effect == Effect::kNone) return;
    outcomes->push_back({{part, state.value_or(Pending{})}, now});
    // What was never pending and is dead-lettered at once leaves nothing.
    if (!state && now.effect != Effect::kSet) return;
    GroupChange::OfPending& of = change->pending.emplace_back();
    of.range = part;
    if (now.effect == Effect::kSet) of.to = now.next;
    if (!state) of.ids = CutIds(ids, range.begin, part.begin, part.end);
  };
  uint64_t at = range.begin;
  pending_.Visit(range, [&](const PlaceRun& run) {
    if (event.force && at < run.range.begin) {
      send({range.partition, at, run.range.begin}, std::nullopt);
    }
    send(run.range, run.pending);
    at = run.range.end;
    return true;
  });
  if (event.force && at < range.end) send({range.partition, at, range.end}, std::nullopt);
}

void GroupState::Deliver(const PlaceRange& range, const IdRuns& ids, ConsumerNumber consumer,
                         uint64_t now_ms, bool acknowledged, GroupChange* change) const {
  if (!acknowledged) {
    PendingEvent event;
    event.kind = PendingEvent::Kind::kDeliver;
    event.consumer = consumer;
    event.now_ms = now_ms;
    GroupChange::OfPending& of = change->pending.emplace_back();
    of.range = range;
    of.to = evlog::Apply(std::nullopt, event, policy()).next;
    of.ids = ids;
  }
  change->positions.push_back({range.partition, {range.end, ids.back().last()}});
  change->entries_read = change->entries_read.value_or(entries_read_) + range.count();
}

void GroupState::Seek(std::span<const GroupPosition> positions, bool forget,
                      GroupChange* change) const {
  for (size_t i = 0; i < positions.size(); ++i) {
    const auto partition = static_cast<uint16_t>(i);
    change->positions.push_back({partition, positions[i]});
    EndLease(partition, change);
    if (!forget) continue;
    // In one change, whatever lies between what is pending there.
    const PlaceRange behind{partition, positions[i].next_offset, UINT64_MAX};
    if (pending_.At(partition, behind.begin)) change->pending.emplace_back().range = behind;
  }
}

void GroupState::EndLease(uint16_t partition, GroupChange* change) const {
  const Lease& lease = leases_[partition];
  if (lease.owner == kNobody) return;
  change->leases.push_back({partition, {kNobody, lease.epoch + 1}});
}

void GroupState::RemoveConsumer(ConsumerNumber number, bool forget, uint64_t now_ms,
                                GroupChange* change) const {
  PendingEvent event;
  event.kind = forget ? PendingEvent::Kind::kAck : PendingEvent::Kind::kOrphan;
  event.consumer = number;
  event.now_ms = now_ms;
  for (uint32_t p = 0; p < positions_.size() && pending_.CountOf(number) != 0; ++p) {
    pending_.Visit({static_cast<uint16_t>(p), 0, UINT64_MAX}, [&](const PlaceRun& run) {
      if (run.pending.owner != number) return true;
      const PendingTransition now = evlog::Apply(run.pending, event, policy());
      GroupChange::OfPending& of = change->pending.emplace_back();
      of.range = run.range;
      if (now.effect == Effect::kSet) of.to = now.next;
      return true;
    });
  }
  for (uint32_t p = 0; p < leases_.size(); ++p) {
    if (leases_[p].owner == number) EndLease(static_cast<uint16_t>(p), change);
  }
  change->consumers.push_back({number, std::nullopt});
}

void GroupState::ApplyHead(const GroupChange& change) {
  for (const GroupChange::OfPosition& position : change.positions) {
    positions_[position.partition] = position.to;
  }
  for (const GroupChange::OfConsumer& consumer : change.consumers) {
    if (consumer.number >= consumers_.size()) consumers_.resize(size_t{consumer.number} + 1);
    ConsumerState& state = consumers_[consumer.number];
    if (!consumer.to || consumer.to->name != state.name) numbers_.erase(state.name);
    state = consumer.to.value_or(ConsumerState{});
    if (consumer.to) numbers_[state.name] = consumer.number;
  }
  if (change.entries_read) entries_read_ = *change.entries_read;
  for (const GroupChange::OfLease& lease : change.leases) leases_[lease.partition] = lease.to;
}

void GroupState::Apply(const GroupChange& change, absl::FunctionRef<void(BlockKey)> touch) {
  ApplyHead(change);
  for (const GroupChange::OfPending& pending : change.pending) {
    pending_.Assign(pending.range, pending.to, pending.ids, touch);
  }
}

absl::Status GroupState::CheckInvariants() const {
  uint64_t count = 0, released = 0;
  std::vector<uint64_t> counts(consumers_.size());
  absl::Status status;
  const auto broken = [&status](const char* invariant, std::string what) {
    if (status.ok()) status = absl::InternalError(fmt::format("{}: {}", invariant, what));
  };
  for (uint32_t p = 0; p < positions_.size(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    EntryId last = EntryId::Min();
    pending_.Visit({partition, 0, UINT64_MAX}, [&](const PlaceRun& run) {
      const EntryId first = pending_.IdAt({partition, run.range.begin});
      if (first <= last) broken("I1", "ids of pending entries do not rise");
      last = pending_.IdAt({partition, run.range.end - 1});
      if (pending_.PlaceOf(last) != EntryPlace{partition, run.range.end - 1}) {
        broken("I3", "a pending entry is not found by its id " + last.ToString());
      }
      count += run.range.count();
      if (!run.pending.owned()) {
        released += run.range.count();
      } else if (consumer(run.pending.owner) == nullptr) {
        broken("I7", "a pending entry is with a consumer that there is not");
      } else {
        counts[run.pending.owner] += run.range.count();
      }
      return true;
    });
  }
  for (const Lease& lease : leases_) {
    if (lease.owner != kNobody && consumer(lease.owner) == nullptr) {
      broken("I7", "a partition is leased to a consumer that there is not");
    }
  }
  if (count != pending_.count()) broken("I4", "the count of pending entries is not theirs");
  if (released != pending_.released()) broken("I4", "the count of released entries is not theirs");
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != pending_.CountOf(static_cast<ConsumerNumber>(i))) {
      broken("I4", "a consumer's count of pending entries is not theirs");
    }
  }
  return status;
}

}  // namespace evlog
