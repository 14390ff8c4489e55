// evlog groups pause, evlog groups resume: stops and starts what a consumer group delivers.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/group_name.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

class GroupsPauseCommand : public Command {
 public:
  explicit GroupsPauseCommand(bool pause) : pause_(pause) {}

  void AddOptions(CLI::App* app) override { name_.AddTo(app); }

  // That it is so already is no error.
  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kChange));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name_.Open(*log));
    ASSIGN_OR_RETURN(GroupDescription description, group->Describe());
    description.options.paused = pause_;
    RETURN_IF_ERROR(group->Alter(description.options));
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return ExitCode::kOk;
  }

 private:
  const bool pause_;
  GroupName name_;
};

}  // namespace

std::unique_ptr<Command> MakeGroupsPauseCommand() {
  return std::make_unique<GroupsPauseCommand>(/*pause=*/true);
}

std::unique_ptr<Command> MakeGroupsResumeCommand() {
  return std::make_unique<GroupsPauseCommand>(/*pause=*/false);
}

}  // namespace evlog::cli
