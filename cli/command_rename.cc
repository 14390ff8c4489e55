// evlog rename: gives a stream another name.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/removal.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] = "With --replace it asks before it drops a stream.";

class RenameCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("FROM", from_, "The stream to rename")->required();
    app->add_option("TO", to_, "Its new name")->required();
    app->add_flag("--replace", replace_, "Drop the stream that has the new name, if there is one");
    removal_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (replace_) {
      RETURN_IF_ERROR(removal_.Check(env));
    } else if (removal_.dry_run) {
      return InvalidArgument("--dry-run: nothing is dropped without --replace");
    }
    if (from_ == to_) return InvalidArgument("stream {} cannot be renamed to itself", Quoted(to_));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log,
                     OpenTarget(env, removal_.dry_run ? Access::kRead : Access::kChange));
    // Whether it is there comes before any question.
    RETURN_IF_ERROR(log->OpenStream(from_, {}, IfMissing::kError).status());
    Removal removal{to_, 0, 0};
    if (replace_) {
      const absl::StatusOr<StreamInfo> old = log->DescribeStream(to_);
      if (old.ok()) {
        removal = {to_, old->entries, old->bytes};
        if (!log->tells_settings()) removal.bytes.reset();
      } else if (!absl::IsNotFound(old.status())) {
        return old.status();
      }
      if (old.ok() && !removal_.dry_run) {
        RETURN_IF_ERROR(removal_.Confirm(
            env, "Drop stream " + Quoted(to_) + " and its " + RemovalText(removal) + "?"));
      }
    }
    if (!removal_.dry_run) RETURN_IF_ERROR(Rename(*log));
    if (replace_) RETURN_IF_ERROR(ReportRemoval(env, removal_, "drop", "dropped", removal));
    if (!removal_.dry_run) RETURN_IF_ERROR(log->Finish(/*removed=*/replace_));
    return ExitCode::kOk;
  }

 private:
  absl::Status Rename(LogTarget& log) const {
    absl::Status renamed = log.RenameStream(from_, to_, replace_);
    if (!absl::IsAlreadyExists(renamed)) return renamed;
    return Error(renamed.code(), "CONFLICT: stream {} exists already; --replace drops it",
                 Quoted(to_));
  }

  std::string from_;
  std::string to_;
  bool replace_ = false;
  RemovalOptions removal_;
};

}  // namespace

std::unique_ptr<Command> MakeRenameCommand() { return std::make_unique<RenameCommand>(); }

}  // namespace evlog::cli
