// Settings of streams and groups of an evlog server, by EVLOG CREATE, ALTER, DESCRIBE, TRIM, GROUP.
#include <string>
#include <utility>

#include "cli/stream_settings.h"
#include "cli/target/redis_target.h"
#include "log/base/status.h"
#include "server/commands/setting_tables.h"

namespace evlog::cli {
namespace {

// Whether the setting of that name is among the changes.
bool IsChanged(std::string_view name, const StreamChanges& changes) {
  if (name == "partitions") return false;
  if (name == "durability") return changes.durability.has_value();
  if (name == "expires-at") return changes.expires_at.has_value();
  if (name == "idempotence-window") return changes.idempotence_window.has_value();
  if (name == "idempotence-ids") return changes.idempotence_ids.has_value();
  if (name == "keep-unacknowledged-bytes") return changes.keep_unacknowledged_bytes.has_value();
  return changes.retention.has_value();
}

void AddChanges(const StreamChanges& changes, RedisCommand* command) {
  StreamOptions options;
  ApplyChanges(changes, &options);
  for (const server::SettingRow<StreamOptions>& row : server::StreamSettings()) {
    if (!IsChanged(row.name, changes)) continue;
    command->insert(command->end(), {std::string(row.name), row.show(options)});
  }
}

// What the reply says of them; a server of another version may lack some.
template <typename Options>
absl::Status ReadSettings(std::span<const server::SettingRow<Options>> rows,
                          const redisReply& reply, Options* options) {
  for (const server::SettingRow<Options>& row : rows) {
    const redisReply* const value = FindMember(reply, row.name);
    if (value == nullptr || row.set(TextOf(*value), options)) continue;
    return absl::UnavailableError("the server says that " + std::string(row.name) + " is " +
                                  Quoted(TextOf(*value)));
  }
  return absl::OkStatus();
}

uint64_t CountIn(const redisReply& map, std::string_view name) {
  const redisReply* const value = FindMember(map, name);
  return value == nullptr ? 0 : static_cast<uint64_t>(NumberOf(*value));
}

EntryId IdIn(const redisReply& map, std::string_view name) {
  const redisReply* const value = FindMember(map, name);
  return value == nullptr ? EntryId::Min() : IdOf(*value);
}

PartitionInfo PartitionOf(const redisReply& map) {
  PartitionInfo partition;
  partition.first_offset = CountIn(map, "first-offset");
  partition.next_offset = CountIn(map, "next-offset");
  partition.entries = CountIn(map, "entries");
  partition.bytes = CountIn(map, "bytes");
  partition.last_id = IdIn(map, "last-id");
  partition.max_deleted_id = IdIn(map, "max-deleted-id");
  return partition;
}

}  // namespace

absl::Status CreateEvlogStream(RedisConnection& connection, std::string_view name,
                               const NewStream& stream) {
  RedisCommand command = {"EVLOG", "CREATE", std::string(name)};
  if (stream.partitions) {
    command.insert(command.end(), {"partitions", std::to_string(*stream.partitions)});
  }
  AddChanges(stream.settings, &command);
  return connection.Call(command).status();
}

absl::Status AlterEvlogStream(RedisConnection& connection, std::string_view name,
                              const StreamChanges& changes) {
  RedisCommand command = {"EVLOG", "ALTER", std::string(name)};
  AddChanges(changes, &command);
  return connection.Call(command).status();
}

absl::StatusOr<StreamInfo> DescribeEvlogStream(RedisConnection& connection, std::string_view name) {
  ASSIGN_OR_RETURN(const RedisReply reply,
                   connection.Call({"EVLOG", "DESCRIBE", std::string(name)}));
  StreamInfo info;
  info.name = std::string(name);
  RETURN_IF_ERROR(ReadSettings(server::StreamSettings(), *reply, &info.options));
  info.entries = CountIn(*reply, "entries");
  info.bytes = CountIn(*reply, "bytes");
  info.last_id = IdIn(*reply, "last-id");
  const redisReply* const partitions = FindMember(*reply, "partition-list");
  for (size_t i = 0; partitions != nullptr && i < partitions->elements; ++i) {
    info.partitions.push_back(PartitionOf(*partitions->element[i]));
  }
  return info;
}

absl::StatusOr<Trimmed> TrimEvlogStream(RedisConnection& connection, std::string_view name,
                                        const TrimOptions& options) {
  RedisCommand command = {"EVLOG", "TRIM", std::string(name)};
  if (options.dry_run) command.push_back("DRYRUN");
  if (options.limit != UINT64_MAX) {
    command.insert(command.end(), {"LIMIT", std::to_string(options.limit)});
  }
  command.push_back(ReferencesWord(options.references));
  StreamOptions kept;
  kept.retention = options.keep;
  for (const server::SettingRow<StreamOptions>& row : server::RetentionSettings()) {
    command.insert(command.end(), {std::string(row.name), row.show(kept)});
  }
  ASSIGN_OR_RETURN(const RedisReply reply, connection.Call(command));
  return Trimmed{CountIn(*reply, "entries"), CountIn(*reply, "bytes")};
}

absl::Status CreateEvlogGroup(RedisConnection& connection, std::string_view stream,
                              std::string_view name, const std::string& begin,
                              const NewGroup& group) {
  RedisCommand command = {"EVLOG",           "GROUP", "CREATE", std::string(stream),
                          std::string(name), begin};
  if (group.create_stream) command.push_back("MKSTREAM");
  for (const server::SettingRow<GroupOptions>& row : server::GroupSettings()) {
    // What is not said is as the server's streams are.
    if (row.name == "durability" && !group.durability_given) continue;
    command.insert(command.end(), {std::string(row.name), row.show(group.options)});
  }
  return connection.Call(command).status();
}

absl::Status AlterEvlogGroup(RedisConnection& connection, const std::string& stream,
                             const std::string& name, const GroupOptions& options) {
  RedisCommand command = {"EVLOG", "GROUP", "ALTER", stream, name};
  for (const server::SettingRow<GroupOptions>& row : server::GroupSettings()) {
    command.insert(command.end(), {std::string(row.name), row.show(options)});
  }
  return connection.Call(command).status();
}

absl::Status DescribeEvlogGroup(RedisConnection& connection, const std::string& stream,
                                const std::string& name, GroupDescription* description) {
  ASSIGN_OR_RETURN(const RedisReply reply,
                   connection.Call({"EVLOG", "GROUP", "DESCRIBE", stream, name}));
  description->name = name;
  RETURN_IF_ERROR(ReadSettings(server::GroupSettings(), *reply, &description->options));
  description->entries_read = CountIn(*reply, "entries-read");
  description->last_delivered = IdIn(*reply, "last-delivered-id");
  description->lag = CountIn(*reply, "lag");
  description->lag_age = absl::Milliseconds(static_cast<int64_t>(CountIn(*reply, "lag-age-ms")));
  description->pending = CountIn(*reply, "pending");
  description->released = CountIn(*reply, "released");
  const redisReply* const leases = FindMember(*reply, "leases");
  for (size_t i = 0; leases != nullptr && i < leases->elements; ++i) {
    description->leases.emplace_back(TextOf(*leases->element[i]));
  }
  return absl::OkStatus();
}

}  // namespace evlog::cli
