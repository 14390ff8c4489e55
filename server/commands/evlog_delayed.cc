// EVLOG DELAYED: what XADD with DELAY or AT has put off.
#include <optional>
#include <string>
#include <vector>

#include "server/commands/handlers.h"
#include "server/commands/setting_values.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

// EVLOG DELAYED LIST [KEY key] [AFTER ticket] [COUNT n]
void List(Call& call) {
  ScheduledFilter filter;
  uint64_t count = 100;
  for (size_t i = 3; i < call.argc(); i += 2) {
    if (i + 1 == call.argc()) return call.reply.Error(kSyntaxError);
    const std::string_view value = call.arg(i + 1);
    if (Is(call.arg(i), "KEY")) {
      filter.stream = std::string(value);
    } else if (Is(call.arg(i), "AFTER")) {
      const absl::StatusOr<Ticket> ticket = Ticket::Parse(value);
      if (!ticket.ok()) return ReplyStatus(call.reply, ticket.status());
      filter.after = *ticket;
    } else if (Is(call.arg(i), "COUNT")) {
      if (!ParseCount(value, &count) || count == 0) return call.reply.Error(kNotAnInteger);
    } else {
      return call.reply.Error(kSyntaxError);
    }
  }
  filter.limit = count;
  const absl::StatusOr<std::vector<ScheduledAppend>> listed = call.log().ListScheduled(filter);
  if (!listed.ok()) return ReplyStatus(call.reply, listed.status());
  call.reply.Array(listed->size());
  for (const ScheduledAppend& delayed : *listed) {
    call.reply.Map(4);
    call.reply.Bulk("ticket");
    call.reply.Bulk(delayed.ticket.ToString());
    call.reply.Bulk("stream");
    call.reply.Bulk(delayed.stream);
    call.reply.Bulk("entries");
    call.reply.Integer(static_cast<int64_t>(delayed.entries));
    call.reply.Bulk("fields");
    call.reply.Array(2 * delayed.fields.size());
    for (const auto& [name, value] : delayed.fields) {
      call.reply.Bulk(name);
      call.reply.Bulk(value);
    }
  }
}

}  // namespace

void HandleEvlogDelayed(Call& call) {
  if (Is(call.arg(2), "LIST")) return List(call);
  if (!Is(call.arg(2), "CANCEL")) {
    return call.reply.Error("ERR EVLOG DELAYED: expected LIST or CANCEL");
  }
  if (call.argc() != 4) return call.reply.Error(kSyntaxError);
  const absl::StatusOr<Ticket> ticket = Ticket::Parse(call.arg(3));
  if (!ticket.ok()) return ReplyStatus(call.reply, ticket.status());
  const absl::Status cancelled = call.log().CancelScheduled(*ticket);
  if (!cancelled.ok() && !absl::IsNotFound(cancelled)) return ReplyStatus(call.reply, cancelled);
  call.reply.Integer(cancelled.ok() ? 1 : 0);
}

}  // namespace evlog::server
