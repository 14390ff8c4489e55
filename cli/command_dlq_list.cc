// evlog dlq list: what a consumer group has given up, and why.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <string>

#include "cli/command.h"
#include "cli/dead_letters.h"
#include "cli/encode.h"
#include "cli/group_report.h"
#include "cli/table.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "ID is that of the dead letter, by which show, replay and drop know it; ENTRY that of the\n"
    "entry which it was.\n"
    "Example: evlog dlq list orders billing --reason fatal";

// Rows are printed page by page, however many there are.
constexpr uint64_t kPageRows = 4096;

std::string GivenUpAt(const DeadLetterOrigin& origin) {
  std::string text;
  AppendTime(EntryId{origin.ms, 0}, &text);
  return text;
}

void AppendJson(EntryId id, const DeadLetterOrigin& origin, std::string* out) {
  out->append("{\"id\":");
  AppendJsonId(id, out);
  out->append(",\"stream\":");
  AppendJsonBytes(origin.stream, out);
  out->append(",\"entry_id\":");
  AppendJsonId(origin.id, out);
  out->append(",\"group\":");
  AppendJsonBytes(origin.group, out);
  fmt::format_to(std::back_inserter(*out),
                 ",\"reason\":\"{}\",\"deliveries\":{},\"consumer\":", ReasonName(origin.reason),
                 DeliveriesJson(origin.deliveries));
  if (origin.consumer.empty()) {
    out->append("null");
  } else {
    AppendJsonBytes(origin.consumer, out);
  }
  fmt::format_to(std::back_inserter(*out), ",\"at\":\"{}\"}}\n", GivenUpAt(origin));
}

class DlqListCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    choice_.AddNameTo(app);
    choice_.AddReasonTo(app);
    app->add_option("-n", count_, "At most so many, the oldest first")->type_name("N");
    app->add_option("--format", format_, "table, or json: one object a line")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForReading(env));
    ASSIGN_OR_RETURN(const std::string letters, choice_.StreamIn(log));
    Table table({{"ID"},
                 {"STREAM"},
                 {"ENTRY"},
                 {"GROUP"},
                 {"REASON"},
                 {"DELIVERIES", true},
                 {"CONSUMER"},
                 {"TIME"}});
    uint64_t left = count_;
    uint64_t rows = 0;
    const auto list = [&](const EntryView& letter,
                          const DeadLetterOrigin& origin) -> absl::StatusOr<bool> {
      if (left == 0) return false;
      --left;
      if (format_ == "json") {
        AppendJson(letter.id, origin, env.output->buffer());
      } else {
        table.AddRow({letter.id.ToString(), Word(origin.stream), origin.id.ToString(),
                      Word(origin.group), ReasonName(origin.reason),
                      DeliveriesText(origin.deliveries),
                      origin.consumer.empty() ? "-" : Word(origin.consumer), GivenUpAt(origin)});
        if (++rows % kPageRows == 0) table.Append(env.output->buffer());
      }
      RETURN_IF_ERROR(env.output->FlushIfFull());
      return !env.output->closed();
    };
    RETURN_IF_ERROR(VisitDeadLetters(*log, letters, choice_, env.interrupt->token(), list));
    if (format_ != "json") table.Append(env.output->buffer());
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  DeadLetterChoice choice_;
  uint64_t count_ = UINT64_MAX;
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> MakeDlqListCommand() { return std::make_unique<DlqListCommand>(); }

}  // namespace evlog::cli
