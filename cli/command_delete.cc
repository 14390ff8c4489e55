// evlog delete: removes single entries of a stream by their ids.
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/entry_ids.h"
#include "cli/references_flag.h"
#include "cli/removal.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] = "Example: evlog delete orders 1763640000000-3 1763640000000-4 --yes";

// How many of these entries are there.
absl::StatusOr<uint64_t> CountThere(LogTarget& log, const std::string& stream,
                                    const std::vector<EntryId>& ids) {
  uint64_t there = 0;
  for (const EntryId id : ids) {
    ReadRequest request;
    request.stream = stream;
    request.from = Bound::Id(id);
    request.until = Bound::Id(id);
    ASSIGN_OR_RETURN(const std::unique_ptr<EntrySource> source, log.Read(request, {}));
    ChunkView chunk;
    ASSIGN_OR_RETURN(const bool found, source->Next(&chunk, absl::InfinitePast(), {}));
    if (found) ++there;
  }
  return there;
}

class DeleteCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("STREAM", stream_, "The stream of the entries")->required();
    app->add_option("ID", ids_, "The ids of the entries (ms-seq)")->required();
    references_.AddTo(app);
    removal_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const std::vector<EntryId> ids, ParseEntryIds(ids_));
    RETURN_IF_ERROR(removal_.Check(env));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log,
                     OpenTarget(env, removal_.dry_run ? Access::kRead : Access::kChange));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetStream> stream,
                     log->OpenStream(stream_, {}, IfMissing::kError));
    Removal removal{stream_, 0, std::nullopt};
    if (removal_.dry_run || !removal_.yes) {
      ASSIGN_OR_RETURN(removal.entries, CountThere(*log, stream_, ids));
    }
    if (!removal_.dry_run && (removal_.yes || removal.entries != 0)) {
      RETURN_IF_ERROR(removal_.Confirm(
          env, "Delete " + RemovalText(removal) + " of stream " + Quoted(stream_) + "?"));
      ASSIGN_OR_RETURN(removal.entries, stream->Delete(ids, references_.value()));
    }
    RETURN_IF_ERROR(ReportRemoval(env, removal_, "delete", "deleted", removal));
    if (!removal_.dry_run) RETURN_IF_ERROR(log->Finish(/*removed=*/true));
    return ExitCode::kOk;
  }

 private:
  std::string stream_;
  std::vector<std::string> ids_;
  ReferencesFlag references_;
  RemovalOptions removal_;
};

}  // namespace

std::unique_ptr<Command> MakeDeleteCommand() { return std::make_unique<DeleteCommand>(); }

}  // namespace evlog::cli
