// evlog groups alter: changes how a consumer group delivers.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/group_name.h"
#include "cli/group_settings.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "What is not named stays as it is.\n"
    "Example: evlog groups alter orders billing --ack-wait 5m --max-in-flight none";

class GroupsAlterCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    name_.AddTo(app);
    settings_.AddTo(app, /*change=*/true);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (!settings_.given()) {
      return InvalidArgument("nothing to alter; see evlog groups alter --help");
    }
    // What is wrong whatever the group says comes before it is looked for.
    GroupOptions any;
    RETURN_IF_ERROR(settings_.Apply(name_.stream, &any));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kChange));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name_.Open(*log));
    ASSIGN_OR_RETURN(GroupDescription description, group->Describe());
    RETURN_IF_ERROR(settings_.Apply(name_.stream, &description.options));
    RETURN_IF_ERROR(group->Alter(description.options));
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return ExitCode::kOk;
  }

 private:
  GroupName name_;
  GroupSettings settings_;
};

}  // namespace

std::unique_ptr<Command> MakeGroupsAlterCommand() { return std::make_unique<GroupsAlterCommand>(); }

}  // namespace evlog::cli
