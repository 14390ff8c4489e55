// evlog verify: reads everything, and says whether it is whole.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/encode.h"
#include "cli/target.h"
#include "evlog/verify.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

void AppendText(const VerifyReport& report, std::string* out) {
  for (const std::string& finding : report.findings) {
    AppendEscaped(finding, out);
    out->push_back('\n');
  }
  if (report.truncated) out->append("... and more\n");
  fmt::format_to(std::back_inserter(*out), "{}: {}, {}, {}, {}, {}, {}\n",
                 report.ok() ? "whole" : "DAMAGED", CountText(report.streams, "stream", "streams"),
                 CountText(report.partitions, "partition", "partitions"),
                 CountText(report.entries, "entry", "entries"),
                 CountText(report.groups, "group", "groups"),
                 CountText(report.commits, "commit", "commits"), HumanBytes(report.bytes));
}

void AppendJson(const VerifyReport& report, std::string* out) {
  fmt::format_to(std::back_inserter(*out),
                 "{{\"ok\":{},\"streams\":{},\"partitions\":{},\"entries\":{},\"commits\":{},"
                 "\"bytes\":{},\"groups\":{},\"pending\":{},\"findings\":[",
                 report.ok(), report.streams, report.partitions, report.entries, report.commits,
                 report.bytes, report.groups, report.pending);
  for (size_t i = 0; i < report.findings.size(); ++i) {
    if (i != 0) out->push_back(',');
    AppendJsonBytes(report.findings[i], out);
  }
  fmt::format_to(std::back_inserter(*out), "],\"truncated\":{}}}\n", report.truncated);
}

class VerifyCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->get_option("--db")->group("");  // shown nowhere: see Run
    app->add_option("--format", format_, "text, or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(CheckTarget(env.at));
    if (env.database.has_value()) {
      return InvalidArgument("--db: a log is verified as a whole, with all of its databases");
    }
    VerifyOptions options;
    options.clock = env.clock;
    options.progress = [&env](const VerifyProgress& progress) {
      if (env.status->ProgressDue()) {
        env.status->ShowProgress(
            fmt::format("{} of {} commits, {} entries, {}", Grouped(progress.commits),
                        Grouped(progress.commits_total), Grouped(progress.entries),
                        HumanBytes(progress.bytes)));
      }
      return !env.interrupt->signalled();
    };
    ASSIGN_OR_RETURN(const VerifyReport report, VerifyDirectory(env.at, options));
    env.status->EndProgress();
    if (format_ == "json") {
      AppendJson(report, env.output->buffer());
    } else {
      AppendText(report, env.output->buffer());
    }
    RETURN_IF_ERROR(env.output->Flush());
    return report.ok() ? ExitCode::kOk : ExitCode::kError;
  }

 private:
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeVerifyCommand() { return std::make_unique<VerifyCommand>(); }

}  // namespace evlog::cli
