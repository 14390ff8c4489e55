// XADD.
#include <algorithm>
#include <optional>
#include <vector>

#include "log/base/status.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/stream_args.h"
#include "server/stream_cache.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr char kTooSmall[] =
    "ERR The ID specified in XADD is equal or smaller than the target stream top item";
constexpr char kExhausted[] =
    "ERR The stream has exhausted the last possible ID, unable to add more items";

// Views, of this thread until its next call.
Fields FieldsOf(const XaddArgs& args) {
  thread_local std::vector<FieldView> fields;
  fields.clear();
  for (size_t i = 0; i < args.fields.size(); i += 2) {
    fields.push_back({args.fields[i], args.fields[i + 1]});
  }
  return fields;
}

absl::StatusOr<AppendResult> AppendOne(Stream& stream, const XaddArgs& args,
                                       std::optional<EntryId> id, std::optional<Expect> expect) {
  Batch batch;
  RETURN_IF_ERROR(batch.Add(FieldsOf(args), {.key = std::nullopt, .id = id}));
  AppendOptions options;
  options.expect = expect;
  options.idempotence = args.idempotence;
  return stream.Append(std::move(batch), options);
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
    absl::StatusOr<AppendResult> result = AppendOne(stream, args, id, Expect::LastId(last));
    const std::optional<Conflict> conflict = ConflictOf(result.status());
    if (!conflict) return result;
    last = conflict->last_id;
  }
}

}  // namespace

void ReplyAppendError(RespWriter& reply, const absl::Status& status) {
  if (absl::IsAborted(status)) {
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
  const bool given = args.id_kind == XaddArgs::Id::kGiven;
  const TrimOptions trim = args.trim.options();
  return call.connection->Append(stream, FieldsOf(args),
                                 given ? std::optional(args.id) : std::nullopt, args.idempotence,
                                 args.trim.trims() ? &trim : nullptr);
}

void HandleXadd(Call& call) {
  XaddArgs args;
  if (const ParseError error = args.Parse(call.args); !error.empty()) {
    return call.reply.Error(error);
  }
  absl::StatusOr<Stream> stream =
      OpenKey(call, args.key, args.make_stream ? IfMissing::kCreate : IfMissing::kError);
  if (absl::IsNotFound(stream.status()) && !args.make_stream) return call.reply.Null();
  if (!stream.ok()) return ReplyStatus(call.reply, stream.status());
  absl::StatusOr<AppendResult> result;
  if (args.id_kind == XaddArgs::Id::kAutoSequence) {
    const absl::StatusOr<StreamInfo> info = DescribeKey(call, args.key);
    if (!info.ok()) return ReplyStatus(call.reply, info.status());
    if (info->last_id == EntryId::Max()) return call.reply.Error(kExhausted);
    result = AppendInMillisecond(*stream, args, info->last_id);
  } else {
    const bool given = args.id_kind == XaddArgs::Id::kGiven;
    result = AppendOne(*stream, args, given ? std::optional(args.id) : std::nullopt, std::nullopt);
  }
  if (!result.ok()) return ReplyAppendError(call.reply, result.status());
  if (args.trim.trims() && !result->duplicate) {
    // The entry is there, whatever becomes of the trim.
    stream->Trim(args.trim.options()).IgnoreError();
  }
  call.reply.Id(result->last_id);
  if (call.opened != nullptr) call.opened->emplace(*std::move(stream));
}

}  // namespace evlog::server
