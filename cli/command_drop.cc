// evlog drop: takes a stream away, with all of its entries.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/removal.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] = "Example: evlog drop orders --dry-run";

class DropCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("STREAM", stream_, "The stream to drop")->required();
    removal_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(removal_.Check(env));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log,
                     OpenTarget(env, removal_.dry_run ? Access::kRead : Access::kChange));
    ASSIGN_OR_RETURN(const StreamInfo info, log->DescribeStream(stream_));
    Removal removal{stream_, info.entries, info.bytes};
    if (!log->tells_settings()) removal.bytes.reset();
    if (!removal_.dry_run) {
      RETURN_IF_ERROR(removal_.Confirm(
          env, "Drop stream " + Quoted(stream_) + " and its " + RemovalText(removal) + "?"));
      RETURN_IF_ERROR(log->DropStream(stream_));
    }
    RETURN_IF_ERROR(ReportRemoval(env, removal_, "drop", "dropped", removal));
    if (!removal_.dry_run) RETURN_IF_ERROR(log->Finish(/*removed=*/true));
    return ExitCode::kOk;
  }

 private:
  std::string stream_;
  RemovalOptions removal_;
};

}  // namespace

std::unique_ptr<Command> MakeDropCommand() { return std::make_unique<DropCommand>(); }

}  // namespace evlog::cli
