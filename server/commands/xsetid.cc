// XSETID.
#include <algorithm>
#include <string>

#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/stream_args.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr char kBelowTop[] =
    "ERR The ID specified in XSETID is smaller than the target stream top item";

constexpr char kBelowDeleted[] =
    "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";

struct SetidArgs {
  EntryId id;
  LastIdOptions options;
};

ParseError Parse(Args args, SetidArgs* setid) {
  if (!ParseId(args[2], 0, &setid->id)) return kInvalidId;
  for (size_t i = 3; i < args.size(); i += 2) {
    if (i + 1 == args.size()) return kSyntaxError;
    if (Is(args[i], "ENTRIESADDED")) {
      int64_t added = 0;
      if (!ParseNumber(args[i + 1], &added)) return kNotAnInteger;
      if (added < 0) return "ERR entries_added must be positive";
      setid->options.entries_added = static_cast<uint64_t>(added);
    } else if (Is(args[i], "MAXDELETEDID")) {
      EntryId max_deleted;
      if (!ParseId(args[i + 1], 0, &max_deleted)) return kInvalidId;
      if (setid->id < max_deleted) {
        return "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id";
      }
      // 0-0 means that it stays.
      setid->options.max_deleted_id.reset();
      if (max_deleted != EntryId::Min()) setid->options.max_deleted_id = max_deleted;
    } else {
      return kSyntaxError;
    }
  }
  return {};
}

// Min(): it is empty, or cannot be read.
EntryId TopId(Call& call, const StreamInfo& info) {
  ReadRequest request;
  request.stream = info.name;
  request.from = Bound::Last(1);
  request.until = Bound::End();
  request.on_trimmed = OnTrimmed::kSkip;
  absl::StatusOr<Cursor> cursor = call.log().Read(request);
  ChunkView chunk;
  if (!cursor.ok() || !cursor->Next(&chunk).value_or(false)) return EntryId::Min();
  return chunk.begin()->id;
}

// What is wrong with it for a stream as it is.
ParseError Check(Call& call, const SetidArgs& setid, const StreamInfo& info) {
  EntryId largest;
  for (const PartitionInfo& partition : info.partitions) {
    largest = std::max(largest, partition.last_id);
  }
  if (setid.id < largest) {
    if (setid.id < TopId(call, info)) return kBelowTop;
    if (setid.id < MaxDeletedId(info)) return kBelowDeleted;
    return "ERR The ID specified in XSETID is smaller than that of an entry that is gone";
  }
  if (setid.id < MaxDeletedId(info)) return kBelowDeleted;
  if (setid.options.entries_added.value_or(info.entries) < info.entries) {
    return "ERR The entries_added specified in XSETID is smaller than the target stream length";
  }
  return {};
}

}  // namespace

void HandleXsetid(Call& call) {
  SetidArgs setid;
  if (const ParseError error = Parse(call.args, &setid); !error.empty()) {
    return call.reply.Error(error);
  }
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(1));
  if (absl::IsNotFound(info.status())) return call.reply.Error(kNoSuchKey);
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  if (const ParseError error = Check(call, setid, *info); !error.empty())
    return call.reply.Error(error);
  const absl::Status set = call.log().SetLastId(call.arg(1), setid.id, setid.options);
  if (absl::IsAborted(set)) return call.reply.Error(kBelowTop);  // somebody has appended meanwhile
  if (absl::IsNotFound(set)) return call.reply.Error(kNoSuchKey);
  if (!set.ok()) return ReplyStatus(call.reply, set);
  NotifyKeyspace(call, kEventStream, "xsetid", call.arg(1));
  call.reply.Ok();
}

}  // namespace evlog::server
