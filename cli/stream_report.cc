#include "cli/stream_report.h"

#include <fmt/format.h>

#include "cli/duration.h"
#include "cli/encode.h"
#include "cli/retention_flags.h"
#include "cli/table.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {
namespace {

// `-` where there is none.
std::string IdOrDash(EntryId id) { return id == EntryId::Min() ? "-" : id.ToString(); }

// `first id    5-0  1970-01-01T00:00:00.005Z`
void AppendIdText(const char* which, EntryId id, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "{:<12}{}", fmt::format("{} id", which), IdOrDash(id));
  if (id != EntryId::Min()) {
    out->append("  ");
    AppendTime(id, out);
  }
  out->push_back('\n');
}

std::string Expiry(const std::optional<absl::Time>& expires_at) {
  std::string text;
  if (expires_at.has_value()) AppendTime(*expires_at, &text);
  return text.empty() ? "never" : text;
}

// Offsets are of a partition, so a stream of several has none of its own.
std::string OffsetOfOnly(const StreamInfo& stream, uint64_t PartitionInfo::*offset,
                         const char* otherwise) {
  if (stream.partitions.size() != 1) return otherwise;
  return fmt::format("{}", stream.partitions[0].*offset);
}

void AppendPartitionJson(const PartitionInfo& partition, size_t index, std::string* out) {
  fmt::format_to(std::back_inserter(*out),
                 "{{\"partition\":{},\"first_offset\":{},\"next_offset\":{},\"last_id\":", index,
                 partition.first_offset, partition.next_offset);
  AppendJsonId(partition.last_id, out);
  fmt::format_to(std::back_inserter(*out),
                 ",\"entries\":{},\"bytes\":{},\"max_deleted_id\":", partition.entries,
                 partition.bytes);
  AppendJsonId(partition.max_deleted_id, out);
  out->push_back('}');
}

void AppendExpiryJson(const StreamInfo& stream, std::string* out) {
  out->append(",\"expires_at\":");
  if (stream.options.expires_at.has_value()) {
    AppendJsonString(Expiry(stream.options.expires_at), out);
  } else {
    out->append("null");
  }
}

void AppendUntoldMembers(const StreamInfo& stream, std::string* out) {
  fmt::format_to(
      std::back_inserter(*out),
      ",\"partitions\":null,\"durability\":null,\"entries\":{},\"last_id\":", stream.entries);
  AppendJsonId(stream.last_id, out);
  out->append(",\"bytes\":null,\"first_offset\":null,\"next_offset\":null,\"retention\":null");
  AppendExpiryJson(stream, out);
  out->append(
      ",\"idempotence_window_ms\":null,\"idempotence_ids\":null,"
      "\"keep_unacknowledged_bytes\":null");
}

void AppendStreamMembers(const StreamInfo& stream, bool told, std::string* out) {
  out->append("\"stream\":");
  AppendJsonBytes(stream.name, out);
  if (!told) return AppendUntoldMembers(stream, out);
  fmt::format_to(std::back_inserter(*out),
                 ",\"partitions\":{},\"durability\":\"{}\",\"entries\":{},\"last_id\":",
                 stream.options.partitions, server::ShowDurability(stream.options.durability),
                 stream.entries);
  AppendJsonId(stream.last_id, out);
  fmt::format_to(std::back_inserter(*out),
                 ",\"bytes\":{},\"first_offset\":{},\"next_offset\":{},\"retention\":",
                 stream.bytes, OffsetOfOnly(stream, &PartitionInfo::first_offset, "null"),
                 OffsetOfOnly(stream, &PartitionInfo::next_offset, "null"));
  AppendRetentionJson(stream.options.retention, out);
  AppendExpiryJson(stream, out);
  fmt::format_to(std::back_inserter(*out),
                 ",\"idempotence_window_ms\":{},\"idempotence_ids\":{},"
                 "\"keep_unacknowledged_bytes\":{}",
                 absl::ToInt64Milliseconds(stream.options.idempotence_window),
                 stream.options.idempotence_ids, stream.options.keep_unacknowledged_bytes);
}

}  // namespace

