// XADD.
#include <algorithm>
#include <optional>
#include <vector>

#include "log/base/status.h"
#include "log/sequencer.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/stream_args.h"
#include "server/keyspace_events.h"
#include "server/stream_cache.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr char kTooSmall[] =
    "ERR The ID specified in XADD is equal or smaller than the target stream top item";
constexpr char kExhausted[] =
    "ERR The stream has exhausted the last possible ID, unable to add more items";

AppendOptions OptionsOf(const XaddArgs& args) {
  AppendOptions options;
  options.key = args.extras.key;
  options.expect = args.extras.expect;
  options.durability = args.extras.durability;
  options.idempotence = args.idempotence;
  if (args.id_kind == XaddArgs::Id::kGiven) options.id = args.id;
  return options;
}

// `ms-*`: the next sequence of that millisecond. Others may append between the look and the append,
// which then fails and tells where the stream stands.
absl::StatusOr<AppendResult> AppendInMillisecond(Stream& stream, const XaddArgs& args,
                                                 EntryId last) {
  for (;;) {
    EntryId id{args.id.ms, 0};
    if (id.ms == 0) id.seq = 1;
    if (last.ms > id.ms || (last.ms == id.ms && last.seq == UINT64_MAX)) {
      return absl::AbortedError(kTooSmall);
    }
    if (last.ms == id.ms) id.seq = std::max(id.seq, last.seq + 1);
    AppendOptions options = OptionsOf(args);
    options.id = id;
    options.expect = Expect::LastId(last);
    absl::StatusOr<AppendResult> result = stream.Append(FieldsOf(args), options);
    const std::optional<Conflict> conflict = ConflictOf(result.status());
    if (!conflict) return result;
    last = conflict->last_id;
  }
}

void Schedule(Call& call, Stream& stream, const XaddArgs& args) {
  const absl::Time due = args.extras.due
                             ? *args.extras.due
                             : call.now + args.extras.delay.value_or(absl::ZeroDuration());
  ScheduleOptions options;
  options.key = args.extras.key;
  options.durability = args.extras.durability;
  const absl::StatusOr<Ticket> ticket = stream.Schedule(FieldsOf(args), due, options);
  if (!ticket.ok()) return ReplyStatus(call.reply, ticket.status());
  call.reply.Bulk(ticket->ToString());
}

}  // namespace

void ReplyAppendError(RespWriter& reply, const absl::Status& status, bool expects) {
  if (HasNoIdsLeft(status)) return reply.Error(kExhausted);
  if (absl::IsAborted(status) && !expects) {
    const std::optional<Conflict> conflict = ConflictOf(status);
    return reply.Error(conflict && conflict->last_id == EntryId::Max() ? kExhausted : kTooSmall);
  }
  // It had been opened by its name, and lost it while this append was on its way.
  if (absl::IsNotFound(status)) {
    return reply.Error("ERR the stream was dropped while this entry was appended");
  }
  ReplyStatus(reply, status);
}

bool TryXadd(Call& call) {
  XaddArgs args;
  if (!args.Parse(call.args).empty() || args.id_kind == XaddArgs::Id::kAutoSequence) return false;
  OpenedStream* const stream = call.connection->FindStream(args.key);
  if (stream == nullptr) return false;
  if (args.idempotence && !args.idempotence->Validate().ok()) return false;
  if (args.extras.delayed()) return false;
  const TrimOptions trim = args.trim.options();
  return call.connection->Append(stream, FieldsOf(args), OptionsOf(args),
                                 args.trim.trims() ? &trim : nullptr);
}

void HandleXadd(Call& call) {
  XaddArgs args;
  if (const ParseError error = args.Parse(call.args); !error.empty()) {
    return call.reply.Error(error);
  }
  if (args.idempotence) {  // else a stream would be made for nothing
    const absl::Status valid = args.idempotence->Validate();
    if (!valid.ok()) return ReplyStatus(call.reply, valid);
  }
  const bool is_new = WantsKeyspaceEvent(call, kEventNew) && !HasKey(call, args.key);
  absl::StatusOr<Stream> stream =
      OpenKey(call, args.key, args.make_stream ? IfMissing::kCreate : IfMissing::kError);
  if (absl::IsNotFound(stream.status()) && !args.make_stream) return call.reply.Null();
  if (!stream.ok()) return ReplyStatus(call.reply, stream.status());
  if (args.extras.delayed()) return Schedule(call, *stream, args);
  absl::StatusOr<AppendResult> result;
  if (args.id_kind == XaddArgs::Id::kAutoSequence) {
    const absl::StatusOr<StreamInfo> info = DescribeKey(call, args.key);
    if (!info.ok()) return ReplyStatus(call.reply, info.status());
    if (info->last_id == EntryId::Max()) return call.reply.Error(kExhausted);
    result = AppendInMillisecond(*stream, args, info->last_id);
  } else {
    result = stream->Append(FieldsOf(args), OptionsOf(args));
  }
  if (!result.ok()) {
    return ReplyAppendError(call.reply, result.status(), args.extras.expect.has_value());
  }
  if (is_new) NotifyKeyspace(call, kEventNew, "new", args.key);
  if (!result->duplicate) NotifyKeyspace(call, kEventStream, "xadd", args.key);
  if (args.trim.trims() && !result->duplicate) {
    // The entry is there, whatever becomes of the trim.
    const absl::StatusOr<TrimResult> trimmed = stream->Trim(args.trim.options());
    if (trimmed.ok() && trimmed->entries > 0) {
      NotifyKeyspace(call, kEventStream, "xtrim", args.key);
    }
  }
  call.reply.Id(result->last_id);
  if (call.opened != nullptr) *call.opened = {std::string(args.key), *std::move(stream)};
}

}  // namespace evlog::server
