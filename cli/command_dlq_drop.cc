// evlog dlq drop: deletes dead letters.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/dead_letters.h"
#include "cli/encode.h"
#include "cli/removal.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "What they hold is lost.\n"
    "Example: evlog dlq drop orders billing --reason fatal --dry-run";

// Deleted in one commit.
constexpr size_t kPieceEntries = 4096;

class DlqDropCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    choice_.AddNameTo(app);
    choice_.AddIdsTo(app);
    choice_.AddReasonTo(app);
    choice_.AddAllTo(app);
    removal_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(choice_.CheckOne());
    RETURN_IF_ERROR(removal_.Check(env));
    ASSIGN_OR_RETURN(const OpenedLog log,
                     removal_.dry_run ? OpenForReading(env) : OpenForChanging(env));
    ASSIGN_OR_RETURN(const std::string letters, choice_.StreamIn(log));
    std::vector<EntryId> found;
    RETURN_IF_ERROR(VisitDeadLetters(
        *log, letters, choice_, env.interrupt->token(),
        [&found](const EntryView& letter, const DeadLetterOrigin&) -> absl::StatusOr<bool> {
          found.push_back(letter.id);
          return true;
        }));
    TellMissing(env, "dlq drop", choice_, found.size());
    if (!removal_.dry_run && !found.empty()) {
      RETURN_IF_ERROR(removal_.Confirm(env, "Drop " + Grouped(found.size()) + " dead letter" +
                                                (found.size() == 1 ? "" : "s") + " of " +
                                                choice_.name.Described() + "?"));
      ASSIGN_OR_RETURN(Stream stream, log->OpenStream(letters, {}, IfMissing::kError));
      const std::span<const EntryId> all(found);
      for (size_t i = 0; i < all.size(); i += kPieceEntries) {
        const size_t count = std::min(kPieceEntries, all.size() - i);
        RETURN_IF_ERROR(stream.Delete(all.subspan(i, count)).status());
      }
    }
    RETURN_IF_ERROR(ReportDeadLetters(env, choice_.name, removal_.format,
                                      removal_.dry_run ? "would drop" : "dropped", found.size(),
                                      removal_.dry_run));
    if (!removal_.dry_run) RETURN_IF_ERROR(MaintainAndClose(*log));
    return ExitCode::kOk;
  }

 private:
  DeadLetterChoice choice_;
  RemovalOptions removal_;
};

}  // namespace

std::unique_ptr<Command> MakeDlqDropCommand() { return std::make_unique<DlqDropCommand>(); }

}  // namespace evlog::cli
