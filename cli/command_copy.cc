// evlog copy: makes a stream of what another one holds.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/bulk_run.h"
#include "cli/command.h"
#include "cli/encode.h"
#include "cli/removal.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "The copy has the same entries with the same ids, offsets and keys, and the same settings. It\n"
    "appears once it is whole; after an error, Ctrl-C or kill -9 there is none.\n"
    "With --replace it asks before it drops a stream.";

class CopyCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("FROM", from_, "The stream to copy")->required();
    app->add_option("TO", to_, "The name of the copy")->required();
    app->add_option("--to-db", to_database_, "The database of the copy, where it is another one")
        ->type_name("N");
    app->add_flag("--replace", replace_, "Drop the stream that has that name, if there is one");
    removal_.AddTo(app);
    app->add_flag("--verbose", verbose_, "Say at the end how much it was, also without a terminal");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (replace_) {
      RETURN_IF_ERROR(removal_.Check(env));
    } else if (removal_.dry_run) {
      return InvalidArgument("--dry-run: nothing is dropped without --replace");
    }
    const int database = env.database.value_or(0);
    if (from_ == to_ && to_database_.value_or(database) == database) {
      return InvalidArgument("stream {} cannot be copied to itself", Quoted(from_));
    }
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log,
                     OpenTarget(env, removal_.dry_run ? Access::kRead : Access::kChange));
    // Whether they are there comes before any question.
    RETURN_IF_ERROR(log->OpenStream(from_, {}, IfMissing::kError).status());
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> target,
                     log->InDatabase(to_database_.value_or(database)));
    Removal removal{to_, 0, 0};
    if (replace_) {
      const absl::StatusOr<StreamInfo> old = target->DescribeStream(to_);
      if (!old.ok() && !absl::IsNotFound(old.status())) return old.status();
      if (old.ok()) removal = {to_, old->entries, old->bytes};
      if (!log->tells_settings()) removal.bytes.reset();
      if (old.ok() && !removal_.dry_run) {
        RETURN_IF_ERROR(removal_.Confirm(
            env, "Drop stream " + Quoted(to_) + " and its " + RemovalText(removal) + "?"));
      }
    }
    if (!removal_.dry_run) RETURN_IF_ERROR(Copy(env, *log));
    if (replace_) RETURN_IF_ERROR(ReportRemoval(env, removal_, "drop", "dropped", removal));
    if (removal_.dry_run) return ExitCode::kOk;
    if (verbose_ || env.status->terminal()) {
      ASSIGN_OR_RETURN(const StreamInfo copy, target->DescribeStream(to_));
      env.status->Say(EntriesText(copy.entries, 0) +
                      (log->tells_settings() ? ", " + HumanBytes(copy.bytes) : ""));
    }
    RETURN_IF_ERROR(log->Finish(/*removed=*/replace_));
    return ExitCode::kOk;
  }

 private:
  absl::Status Copy(Environment& env, LogTarget& log) const {
    CopyOptions options;
    options.replace = replace_;
    options.database = to_database_;
    options.stop = env.interrupt->token();
    options.progress = [&env](uint64_t copied, uint64_t all) {
      if (!env.status->ProgressDue()) return;
      env.status->ShowProgress(fmt::format("{} of {}", Grouped(copied), EntriesText(all, 0)));
    };
    absl::Status copied = log.CopyStream(from_, to_, options);
    env.status->EndProgress();
    if (!absl::IsAlreadyExists(copied)) return copied;
    return Error(copied.code(), "CONFLICT: stream {} exists already; --replace drops it",
                 Quoted(to_));
  }

  std::string from_;
  std::string to_;
  std::optional<int> to_database_;
  bool replace_ = false;
  bool verbose_ = false;
  RemovalOptions removal_;
};

}  // namespace

std::unique_ptr<Command> MakeCopyCommand() { return std::make_unique<CopyCommand>(); }

}  // namespace evlog::cli
