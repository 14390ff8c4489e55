// evlog groups seek: lets a consumer group go on from another place.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/group_name.h"
#include "cli/position.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "What is pending stays pending. Backwards, entries come again; forwards, those between are\n"
    "never delivered.\n"
    "Examples:\n"
    "  evlog groups seek orders billing @-1h --forget   # the last hour once more\n"
    "  evlog groups seek orders billing end             # only what comes now";

class GroupsSeekCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    name_.AddTo(app);
    app->add_option("POSITION", to_, "begin, end, an ID, o:OFFSET, @TIME or @-15m")->required();
    app->add_flag("--forget", forget_,
                  "What is pending from there on is not any more, as it will come again");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const Bound to, ParseGroupPosition(to_, env.clock->Now()));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kChange));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name_.Open(*log));
    RETURN_IF_ERROR(group->Seek(to, forget_));
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return ExitCode::kOk;
  }

 private:
  GroupName name_;
  std::string to_;
  bool forget_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeGroupsSeekCommand() { return std::make_unique<GroupsSeekCommand>(); }

}  // namespace evlog::cli
