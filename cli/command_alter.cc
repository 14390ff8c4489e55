// evlog alter: changes the settings of a stream.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/removal.h"
#include "cli/stream_settings.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "A bound removes at once what it does not keep, and asks before; --dry-run says how much.\n"
    "Example: evlog alter orders --max-age 30d --max-entries none";

class AlterCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("STREAM", stream_, "The stream to alter")->required();
    settings_.AddTo(app, /*change=*/true);
    removal_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (!settings_.given()) return InvalidArgument("nothing to alter; see evlog alter --help");
    // What a new bound gives up goes at once.
    const bool bounded = settings_.retention.tightens();
    if (bounded) {
      RETURN_IF_ERROR(removal_.Check(env));
    } else if (removal_.dry_run) {
      return InvalidArgument("--dry-run: these settings remove nothing");
    }
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log,
                     OpenTarget(env, removal_.dry_run ? Access::kRead : Access::kChange));
    ASSIGN_OR_RETURN(const StreamInfo info, log->DescribeStream(stream_));
    // A bound that is the stream's first is exact, as everywhere on the command line.
    Retention kept = info.options.retention;
    if (kept.empty()) kept.exact = true;
    ASSIGN_OR_RETURN(const StreamChanges changes, settings_.Changes(kept, env.clock->Now()));
    if (!bounded) {
      RETURN_IF_ERROR(log->AlterStream(stream_, changes));
    } else {
      RETURN_IF_ERROR(AlterAndTrim(env, *log, info, changes));
    }
    if (!removal_.dry_run) RETURN_IF_ERROR(log->Finish(/*removed=*/true));
    return ExitCode::kOk;
  }

 private:
  absl::Status AlterAndTrim(Environment& env, LogTarget& log, const StreamInfo& info,
                            const StreamChanges& changes) const {
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetStream> stream,
                     log.OpenStream(stream_, {}, IfMissing::kError));
    TrimOptions trim;
    trim.keep = *changes.retention;
    // The rest goes as groups acknowledge it, or by its limit.
    if (changes.keep_unacknowledged_bytes.value_or(info.options.keep_unacknowledged_bytes) != 0) {
      trim.references = References::kOnlyAcknowledged;
    }
    trim.dry_run = true;
    // In a directory nobody else appends meanwhile, so what is asked about is what goes.
    ASSIGN_OR_RETURN(const Trimmed result, stream->Trim(trim));
    const Removal removal{stream_, result.entries, result.bytes};
    if (!removal_.dry_run) {
      if (removal.entries != 0) {
        RETURN_IF_ERROR(removal_.Confirm(
            env, "Trim " + RemovalText(removal) + " off stream " + Quoted(stream_) + "?"));
      }
      RETURN_IF_ERROR(log.AlterStream(stream_, changes));
      trim.dry_run = false;
      RETURN_IF_ERROR(stream->Trim(trim).status());
    }
    return ReportRemoval(env, removal_, "trim", "trimmed", removal);
  }

  std::string stream_;
  StreamSettings settings_;
  RemovalOptions removal_;
};

}  // namespace

std::unique_ptr<Command> MakeAlterCommand() { return std::make_unique<AlterCommand>(); }

}  // namespace evlog::cli
