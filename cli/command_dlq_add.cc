// evlog dlq add: puts pending entries of a group into its dead letters, by hand.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/settling.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Of pending entries, whoever has them; others do not count. Their reason is `requested`.\n"
    "Example: evlog dlq add orders billing 1763640000000-3";

class DlqAddCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    settling_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(settling_.Run(
        env, "dead-lettered",
        [](TargetGroup& group, std::span<const EntryId> ids) { return group.DeadLetter(ids); }));
    return ExitCode::kOk;
  }

 private:
  Settling settling_;
};

}  // namespace

std::unique_ptr<Command> MakeDlqAddCommand() { return std::make_unique<DlqAddCommand>(); }

}  // namespace evlog::cli
