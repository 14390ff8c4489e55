// evlog ack: acknowledges pending entries of a consumer group.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/references_flag.h"
#include "cli/settling.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Whoever has them. Ids that are not pending are no error, and do not count. With --delete "
    "those\n"
    "count that were deleted; --references only-acked leaves what other groups need.\n"
    "Example: evlog ack orders billing 1763640000000-3 1763640000000-4";

class AckCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    settling_.AddTo(app);
    app->add_flag("--delete", delete_, "Delete them from the stream as well");
    references_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (!delete_ && references_.text != "keep") {
      return InvalidArgument("--references: only with --delete");
    }
    RETURN_IF_ERROR(settling_.Run(env, delete_ ? "acknowledged and deleted" : "acknowledged",
                                  [this](TargetGroup& group, std::span<const EntryId> ids) {
                                    return delete_ ? group.AckDelete(ids, references_.value())
                                                   : group.Ack(ids);
                                  }));
    return ExitCode::kOk;
  }

 private:
  Settling settling_;
  ReferencesFlag references_;
  bool delete_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeAckCommand() { return std::make_unique<AckCommand>(); }

}  // namespace evlog::cli
