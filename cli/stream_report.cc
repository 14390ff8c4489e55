#include "cli/stream_report.h"

#include <fmt/format.h>

#include "cli/durability.h"
#include "cli/encode.h"
#include "cli/table.h"

namespace evlog::cli {
namespace {

std::string Word(std::string_view bytes) {
  std::string word;
  AppendWord(bytes, &word);
  return word;
}

// `-` when nothing was ever appended.
std::string LastId(EntryId id) { return id == EntryId::Min() ? "-" : id.ToString(); }

void AppendJsonId(EntryId id, std::string* out) {
  if (id == EntryId::Min()) {
    out->append("null");
    return;
  }
  out->push_back('"');
  AppendId(id, out);
  out->push_back('"');
}

uint64_t Entries(const PartitionInfo& partition) {
  return partition.next_offset - partition.first_offset;
}

}  // namespace

void AppendStreamTable(const std::vector<StreamInfo>& streams, std::string* out) {
  Table table({{"STREAM"}, {"PARTITIONS", true}, {"DURABILITY"}, {"ENTRIES", true}, {"LAST ID"}});
  for (const StreamInfo& stream : streams) {
    table.AddRow({Word(stream.name), fmt::format("{}", stream.options.partitions),
                  DurabilityName(stream.options.durability), fmt::format("{}", stream.entries),
                  LastId(stream.last_id)});
  }
  table.Append(out);
}

void AppendStreamText(const StreamInfo& stream, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "stream      {}\n", Word(stream.name));
  fmt::format_to(std::back_inserter(*out), "partitions  {}\n", stream.options.partitions);
  fmt::format_to(std::back_inserter(*out), "durability  {}\n",
                 DurabilityName(stream.options.durability));
  fmt::format_to(std::back_inserter(*out), "entries     {}\n", stream.entries);
  fmt::format_to(std::back_inserter(*out), "last id     {}\n", LastId(stream.last_id));
  if (stream.last_id != EntryId::Min()) {
    out->append("last time   ");
    AppendTime(stream.last_id, out);
    out->push_back('\n');
  }
  out->push_back('\n');
  Table table({{"PARTITION", true},
               {"FIRST OFFSET", true},
               {"NEXT OFFSET", true},
               {"ENTRIES", true},
               {"LAST ID"}});
  for (size_t i = 0; i < stream.partitions.size(); ++i) {
    const PartitionInfo& partition = stream.partitions[i];
    table.AddRow({fmt::format("{}", i), fmt::format("{}", partition.first_offset),
                  fmt::format("{}", partition.next_offset), fmt::format("{}", Entries(partition)),
                  LastId(partition.last_id)});
  }
  table.Append(out);
}

void AppendStreamJson(const StreamInfo& stream, bool with_partitions, std::string* out) {
  out->append("{\"stream\":");
  AppendJsonBytes(stream.name, out);
  fmt::format_to(std::back_inserter(*out),
                 ",\"partitions\":{},\"durability\":\"{}\",\"entries\":{},\"last_id\":",
                 stream.options.partitions, DurabilityName(stream.options.durability),
                 stream.entries);
  AppendJsonId(stream.last_id, out);
  if (with_partitions) {
    out->append(",\"partition_list\":[");
    for (size_t i = 0; i < stream.partitions.size(); ++i) {
      const PartitionInfo& partition = stream.partitions[i];
      fmt::format_to(std::back_inserter(*out),
                     "{}{{\"partition\":{},\"first_offset\":{},\"next_offset\":{},\"last_id\":",
                     i == 0 ? "" : ",", i, partition.first_offset, partition.next_offset);
      AppendJsonId(partition.last_id, out);
      out->push_back('}');
    }
    out->push_back(']');
  }
  out->push_back('}');
}

}  // namespace evlog::cli
