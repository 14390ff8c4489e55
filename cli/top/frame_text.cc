// A frame as text for people, and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "cli/encode.h"
#include "cli/group_report.h"
#include "cli/table.h"
#include "cli/top/frame.h"
#include "log/base/utf8.h"

namespace evlog::cli {
namespace {

// Of what was counted within the span of the frame; `-` where nothing could be.
std::string Rate(const std::optional<uint64_t>& count, const TopFrame& frame) {
  if (!count || !frame.span || *frame.span == absl::ZeroDuration()) return "-";
  return HumanRate(*count, *frame.span);
}
std::string ByteRate(uint64_t bytes, const TopFrame& frame) {
  if (!frame.span || *frame.span == absl::ZeroDuration()) return "-";
  const double rate = static_cast<double>(bytes) / absl::ToDoubleSeconds(*frame.span);
  return HumanBytes(static_cast<uint64_t>(rate)) + "/s";
}

std::string SummaryLine(const TopFrame& frame) {
  uint64_t lag = 0, pending = 0;
  for (const TopGroupRow& row : frame.groups) {
    lag += row.now.lag.value_or(0);
    pending += row.now.pending;
  }
  return fmt::format(
      "appended {}  read by groups {}  streams {}{}  groups {}  lag {}  pending {}\n",
      Rate(frame.appended, frame), Rate(frame.read, frame), Grouped(frame.streams.size()),
      frame.more_streams ? " and more" : "", Grouped(frame.groups.size()), Grouped(lag),
      Grouped(pending));
}

std::string LogLine(const TopFrame& frame) {
  const TopLog& log = *frame.log;
  std::string line = fmt::format("tables {}  garbage {}", HumanBytes(log.table_bytes),
                                 HumanBytes(log.garbage_bytes));
  if (log.disk_free_bytes) line += "  disk free " + HumanBytes(*log.disk_free_bytes);
  line += fmt::format("  commits {}", Grouped(log.written_commit));
  if (log.written_commit > log.synced_commit) {
    line += fmt::format(", {} not synced", Grouped(log.written_commit - log.synced_commit));
  }
  return line + (log.appends_refused ? "  APPENDS ARE REFUSED\n" : "\n");
}

std::string ServerLine(const TopFrame& frame) {
  const TopServer& server = *frame.server;
  std::string line = fmt::format(
      "commands {}  errors {}  in {}  out {}  clients {}, {} wait  memory {}  largest output {}",
      Rate(frame.commands, frame), Rate(frame.errors, frame), ByteRate(frame.input_bytes, frame),
      ByteRate(frame.output_bytes, frame), Grouped(server.clients), Grouped(server.blocked),
      HumanBytes(server.memory_bytes), HumanBytes(server.output_bytes_max));
  if (server.slow_clients) line += "  cut off " + Grouped(*server.slow_clients);
  return line + "\n";
}

void AppendStreams(const TopFrame& frame, size_t rows, std::string* out) {
  Table table({{"STREAM"},
               {"DB", true},
               {"APPENDED", true},
               {"READ", true},
               {"ENTRIES", true},
               {"SIZE", true},
               {"LAG", true}});
  for (size_t i = 0; i < std::min(rows, frame.streams.size()); ++i) {
    const TopStreamRow& row = frame.streams[i];
    table.AddRow({Word(row.now.name), std::to_string(row.now.database), Rate(row.appended, frame),
                  Rate(row.read, frame), Grouped(row.now.entries),
                  row.now.bytes ? HumanBytes(*row.now.bytes) : "-", Grouped(row.lag)});
  }
  table.Append(out);
}

void AppendGroups(const TopFrame& frame, size_t rows, std::string* out) {
  Table table({{"GROUP"},
               {"STREAM"},
               {"DB", true},
               {"READ", true},
               {"LAG", true},
               {"OLDEST", true},
               {"PENDING", true},
               {"CONSUMERS", true}});
  for (size_t i = 0; i < std::min(rows, frame.groups.size()); ++i) {
    const TopGroupRow& row = frame.groups[i];
    table.AddRow({Word(row.now.name), Word(row.now.stream), std::to_string(row.now.database),
                  Rate(row.read, frame), row.now.lag ? Grouped(*row.now.lag) : "-",
                  row.now.lag_age ? AgeText(*row.now.lag_age) : "-", Grouped(row.now.pending),
                  Grouped(row.now.consumers)});
  }
  table.Append(out);
}

// At most `width` characters of each line.
std::string CutLines(std::string_view text, size_t width) {
  std::string cut;
  size_t column = 0;
  while (!text.empty()) {
    const size_t length = std::max<size_t>(Utf8Length(text), 1);
    column = text[0] == '\n' ? 0 : column + 1;
    if (column <= width) cut += text.substr(0, length);
    text.remove_prefix(length);
  }
  return cut;
}

void AppendOptional(const std::optional<uint64_t>& number, std::string* out) {
  *out += number ? std::to_string(*number) : "null";
}

void AppendMembers(const TopFrame& frame, std::string* out) {
  auto to = std::back_inserter(*out);
  if (frame.log) {
    const TopLog& log = *frame.log;
    fmt::format_to(to,
                   "{{\"table_bytes\":{},\"garbage_bytes\":{},\"written_commit\":{},"
                   "\"synced_commit\":{},\"commits\":{},\"appends_refused\":{},"
                   "\"disk_free_bytes\":",
                   log.table_bytes, log.garbage_bytes, log.written_commit, log.synced_commit,
                   frame.commits, log.appends_refused);
    AppendOptional(log.disk_free_bytes, out);
    *out += '}';
  } else {
    *out += "null";
  }
  *out += ",\"server\":";
  if (!frame.server) {
    *out += "null";
    return;
  }
  const TopServer& server = *frame.server;
  *out += "{\"version\":";
  AppendJsonBytes(server.version, out);
  fmt::format_to(to,
                 ",\"clients\":{},\"blocked_clients\":{},\"memory_bytes\":{},"
                 "\"output_bytes_max\":{},\"commands\":{},\"errors\":{},\"input_bytes\":{},"
                 "\"output_bytes\":{},\"slow_clients\":",
                 server.clients, server.blocked, server.memory_bytes, server.output_bytes_max,
                 frame.commands, frame.errors, frame.input_bytes, frame.output_bytes);
  *out += server.slow_clients ? std::to_string(frame.slow_clients) : "null";
  *out += '}';
}

}  // namespace

std::string TopText(const TopFrame& frame, const TopView& view) {
  std::string text = "evlog top  " + Word(view.place);
  if (frame.server) text += "  " + frame.server->version;
  text += "  " + TimeText(frame.time) + "  by " + std::string(TopSortName(view.sort)) + "\n";
  text += SummaryLine(frame);
  if (frame.log) text += LogLine(frame);
  if (frame.server) text += ServerLine(frame);
  if (!frame.streams.empty()) text += '\n';
  if (!frame.streams.empty()) AppendStreams(frame, view.rows, &text);
  if (!frame.groups.empty()) text += '\n';
  if (!frame.groups.empty()) AppendGroups(frame, view.rows, &text);
  return CutLines(text, view.width);
}

void AppendTopJson(const TopFrame& frame, std::string* out) {
  auto to = std::back_inserter(*out);
  fmt::format_to(to, "{{\"time\":\"{}\",\"span_ms\":{},\"appended\":{},\"read\":{},\"log\":",
                 TimeText(frame.time),
                 absl::ToInt64Milliseconds(frame.span.value_or(absl::ZeroDuration())),
                 frame.appended, frame.read);
  AppendMembers(frame, out);
  *out += ",\"streams\":[";
  for (const TopStreamRow& row : frame.streams) {
    if (&row != &frame.streams.front()) *out += ',';
    *out += "{\"stream\":";
    AppendJsonBytes(row.now.name, out);
    fmt::format_to(to, ",\"db\":{},\"appended\":", row.now.database);
    AppendOptional(row.appended, out);
    *out += ",\"read\":";
    AppendOptional(row.read, out);
    fmt::format_to(to, ",\"entries\":{},\"bytes\":", row.now.entries);
    AppendOptional(row.now.bytes, out);
    fmt::format_to(to, ",\"lag\":{}}}", row.lag);
  }
  fmt::format_to(to, "],\"more_streams\":{},\"groups\":[", frame.more_streams);
  for (const TopGroupRow& row : frame.groups) {
    if (&row != &frame.groups.front()) *out += ',';
    *out += "{\"group\":";
    AppendJsonBytes(row.now.name, out);
    *out += ",\"stream\":";
    AppendJsonBytes(row.now.stream, out);
    fmt::format_to(to, ",\"db\":{},\"read\":", row.now.database);
    AppendOptional(row.read, out);
    *out += ",\"lag\":";
    AppendOptional(row.now.lag, out);
    *out += ",\"lag_age_ms\":";
    *out += row.now.lag_age ? std::to_string(absl::ToInt64Milliseconds(*row.now.lag_age)) : "null";
    fmt::format_to(to, ",\"pending\":{},\"consumers\":{}}}", row.now.pending, row.now.consumers);
  }
  *out += "]}";
}

}  // namespace evlog::cli
