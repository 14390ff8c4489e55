// evlog groups delete: removes a consumer group, with all that is pending in it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <string>

#include "cli/command.h"
#include "cli/encode.h"
#include "cli/group_name.h"
#include "cli/removal.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "The stream keeps its entries; where the group was, and what was pending in it, is lost.";

class GroupsDeleteCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    name_.AddTo(app);
    removal_.AddTo(app);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(removal_.Check(env));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log,
                     OpenTarget(env, removal_.dry_run ? Access::kRead : Access::kChange));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name_.Open(*log));
    ASSIGN_OR_RETURN(const GroupDescription description, group->Describe());
    const std::string what = fmt::format("{}: {} pending, {} not delivered", name_.Described(),
                                         Grouped(description.pending), Grouped(description.lag));
    if (!removal_.dry_run) {
      RETURN_IF_ERROR(removal_.Confirm(env, "Delete " + what + "?"));
      RETURN_IF_ERROR(log->DestroyGroup(name_.stream, name_.group));
    }
    std::string* out = env.output->buffer();
    if (removal_.format == "json") {
      out->push_back('{');
      name_.AppendMembers(out);
      fmt::format_to(std::back_inserter(*out), ",\"pending\":{},\"lag\":{},\"dry_run\":{}}}\n",
                     description.pending, description.lag, removal_.dry_run);
    } else {
      out->append(removal_.dry_run ? "would delete " : "deleted ").append(what).push_back('\n');
    }
    RETURN_IF_ERROR(env.output->Flush());
    if (!removal_.dry_run) RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return ExitCode::kOk;
  }

 private:
  GroupName name_;
  RemovalOptions removal_;
};

}  // namespace

std::unique_ptr<Command> MakeGroupsDeleteCommand() {
  return std::make_unique<GroupsDeleteCommand>();
}

}  // namespace evlog::cli
