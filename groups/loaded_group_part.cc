#include "groups/loaded_group_part.h"

#include <algorithm>
#include <vector>

#include "log/base/status.h"

namespace evlog {

absl::Status LoadedGroup::Part::Add(const GroupAck& ack) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  RETURN_IF_ERROR(group_->Usable());
  PendingEvent event;
  event.kind = PendingEvent::Kind::kAck;
  event.consumer = ack.consumer;
  event.now_ms = group_->NowMs();
  uint64_t all = 0, had = 0;
  for (const HandedOut& handed : ack.entries) {
    all += handed.range.count();
    if (!group_->Holds(ack.consumer, handed.range.partition, handed.epoch)) continue;
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
  for (const HandedOut& handed : ack.entries) {
    std::vector<GroupState::Outcome> outcomes;
    group_->state_->Send(handed.range, event, {}, &change_, &outcomes);
  }
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
