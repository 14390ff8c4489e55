// XINFO STREAM.
#include <string>

#include "server/commands/entries.h"
#include "server/commands/groups.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr int64_t kFullCount = 10;

// The first or the last entry, or null.
void WriteOne(Call& call, const StreamInfo& info, Direction direction) {
  ReadRequest request;
  request.stream = info.name;
  request.until = Bound::End();
  request.limit = 1;
  request.direction = direction;
  request.on_trimmed = OnTrimmed::kSkip;
  const size_t mark = call.reply.Mark();
  const absl::StatusOr<size_t> written = WriteEntries(call.reply, call.log(), request);
  if (written.ok() && *written == 1) return;
  call.reply.Rewind(mark);
  call.reply.Null();
}

EntryId FirstId(Call& call, const StreamInfo& info) {
  ReadRequest request;
  request.stream = info.name;
  request.until = Bound::End();
  request.limit = 1;
  request.on_trimmed = OnTrimmed::kSkip;
  absl::StatusOr<Cursor> cursor = call.log().Read(request);
  ChunkView chunk;
  if (!cursor.ok() || !cursor->Next(&chunk).value_or(false)) return EntryId::Min();
  return chunk.begin()->id;
}

// The fields that both forms begin with.
size_t HeadFields(const Call& call) { return call.core.IsAsOf(8, 6) ? 9 : 7; }
void WriteHead(Call& call, const StreamInfo& info) {
  const auto number = [&call](std::string_view name, uint64_t value) {
    call.reply.Bulk(name);
    call.reply.Integer(static_cast<int64_t>(value));
  };
  const auto id = [&call](std::string_view name, EntryId value) {
    call.reply.Bulk(name);
    call.reply.Id(value);
  };
  // There is no radix tree: as many keys as one would have, by stream-node-max-entries.
  const uint64_t nodes = (info.entries + kApproximateEntries - 1) / kApproximateEntries;
  number("length", info.entries);
  number("radix-tree-keys", nodes);
  number("radix-tree-nodes", nodes + 1);
  id("last-generated-id", info.last_id);
  id("max-deleted-entry-id", MaxDeletedId(info));
  number("entries-added", info.entries_added);
  id("recorded-first-entry-id", FirstId(call, info));
  if (!call.core.IsAsOf(8, 6)) return;
  number("idmp-duration",
         static_cast<uint64_t>(absl::ToInt64Seconds(info.options.idempotence_window)));
  number("idmp-maxsize", info.options.idempotence_ids);
}

void WriteFull(Call& call, const StreamInfo& info, int64_t count) {
  call.reply.Map(HeadFields(call) + 2);
  WriteHead(call, info);
  call.reply.Bulk("entries");
  ReadRequest request;
  request.stream = info.name;
  request.until = Bound::End();
  request.on_trimmed = OnTrimmed::kSkip;
  if (count > 0) request.limit = static_cast<uint64_t>(count);
  const size_t mark = call.reply.Mark();
  const absl::StatusOr<size_t> written = WriteEntries(call.reply, call.log(), request);
  if (!written.ok()) call.reply.Rewind(mark);
  call.reply.ArrayAt(mark, written.value_or(0));
  call.reply.Bulk("groups");
  WriteFullGroups(call, info.name, count > 0 ? static_cast<uint64_t>(count) : UINT64_MAX);
}

}  // namespace

void HandleXinfoStream(Call& call) {
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(2));
  if (absl::IsNotFound(info.status())) return call.reply.Error(kNoSuchKey);
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  if (call.argc() > 3) {
    int64_t count = kFullCount;
    const bool counted = call.argc() == 6 && Is(call.arg(4), "COUNT");
    if (!Is(call.arg(3), "FULL") || (call.argc() != 4 && !counted)) {
      return call.reply.Error(
          "ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.");
    }
    if (counted && !ParseNumber(call.arg(5), &count)) return call.reply.Error(kNotAnInteger);
    return WriteFull(call, *info, count < 0 ? kFullCount : count);
  }
  const absl::StatusOr<std::vector<std::string>> groups = call.log().ListGroups(call.arg(2));
  if (!groups.ok()) return ReplyStatus(call.reply, groups.status());
  call.reply.Map(HeadFields(call) + 3);
  WriteHead(call, *info);
  call.reply.Bulk("groups");
  call.reply.Integer(static_cast<int64_t>(groups->size()));
  call.reply.Bulk("first-entry");
  WriteOne(call, *info, Direction::kForward);
  call.reply.Bulk("last-entry");
  WriteOne(call, *info, Direction::kBackward);
}

}  // namespace evlog::server
