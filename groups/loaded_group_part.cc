#include "groups/loaded_group_part.h"

#include <algorithm>
#include <vector>

#include "log/base/status.h"

namespace evlog {

bool LoadedGroup::Part::IsTaken(const PlaceRange& range, size_t count) const {
  return std::any_of(taken_.begin(), taken_.begin() + static_cast<ptrdiff_t>(count),
                     [&](const PlaceRange& taken) {
                       return taken.partition == range.partition && taken.begin < range.end &&
                              range.begin < taken.end;
                     });
}

absl::Status LoadedGroup::Part::TakeHanded(const GroupAck& ack) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const size_t before = taken_.size();
  uint64_t all = 0, had = 0;
  for (const HandedOut& handed : ack.entries) {
    all += handed.range.count();
    if (!group_->Holds(ack.consumer, handed.range.partition, handed.epoch)) continue;
    if (IsTaken(handed.range, before)) continue;
    group_->state_->pending().Visit(handed.range, [&](const PlaceRun& run) {
      const Pending& pending = run.pending;
      if (pending.owner == ack.consumer && pending.count == handed.deliveries) {
        had += run.range.count();
      }
      return true;
    });
  }
  if (had != all) {
    return Error(absl::StatusCode::kAborted,
                 "group {}: {} of {} entries are not the consumer's any more",
                 Quoted(group_->record_.name), all - had, all);
  }
  for (const HandedOut& handed : ack.entries) taken_.push_back(handed.range);
  return absl::OkStatus();
}

void LoadedGroup::Part::TakePending(std::span<const EntryId> ids) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const size_t before = taken_.size();
  for (const PlaceRange& range : group_->RangesOf(ids)) {
    if (!IsTaken(range, before)) {
      taken_.push_back(range);
      continue;
    }
    for (uint64_t at = range.begin; at < range.end; ++at) {
      const PlaceRange one{range.partition, at, at + 1};
      if (!IsTaken(one, before)) taken_.push_back(one);
    }
  }
}

absl::Status LoadedGroup::Part::Add(const GroupAck& ack,
                                    uint64_t* acknowledged) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  RETURN_IF_ERROR(group_->Usable());
  PendingEvent event;
  event.kind = PendingEvent::Kind::kAck;
  event.consumer = ack.consumer;
  event.now_ms = group_->NowMs();
  const size_t before = taken_.size();
  RETURN_IF_ERROR(TakeHanded(ack));
  TakePending(ack.ids);
  std::vector<GroupState::Outcome> outcomes;
  for (size_t i = before; i < taken_.size(); ++i) {
    group_->state_->Send(taken_[i], event, {}, &change_, &outcomes);
  }
  *acknowledged = 0;
  for (const GroupState::Outcome& outcome : outcomes) *acknowledged += outcome.was.range.count();
  return absl::OkStatus();
}

void LoadedGroup::Part::Write(Request* request) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (change_.empty()) return;
  const size_t before = request->rows.size();
  group_->journal_->Write(change_, group_->Encoder(), &request->rows);
  for (size_t i = before; i < request->rows.size(); ++i) {
    const Row& row = request->rows[i];
    request->bytes += row.key.size() + (row.value ? row.value->size() : 0);
  }
  request->durability = std::max(request->durability, group_->record_.options.durability);
}

}  // namespace evlog
