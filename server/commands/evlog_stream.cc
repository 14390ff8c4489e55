// EVLOG CREATE, ALTER, DESCRIBE: streams with what Redis has no word for.
#include <string>

#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/settings_args.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

namespace {

constexpr char kCountOrNone[] = "a number, or none";

constexpr SettingRow<StreamOptions> kRows[] = {
    {"partitions", "1 to 1024",
     [](std::string_view text, StreamOptions* options) {
       uint64_t count = 0;
       if (!ParseCount(text, &count) || count > UINT32_MAX) return false;
       options->partitions = static_cast<uint32_t>(count);
       return true;
     },
     [](const StreamOptions& options) { return std::to_string(options.partitions); },
     /*fixed=*/true},
    {"durability", "async, os or sync",
     [](std::string_view text, StreamOptions* options) {
       return ParseDurability(text, &options->durability);
     },
     [](const StreamOptions& options) { return std::string(ShowDurability(options.durability)); }},
    {"max-entries", kCountOrNone,
     [](std::string_view text, StreamOptions* options) {
       return ParseOptionalCount(text, &options->retention.max_entries);
     },
     [](const StreamOptions& options) { return ShowOptionalCount(options.retention.max_entries); }},
    {"max-bytes", kCountOrNone,
     [](std::string_view text, StreamOptions* options) {
       return ParseOptionalCount(text, &options->retention.max_bytes);
     },
     [](const StreamOptions& options) { return ShowOptionalCount(options.retention.max_bytes); }},
    {"max-age", "milliseconds, or none",
     [](std::string_view text, StreamOptions* options) {
       absl::Duration age;
       if (!ParseMs(text, &age)) return false;
       options->retention.max_age.reset();
       if (age != absl::InfiniteDuration()) options->retention.max_age = age;
       return true;
     },
     [](const StreamOptions& options) {
       return ShowMs(options.retention.max_age.value_or(absl::InfiniteDuration()));
     }},
    {"exact", "yes or no",
     [](std::string_view text, StreamOptions* options) {
       return ParseYesNo(text, &options->retention.exact);
     },
     [](const StreamOptions& options) { return std::string(ShowYesNo(options.retention.exact)); }},
    {"keep-unacknowledged-bytes", "a number; 0: retention does not wait for groups",
     [](std::string_view text, StreamOptions* options) {
       return ParseCount(text, &options->keep_unacknowledged_bytes);
     },
     [](const StreamOptions& options) {
       return std::to_string(options.keep_unacknowledged_bytes);
     }},
};

StreamChanges ChangesTo(const StreamOptions& options) {
  StreamChanges changes;
  changes.durability = options.durability;
  changes.retention = options.retention;
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
  const ParseError error = TakeSettings<StreamOptions>(kRows, call.args, 3, false, &options);
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
  const ParseError error = TakeSettings<StreamOptions>(kRows, call.args, 3, true, &options);
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
  reply.Map(std::size(kRows) + 5);
  reply.Bulk("name");
  reply.Bulk(info->name);
  WriteSettings<StreamOptions>(reply, kRows, info->options);
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

}  // namespace evlog::server
