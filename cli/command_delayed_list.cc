// evlog delayed list: what waits to be appended.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/encode.h"
#include "cli/table.h"
#include "cli/target.h"
#include "log/base/status.h"
#include "log/base/utf8.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "FIRST is the first entry of each, as far as there is room; --format json has all of it.\n"
    "Example: evlog delayed list reminders -n 20";

// Read at once, however many there are.
constexpr uint64_t kPageRows = 256;
constexpr size_t kFirstChars = 60;

// Whole bytes of UTF-8, as many as fit.
std::string_view Beginning(std::string_view bytes, size_t size) {
  if (bytes.size() <= size) return bytes;
  size_t cut = 0;
  for (;;) {
    const size_t length = std::max<size_t>(Utf8Length(bytes.substr(cut)), 1);
    if (cut + length > size) return bytes.substr(0, cut);
    cut += length;
  }
}

std::string FirstEntry(const ScheduledAppend& delayed) {
  std::string text;
  for (const auto& [name, value] : delayed.fields) {
    if (!text.empty()) text.push_back(' ');
    if (text.size() >= kFirstChars) return text + "...";
    const std::string_view shown = Beginning(value, kFirstChars);
    text += Word(Beginning(name, kFirstChars)) + "=" + Word(shown);
    if (shown.size() != value.size()) return text + "...";
  }
  return text;
}

void AppendJson(const ScheduledAppend& delayed, std::string* out) {
  fmt::format_to(std::back_inserter(*out),
                 "{{\"ticket\":\"{}\",\"due\":\"{}\",\"stream\":", delayed.ticket.ToString(),
                 TimeText(delayed.ticket.due()));
  if (!delayed.status.ok()) {
    out->append("null,\"entries\":0,\"bytes\":0,\"key\":null,\"fields\":[],\"damage\":");
    AppendJsonString(MessageOf(delayed.status), out);
    out->append("}\n");
    return;
  }
  AppendJsonBytes(delayed.stream, out);
  fmt::format_to(std::back_inserter(*out), ",\"entries\":{},\"bytes\":{},\"key\":", delayed.entries,
                 delayed.bytes);
  if (delayed.key.has_value()) {
    AppendJsonBytes(*delayed.key, out);
  } else {
    out->append("null");
  }
  out->append(",\"fields\":[");
  for (size_t i = 0; i < delayed.fields.size(); ++i) {
    out->append(i == 0 ? "[" : ",[");
    AppendJsonBytes(delayed.fields[i].first, out);
    out->push_back(',');
    AppendJsonBytes(delayed.fields[i].second, out);
    out->push_back(']');
  }
  out->append("],\"damage\":null}\n");
}

class DelayedListCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("STREAM", stream_, "Only what is for that stream");
    app->add_option("-n", count_, "At most so many, the first due first")->type_name("N");
    app->add_option("--after", after_, "Only what is due behind that ticket")->type_name("TICKET");
    app->add_option("--format", format_, "table, or json: one object a line")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ScheduledFilter filter;
    if (!stream_.empty()) filter.stream = stream_;
    if (after_.has_value()) {
      ASSIGN_OR_RETURN(filter.after, Ticket::Parse(*after_));
    }
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForReading(env));
    if (filter.stream) {
      RETURN_IF_ERROR(log->OpenStream(*filter.stream, {}, IfMissing::kError).status());
    }
    Table table(
        {{"TICKET"}, {"DUE"}, {"STREAM"}, {"ENTRIES", true}, {"BYTES", true}, {"KEY"}, {"FIRST"}});
    for (uint64_t left = count_; left != 0 && !env.output->closed();) {
      filter.limit = std::min(left, kPageRows);
      ASSIGN_OR_RETURN(const std::vector<ScheduledAppend> page, log->ListScheduled(filter));
      for (const ScheduledAppend& delayed : page) Print(delayed, env.output->buffer(), &table);
      if (format_ != "json") table.Append(env.output->buffer());
      RETURN_IF_ERROR(env.output->FlushIfFull());
      if (page.size() < filter.limit) break;
      left -= page.size();
      filter.after = page.back().ticket;
    }
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  void Print(const ScheduledAppend& delayed, std::string* out, Table* table) const {
    if (format_ == "json") return AppendJson(delayed, out);
    const std::string ticket = delayed.ticket.ToString();
    const std::string due = TimeText(delayed.ticket.due());
    if (!delayed.status.ok()) {
      return table->AddRow({ticket, due, "-", "-", "-", "-", "damaged"});
    }
    table->AddRow({ticket, due, Word(delayed.stream), Grouped(delayed.entries),
                   HumanBytes(delayed.bytes), delayed.key.has_value() ? Word(*delayed.key) : "-",
                   FirstEntry(delayed)});
  }

  std::string stream_;
  uint64_t count_ = UINT64_MAX;
  std::optional<std::string> after_;
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> MakeDelayedListCommand() { return std::make_unique<DelayedListCommand>(); }

}  // namespace evlog::cli
