// evlog dlq show: dead letters whole, as `read` prints entries.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/dead_letters.h"
#include "cli/entry_ids.h"
#include "cli/format.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "The fields dead_letter.* say where it is from and why; behind them are those of the entry.\n"
    "Example: evlog dlq show orders billing --format json";

class DlqShowCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    choice_.AddNameTo(app);
    choice_.AddIdsTo(app);
    choice_.AddReasonTo(app);
    app->add_option("-n", count_, "At most so many, the oldest first")->type_name("N");
    app->add_option("--format", format_.format,
                    "text, json, raw, or a template: '{time} {key} {field:NAME}'")
        ->type_name("FORMAT");
    app->add_flag("-0", zero_, "End each entry with a zero byte instead of a newline");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(ParseEntryIds(choice_.ids).status());
    if (zero_) format_.terminator = '\0';
    ASSIGN_OR_RETURN(const std::unique_ptr<const Formatter> formatter, MakeFormatter(format_));
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForReading(env));
    ASSIGN_OR_RETURN(const std::string letters, choice_.StreamIn(log));
    uint64_t shown = 0;
    const auto show = [&](const EntryView& letter,
                          const DeadLetterOrigin&) -> absl::StatusOr<bool> {
      if (shown == count_) return false;
      ++shown;
      formatter->Append(letter, {letters}, env.output->buffer());
      RETURN_IF_ERROR(env.output->FlushIfFull());
      return !env.output->closed();
    };
    RETURN_IF_ERROR(VisitDeadLetters(*log, letters, choice_, env.interrupt->token(), show));
    RETURN_IF_ERROR(env.output->Flush());
    if (shown != count_ && !env.output->closed()) TellMissing(env, "dlq show", choice_, shown);
    return ExitCode::kOk;
  }

 private:
  DeadLetterChoice choice_;
  uint64_t count_ = UINT64_MAX;
  FormatOptions format_;
  bool zero_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeDlqShowCommand() { return std::make_unique<DlqShowCommand>(); }

}  // namespace evlog::cli