StreamTable::StreamTable()
    : table_({{"STREAM"},
              {"PARTITIONS", true},
              {"DURABILITY"},
              {"FIRST OFFSET", true},
              {"NEXT OFFSET", true},
              {"ENTRIES", true},
              {"SIZE", true},
              {"LAST ID"},
              {"RETENTION"},
              {"EXPIRES"}}) {}

void StreamTable::Append(const std::vector<StreamInfo>& page, bool told, std::string* out) {
  for (const StreamInfo& stream : page) {
    if (!told) {
      table_.AddRow({Word(stream.name), "-", "-", "-", "-", Grouped(stream.entries), "-",
                     IdOrDash(stream.last_id), "-", Expiry(stream.options.expires_at)});
      continue;
    }
    table_.AddRow({Word(stream.name), fmt::format("{}", stream.options.partitions),
                   std::string(server::ShowDurability(stream.options.durability)),
                   OffsetOfOnly(stream, &PartitionInfo::first_offset, "-"),
                   OffsetOfOnly(stream, &PartitionInfo::next_offset, "-"), Grouped(stream.entries),
                   HumanBytes(stream.bytes), IdOrDash(stream.last_id),
                   RetentionText(stream.options.retention), Expiry(stream.options.expires_at)});
  }
  table_.Append(out);
}

void AppendStreamText(const StreamInfo& stream, bool told, EntryId first_id, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "stream      {}\n", Word(stream.name));
  if (!told) {
    fmt::format_to(std::back_inserter(*out), "expires     {}\nentries     {}\n",
                   Expiry(stream.options.expires_at), Grouped(stream.entries));
    AppendIdText("first", first_id, out);
    AppendIdText("last", stream.last_id, out);
    return;
  }
  fmt::format_to(std::back_inserter(*out), "partitions  {}\n", stream.options.partitions);
  fmt::format_to(std::back_inserter(*out), "durability  {}\n",
                 server::ShowDurability(stream.options.durability));
  fmt::format_to(std::back_inserter(*out), "retention   {}\n",
                 RetentionText(stream.options.retention));
  if (stream.options.keep_unacknowledged_bytes != 0) {
    fmt::format_to(std::back_inserter(*out), "waits       for groups, with {} at most\n",
                   HumanBytes(stream.options.keep_unacknowledged_bytes));
  }
  fmt::format_to(std::back_inserter(*out), "expires     {}\n", Expiry(stream.options.expires_at));
  fmt::format_to(std::back_inserter(*out), "remembers   {} idempotence ids of a producer for {}\n",
                 stream.options.idempotence_ids, DurationText(stream.options.idempotence_window));
  fmt::format_to(std::back_inserter(*out), "entries     {}\n", Grouped(stream.entries));
  fmt::format_to(std::back_inserter(*out), "size        {}\n", HumanBytes(stream.bytes));
  AppendIdText("first", first_id, out);
  AppendIdText("last", stream.last_id, out);
  out->push_back('\n');
  Table table({{"PARTITION", true},
               {"FIRST OFFSET", true},
               {"NEXT OFFSET", true},
               {"ENTRIES", true},
               {"SIZE", true},
               {"LAST ID"}});
  for (size_t i = 0; i < stream.partitions.size(); ++i) {
    const PartitionInfo& partition = stream.partitions[i];
    table.AddRow({fmt::format("{}", i), fmt::format("{}", partition.first_offset),
                  fmt::format("{}", partition.next_offset), Grouped(partition.entries),
                  HumanBytes(partition.bytes), IdOrDash(partition.last_id)});
  }
  table.Append(out);
}

void AppendStreamJson(const StreamInfo& stream, bool told, std::string* out) {
  out->push_back('{');
  AppendStreamMembers(stream, told, out);
  out->push_back('}');
}

void AppendStreamJson(const StreamInfo& stream, bool told, EntryId first_id, std::string* out) {
  out->push_back('{');
  AppendStreamMembers(stream, told, out);
  out->append(",\"first_id\":");
  AppendJsonId(first_id, out);
  out->append(",\"partition_list\":[");
  for (size_t i = 0; i < stream.partitions.size(); ++i) {
    if (i != 0) out->push_back(',');
    AppendPartitionJson(stream.partitions[i], i, out);
  }
  out->append("]}");
}

}  // namespace evlog::cli
