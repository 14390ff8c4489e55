// EVLOG CREATE, ALTER, DESCRIBE, TRIM: streams with what Redis has no word for.
#include <string>

#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/setting_tables.h"
#include "server/commands/settings_args.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

StreamChanges ChangesTo(const StreamOptions& options) {
  StreamChanges changes;
  changes.durability = options.durability;
  changes.retention = options.retention;
  changes.expires_at = options.expires_at;
  changes.idempotence_window = options.idempotence_window;
  changes.idempotence_ids = options.idempotence_ids;
  changes.keep_unacknowledged_bytes = options.keep_unacknowledged_bytes;
  return changes;
}

void WritePartition(RespWriter& reply, const PartitionInfo& partition) {
  reply.Map(6);
  const auto number = [&reply](std::string_view name, uint64_t value) {
    reply.Bulk(name);
    reply.Integer(static_cast<int64_t>(value));
  };
  number("entries", partition.entries);
  number("bytes", partition.bytes);
  number("first-offset", partition.first_offset);
  number("next-offset", partition.next_offset);
  reply.Bulk("last-id");
  reply.Id(partition.last_id);
  reply.Bulk("max-deleted-id");
  reply.Id(partition.max_deleted_id);
}

}  // namespace

void HandleEvlogCreate(Call& call) {
  StreamOptions options = call.core.options().stream;
  const ParseError error = TakeSettings(StreamSettings(), call.args, 3, false, &options);
  if (!error.empty()) return call.reply.Error(error);
  if (FindKey(call, call.arg(2)) == Presence::kError) return;  // drops one whose time is up
  const absl::Status made = call.log().CreateStream(call.arg(2), options).status();
  if (absl::IsAlreadyExists(made)) {
    return call.reply.Error("BUSYKEY Target key name already exists.");
  }
  if (!made.ok()) return ReplyStatus(call.reply, made);
  NotifyKeyspace(call, kEventNew, "new", call.arg(2));
  call.reply.Ok();
}

void HandleEvlogAlter(Call& call) {
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(2));
  if (absl::IsNotFound(info.status())) return call.reply.Error(kNoSuchKey);
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  StreamOptions options = info->options;
  const ParseError error = TakeSettings(StreamSettings(), call.args, 3, true, &options);
  if (!error.empty()) return call.reply.Error(error);
  const absl::Status altered = call.log().AlterStream(call.arg(2), ChangesTo(options));
  if (absl::IsNotFound(altered)) return call.reply.Error(kNoSuchKey);
  if (!altered.ok()) return ReplyStatus(call.reply, altered);
  call.core.BumpRenames();
  call.reply.Ok();
}

void HandleEvlogDescribe(Call& call) {
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(2));
  if (absl::IsNotFound(info.status())) return call.reply.Error(kNoSuchKey);
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  RespWriter& reply = call.reply;
  reply.Map(StreamSettings().size() + 5);
  reply.Bulk("name");
  reply.Bulk(info->name);
  WriteSettings(reply, StreamSettings(), info->options);
  reply.Bulk("entries");
  reply.Integer(static_cast<int64_t>(info->entries));
  reply.Bulk("bytes");
  reply.Integer(static_cast<int64_t>(info->bytes));
  reply.Bulk("last-id");
  reply.Id(info->last_id);
  reply.Bulk("partition-list");
  reply.Array(info->partitions.size());
  for (const PartitionInfo& partition : info->partitions) WritePartition(reply, partition);
}

namespace {

// [DRYRUN] [LIMIT n] [KEEPREF|DELREF|ACKED], then what to keep.
ParseError Parse(Args args, TrimOptions* trim) {
  size_t at = 3;
  for (; at < args.size(); ++at) {
    if (Is(args[at], "DRYRUN")) {
      trim->dry_run = true;
    } else if (Is(args[at], "LIMIT") && at + 1 < args.size()) {
      if (!ParseCount(args[++at], &trim->limit)) return kNotAnInteger;
    } else if (Is(args[at], "KEEPREF")) {
      trim->references = References::kKeep;
    } else if (Is(args[at], "DELREF")) {
      trim->references = References::kDrop;
    } else if (Is(args[at], "ACKED")) {
      trim->references = References::kOnlyAcknowledged;
    } else {
      break;
    }
  }
  StreamOptions kept;
  kept.retention.exact = true;  // as XTRIM without `~`
  if (ParseError error = TakeSettings(RetentionSettings(), args, at, false, &kept);
      !error.empty()) {
    return error;
  }
  if (kept.retention.empty()) return "ERR EVLOG TRIM: nothing says what to keep";
  trim->keep = kept.retention;
  return {};
}

}  // namespace

void HandleEvlogTrim(Call& call) {
  TrimOptions trim;
  if (const ParseError error = Parse(call.args, &trim); !error.empty()) {
    return call.reply.Error(error);
  }
  absl::StatusOr<Stream> stream = OpenKey(call, call.arg(2), IfMissing::kError);
  if (absl::IsNotFound(stream.status())) return call.reply.Error(kNoSuchKey);
  if (!stream.ok()) return ReplyStatus(call.reply, stream.status());
  const absl::StatusOr<TrimResult> result = stream->Trim(trim);
  if (absl::IsNotFound(result.status())) return call.reply.Error(kNoSuchKey);
  if (!result.ok()) return ReplyStatus(call.reply, result.status());
  if (result->entries > 0 && !trim.dry_run) {
    NotifyKeyspace(call, kEventStream, "xtrim", call.arg(2));
  }
  call.reply.Map(2);
  call.reply.Bulk("entries");
  call.reply.Integer(static_cast<int64_t>(result->entries));
  call.reply.Bulk("bytes");
  call.reply.Integer(static_cast<int64_t>(result->bytes));
}

}  // namespace evlog::server
