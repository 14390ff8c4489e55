// XLEN, XRANGE, XREVRANGE, XDEL, XTRIM, XCFGSET.
#include <string>
#include <vector>

#include "server/commands/entries.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/stream_args.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

void HandleXlen(Call& call) {
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(1));
  if (absl::IsNotFound(info.status())) return call.reply.Integer(0);
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  call.reply.Integer(static_cast<int64_t>(info->entries));
}

void HandleXrange(Call& call) {
  const bool backward = call.row.name == "xrevrange";
  EntryId start, end;
  ParseError error = ParseRangeStart(call.arg(backward ? 3 : 2), &start);
  if (error.empty()) error = ParseRangeEnd(call.arg(backward ? 2 : 3), &end);
  if (!error.empty()) return call.reply.Error(error);
  int64_t count = -1;
  for (size_t i = 4; i < call.argc(); i += 2) {
    if (!Is(call.arg(i), "COUNT") || i + 1 == call.argc()) return call.reply.Error(kSyntaxError);
    if (!ParseNumber(call.arg(i + 1), &count)) return call.reply.Error(kNotAnInteger);
    if (count < 0) count = 0;
  }
  const Presence presence = FindKey(call, call.arg(1));
  if (presence == Presence::kError) return;
  if (presence == Presence::kMissing) return call.reply.Array(0);
  if (count == 0) return call.reply.NullArray();
  if (start > end) return call.reply.Array(0);
  ReadRequest request;
  request.stream = std::string(call.arg(1));
  request.from = Bound::Id(start);
  request.until = Bound::Id(end);
  request.direction = backward ? Direction::kBackward : Direction::kForward;
  request.on_trimmed = OnTrimmed::kSkip;
  if (count > 0) request.limit = static_cast<uint64_t>(count);
  const size_t mark = call.reply.Mark();
  const absl::StatusOr<size_t> entries = WriteEntries(call.reply, call.log(), request);
  if (entries.ok()) return call.reply.ArrayAt(mark, *entries);
  call.reply.Rewind(mark);
  if (absl::IsNotFound(entries.status())) return call.reply.Array(0);
  ReplyStatus(call.reply, entries.status());
}

void HandleXdel(Call& call) {
  absl::StatusOr<Stream> stream = OpenKey(call, call.arg(1), IfMissing::kError);
  if (absl::IsNotFound(stream.status())) return call.reply.Integer(0);
  if (!stream.ok()) return ReplyStatus(call.reply, stream.status());
  // All ids are read before anything is deleted: a count cannot also be an error.
  std::vector<EntryId> ids;
  for (const std::string_view text : call.args.subspan(2)) {
    if (!ParseId(text, 0, &ids.emplace_back())) return call.reply.Error(kInvalidId);
  }
  const absl::StatusOr<DeleteResult> result = stream->Delete(ids);
  if (absl::IsNotFound(result.status())) return call.reply.Integer(0);
  if (!result.ok()) return ReplyStatus(call.reply, result.status());
  if (result->entries > 0) NotifyKeyspace(call, kEventStream, "xdel", call.arg(1));
  call.reply.Integer(static_cast<int64_t>(result->entries));
}

void HandleXtrim(Call& call) {
  TrimArgs trim;
  for (size_t at = 2; at < call.argc();) {
    bool taken = false;
    const ParseError error = trim.Take(call.args, &at, &taken);
    if (!error.empty()) return call.reply.Error(error);
    if (!taken) return call.reply.Error(kSyntaxError);
  }
  if (const ParseError error = trim.Finish(/*required=*/true); !error.empty()) {
    return call.reply.Error(error);
  }
  absl::StatusOr<Stream> stream = OpenKey(call, call.arg(1), IfMissing::kError);
  if (absl::IsNotFound(stream.status())) return call.reply.Integer(0);
  if (!stream.ok()) return ReplyStatus(call.reply, stream.status());
  TrimOptions options = trim.options();
  options.durability.reset();
  const absl::StatusOr<TrimResult> result = stream->Trim(options);
  if (absl::IsNotFound(result.status())) return call.reply.Integer(0);
  if (!result.ok()) return ReplyStatus(call.reply, result.status());
  if (result->entries > 0) NotifyKeyspace(call, kEventStream, "xtrim", call.arg(1));
  call.reply.Integer(static_cast<int64_t>(result->entries));
}

void HandleXcfgset(Call& call) {
  StreamChanges changes;
  for (size_t i = 2; i < call.argc(); i += 2) {
    int64_t value = 0;
    if (i + 1 == call.argc()) return call.reply.Error(kSyntaxError);
    if (!ParseNumber(call.arg(i + 1), &value)) return call.reply.Error(kNotAnInteger);
    if (Is(call.arg(i), "IDMP-DURATION")) {
      if (value < 1 || value > absl::ToInt64Seconds(kIdempotenceWindowMax)) {
        return call.reply.Error("ERR IDMP-DURATION must be between 1 and 86400 seconds");
      }
      changes.idempotence_window = absl::Seconds(value);
    } else if (Is(call.arg(i), "IDMP-MAXSIZE")) {
      if (value < 1 || value > kIdempotenceIdsMax) {
        return call.reply.Error("ERR IDMP-MAXSIZE must be between 1 and 10000 entries");
      }
      changes.idempotence_ids = static_cast<uint32_t>(value);
    } else {
      return call.reply.Error(kSyntaxError);
    }
  }
  const Presence presence = FindKey(call, call.arg(1));
  if (presence == Presence::kError) return;
  if (presence == Presence::kMissing) return call.reply.Error(kNoSuchKey);
  const absl::Status status = call.log().AlterStream(call.arg(1), changes);
  if (absl::IsNotFound(status)) return call.reply.Error(kNoSuchKey);
  if (!status.ok()) return ReplyStatus(call.reply, status);
  call.reply.Ok();
}

}  // namespace evlog::server
