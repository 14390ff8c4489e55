// XLEN, XRANGE, XREVRANGE, XDEL, XTRIM, XCFGSET.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "embedded/here.h"
#include "server/commands/entries.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/stream_args.h"
#include "server/keyspace_events.h"
#include "server/stream_cache.h"
#include "server/wire/error_map.h"

namespace evlog::server {

void HandleXlen(Call& call) {
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(1));
  if (absl::IsNotFound(info.status())) return call.reply.Integer(0);
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  call.reply.Integer(static_cast<int64_t>(info->entries));
}

namespace {

struct RangeArgs {
  bool backward = false;
  EntryId start, end;
  int64_t count = -1;

  ParseError Parse(const Call& call);
  bool empty() const { return count == 0 || start > end; }
  ReadRequest Request(std::string_view stream) const;
};

ParseError RangeArgs::Parse(const Call& call) {
  backward = call.row.name == "xrevrange";
  ParseError error = ParseRangeStart(call.arg(backward ? 3 : 2), &start);
  if (error.empty()) error = ParseRangeEnd(call.arg(backward ? 2 : 3), &end);
  for (size_t i = 4; i < call.argc() && error.empty(); i += 2) {
    if (!Is(call.arg(i), "COUNT") || i + 1 == call.argc()) return kSyntaxError;
    if (!ParseNumber(call.arg(i + 1), &count)) return kNotAnInteger;
    if (count < 0) count = 0;
  }
  return error;
}

ReadRequest RangeArgs::Request(std::string_view stream) const {
  ReadRequest request;
  request.stream = std::string(stream);
  request.from = Bound::Id(start);
  request.until = Bound::Id(end);
  request.direction = backward ? Direction::kBackward : Direction::kForward;
  request.on_trimmed = OnTrimmed::kSkip;
  if (count > 0) request.limit = static_cast<uint64_t>(count);
  return request;
}

}  // namespace

bool TryXrange(Call& call) {
  RangeArgs args;
  if (!args.Parse(call).empty() || args.empty()) return false;
  const OpenedStream* const opened = call.connection->FindStream(call.arg(1));
  if (opened == nullptr) return false;
  std::optional<Cursor> cursor = Here::Read(opened->stream, args.Request(call.arg(1)));
  if (!cursor) return false;
  const size_t mark = call.reply.Mark();
  const absl::StatusOr<size_t> entries = WriteEntries(call.reply, *cursor);
  if (!entries.ok()) return false;
  call.reply.ArrayAt(mark, *entries);
  return true;
}

void HandleXrange(Call& call) {
  RangeArgs args;
  if (const ParseError error = args.Parse(call); !error.empty()) return call.reply.Error(error);
  absl::StatusOr<Stream> stream = OpenKey(call, call.arg(1), IfMissing::kError);
  if (absl::IsNotFound(stream.status())) return call.reply.Array(0);
  if (!stream.ok()) return ReplyStatus(call.reply, stream.status());
  if (call.opened != nullptr) *call.opened = {std::string(call.arg(1)), *std::move(stream)};
  if (args.count == 0) return call.reply.NullArray();
  if (args.empty()) return call.reply.Array(0);
  const size_t mark = call.reply.Mark();
  const absl::StatusOr<size_t> entries =
      WriteEntries(call.reply, call.log(), args.Request(call.arg(1)));
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
