// What is known of a group; nothing is changed.

#include <algorithm>

#include "groups/loaded_group.h"
#include "log/base/status.h"
#include "log/row_finder.h"

namespace evlog {

std::optional<uint64_t> LoadedGroup::NextToDeliver(uint16_t partition) const {
  // What was trimmed before it was delivered is not waited for.
  const uint64_t from =
      std::max(state_->position(partition).next_offset, stream_->Head(partition).first_offset);
  const StreamState::LiveRun live =
      stream_->NextLive(partition, from, stream_->Tail(partition).next_offset, false);
  return live.begin < live.end ? std::optional(live.begin) : std::nullopt;
}

absl::StatusOr<GroupInfo> LoadedGroup::Describe() {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  GroupInfo info;
  info.name = record_.name;
  info.options = record_.options;
  info.entries_read = state_->entries_read();
  info.pending = state_->pending().count();
  info.released = state_->pending().released();
  for (const Lease& lease : state_->leases()) {
    const ConsumerState* const owner = state_->consumer(lease.owner);
    info.leases.push_back(owner == nullptr || !ordered() ? std::string() : owner->name);
  }
  uint64_t oldest_ms = UINT64_MAX;
  for (uint32_t p = 0; p < state_->partitions(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    info.positions.push_back(state_->position(partition));
    info.lag += stream_->CountLive(partition, state_->position(partition).next_offset, UINT64_MAX);
    const std::optional<uint64_t> next = NextToDeliver(partition);
    if (!next) continue;
    ASSIGN_OR_RETURN(const std::vector<EntryRun> first,
                     ReadRange(*context_.store, stream_, {partition, *next, *next + 1}));
    for (const EntryRun& run : first) oldest_ms = std::min(oldest_ms, run.ids.front().first.ms);
  }
  const uint64_t now_ms = NowMs();
  info.lag_ms = now_ms > oldest_ms ? now_ms - oldest_ms : 0;
  const uint64_t delivered_ms = state_->pending().OldestMs();
  info.pending_ms = now_ms > delivered_ms ? now_ms - delivered_ms : 0;
  state_->VisitConsumers(
      [&](ConsumerNumber number, const ConsumerState& consumer) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        info.consumers.push_back({consumer.name, state_->pending().CountOf(number),
                                  consumer.seen_ms, consumer.active_ms});
      });
  return info;
}

absl::StatusOr<std::vector<LoadedGroup::Need>> LoadedGroup::NeedOf(std::span<const EntryId> ids) {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  std::vector<Need> needs;
  for (const EntryId id : ids) {
    const auto partition =
        static_cast<uint16_t>(stream_->partitioned_ids() ? id.seq & (kPartitionsMax - 1) : 0);
    Need& need = needs.emplace_back(Need::kNone);
    if (partition >= state_->partitions()) continue;
    if (state_->pending().PlaceOf(id)) {
      need = Need::kPending;
      continue;
    }
    const GroupPosition& position = state_->position(partition);
    bool delivered = id <= position.last_id;
    if (position.last_id == EntryId::Min() && position.next_offset != 0) {
      // It began at an offset, and has delivered nothing yet.
      ASSIGN_OR_RETURN(const Place place,
                       FindPlace(*context_.store, stream_->partition_id(partition), id));
      delivered = place.offset < position.next_offset;
    }
    if (!delivered) need = Need::kNotDelivered;
  }
  return needs;
}

absl::StatusOr<std::vector<uint64_t>> LoadedGroup::FirstNeeded() {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  std::vector<uint64_t> needed;
  for (uint32_t p = 0; p < state_->partitions(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    needed.push_back(state_->position(partition).next_offset);
    // What was trimmed is needed no more, though it is pending.
    const uint64_t first = stream_->Head(partition).first_offset;
    const std::optional<PlaceRun> pending = state_->pending().At(partition, first);
    if (pending) needed.back() = std::min(needed.back(), pending->range.begin);
  }
  return needed;
}

absl::StatusOr<LoadedGroup::PendingSummary> LoadedGroup::SummarizePending() {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  PendingSummary summary;
  const PendingSet& pending = state_->pending();
  summary.count = pending.count();
  for (uint32_t p = 0; p < state_->partitions(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    const std::optional<PlaceRun> first = pending.At(partition, 0);
    if (!first) continue;
    const EntryId id = pending.IdAt({partition, first->range.begin});
    summary.first = summary.last == EntryId::Min() ? id : std::min(summary.first, id);
    summary.last = std::max(summary.last, pending.IdAt(*pending.Last(partition)));
  }
  return summary;
}

absl::Status LoadedGroup::VisitPending(
    EntryId from, absl::FunctionRef<bool(EntryId, const Pending&, std::string_view consumer)> see) {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  state_->pending().VisitById(
      from, [&](const PlaceRun& run, EntryId) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        const ConsumerState* const consumer =
            run.pending.owned() ? state_->consumer(run.pending.owner) : nullptr;
        for (uint64_t i = run.range.begin; i < run.range.end; ++i) {
          const EntryId id = state_->pending().IdAt({run.range.partition, i});
          if (!see(id, run.pending, consumer == nullptr ? std::string_view() : consumer->name)) {
            return false;
          }
        }
        return true;
      });
  return absl::OkStatus();
}

}  // namespace evlog
