// XPENDING.
#include <string>

#include "server/commands/groups.h"
#include "server/commands/handlers.h"
#include "server/commands/stream_args.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

void WriteSummary(Call& call, Group& group) {
  const absl::StatusOr<PendingSummary> summary = group.SummarizePending();
  const absl::StatusOr<GroupDescription> is = DescribeGroup(group);
  if (!summary.ok()) return ReplyStatus(call.reply, summary.status());
  if (!is.ok()) return ReplyStatus(call.reply, is.status());
  call.reply.Array(4);
  call.reply.Integer(static_cast<int64_t>(summary->count));
  if (summary->count == 0) {
    call.reply.Null();
    call.reply.Null();
    return call.reply.NullArray();
  }
  call.reply.Id(summary->first);
  call.reply.Id(summary->last);
  const size_t mark = call.reply.Mark();
  size_t consumers = 0;
  for (const GroupConsumer& consumer : is->consumers) {
    if (consumer.pending == 0) continue;
    ++consumers;
    call.reply.Array(2);
    call.reply.Bulk(consumer.name);
    call.reply.BulkNumber(static_cast<int64_t>(consumer.pending));
  }
  call.reply.ArrayAt(mark, consumers);
}

void WriteEntries(Call& call, Group& group, const PendingFilter& filter) {
  const absl::StatusOr<std::vector<PendingEntry>> entries = group.ListPending(filter);
  if (!entries.ok()) return ReplyStatus(call.reply, entries.status());
  call.reply.Array(entries->size());
  for (const PendingEntry& entry : *entries) {
    call.reply.Array(4);
    call.reply.Id(entry.id);
    call.reply.Bulk(entry.consumer);
    const absl::Duration idle = std::max(call.now - entry.time, absl::ZeroDuration());
    call.reply.Integer(entry.consumer.empty() ? -1 : absl::ToInt64Milliseconds(idle));
    call.reply.Integer(static_cast<int64_t>(entry.deliveries));
  }
}

}  // namespace

void HandleXpending(Call& call) {
  // XPENDING key group [[IDLE ms] start end count [consumer]]
  size_t at = 3;
  PendingFilter filter;
  if (call.argc() > 3) {
    int64_t number = 0;
    if (call.argc() < 6 || call.argc() > 9) return call.reply.Error(kSyntaxError);
    if (Is(call.arg(3), "IDLE")) {
      if (!ParseNumber(call.arg(4), &number)) return call.reply.Error(kNotAnInteger);
      filter.min_idle = absl::Milliseconds(std::max<int64_t>(number, 0));
      if (call.argc() < 8) return call.reply.Error(kSyntaxError);
      at = 5;
    }
    if (call.argc() - at > 4) return call.reply.Error(kSyntaxError);
    if (!ParseNumber(call.arg(at + 2), &number)) return call.reply.Error(kNotAnInteger);
    filter.count = static_cast<uint64_t>(std::max<int64_t>(number, 0));
    ParseError error = ParseRangeStart(call.arg(at), &filter.from);
    if (error.empty()) error = ParseRangeEnd(call.arg(at + 1), &filter.until);
    if (!error.empty()) return call.reply.Error(error);
    if (call.argc() - at == 4) filter.consumer = std::string(call.arg(at + 3));
  }
  std::optional<Group> group = RequireGroup(call, call.arg(1), call.arg(2), NoGroup::kOfClaiming);
  if (!group) return;
  if (call.argc() == 3) return WriteSummary(call, *group);
  WriteEntries(call, *group, filter);
}

}  // namespace evlog::server
