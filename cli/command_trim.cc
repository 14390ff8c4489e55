// evlog trim: removes the oldest entries of a stream.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/encode.h"
#include "cli/references_flag.h"
#include "cli/removal.h"
#include "cli/retention_flags.h"
#include "cli/size.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "What any bound gives up goes, after a question; the rest keeps its ids and offsets.\n"
    "Examples:\n"
    "  evlog trim orders --max-age 30d --dry-run   # how many entries and bytes that would be\n"
    "  evlog trim orders --max-entries 1000000 --yes";

class TrimCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("STREAM", stream_, "The stream to trim")->required();
    retention_.AddTo(app, /*change=*/false);
    app->add_option("--limit", limit_, "Remove at most so many entries, the oldest of them")
        ->type_name("N");
    references_.AddTo(app);
    removal_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (!retention_.bounded()) {
      return InvalidArgument(
          "nothing says what to keep; give --max-entries, --max-bytes, --max-age or --min-id");
    }
    TrimOptions trim;
    trim.keep.exact = true;
    RETURN_IF_ERROR(retention_.Apply(&trim.keep));
    trim.references = references_.value();
    if (limit_.has_value()) {
      const absl::StatusOr<uint64_t> limit = ParseCount(*limit_);
      if (!limit.ok()) return Annotate(limit.status(), "--limit");
      trim.limit = *limit;
    }
    RETURN_IF_ERROR(removal_.Check(env));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log,
                     OpenTarget(env, removal_.dry_run ? Access::kRead : Access::kChange));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetStream> stream,
                     log->OpenStream(stream_, {}, IfMissing::kError));
    // Nobody else appends meanwhile, so what is asked about is what goes.
    TrimOptions preview = trim;
    preview.dry_run = true;
    ASSIGN_OR_RETURN(Trimmed result, stream->Trim(preview));
    if (!removal_.dry_run && result.entries != 0) {
      const Removal removal{stream_, result.entries, result.bytes};
      RETURN_IF_ERROR(removal_.Confirm(
          env, "Trim " + RemovalText(removal) + " off stream " + Quoted(stream_) + "?"));
      ASSIGN_OR_RETURN(result, stream->Trim(trim));
    }
    RETURN_IF_ERROR(
        ReportRemoval(env, removal_, "trim", "trimmed", {stream_, result.entries, result.bytes}));
    if (!removal_.dry_run) RETURN_IF_ERROR(log->Finish(/*removed=*/true));
    return ExitCode::kOk;
  }

 private:
  std::string stream_;
  RetentionFlags retention_;
  std::optional<std::string> limit_;
  ReferencesFlag references_;
  RemovalOptions removal_;
};

}  // namespace

std::unique_ptr<Command> MakeTrimCommand() { return std::make_unique<TrimCommand>(); }

}  // namespace evlog::cli
