// evlog ack: acknowledges pending entries of a consumer group.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/settling.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Whoever has them. Ids that are not pending are no error, and do not count.\n"
    "Example: evlog ack orders billing 1763640000000-3 1763640000000-4";

class AckCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    settling_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(
        settling_.Run(env, "acknowledged",
                      [](Group& group, std::span<const EntryId> ids) { return group.Ack(ids); }));
    return ExitCode::kOk;
  }

 private:
  Settling settling_;
};

}  // namespace

std::unique_ptr<Command> MakeAckCommand() { return std::make_unique<AckCommand>(); }

}  // namespace evlog::cli
