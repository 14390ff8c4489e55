// evlog groups describe: one consumer group, and its consumers.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/group_name.h"
#include "cli/group_report.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "IDLE: since the consumer last asked for something; INACTIVE: since it last got something.\n"
    "Example: evlog groups describe orders billing";

class GroupsDescribeCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    name_.AddTo(app);
    app->add_option("--format", format_, "text, or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kRead));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name_.Open(*log));
    ASSIGN_OR_RETURN(const GroupDescription description, group->Describe());
    const absl::Time now = env.clock->Now();
    std::string* out = env.output->buffer();
    if (format_ == "json") {
      AppendGroupJson(name_.stream, description, log->tells_settings(), now, out);
      out->push_back('\n');
    } else {
      AppendGroupText(name_.stream, description, log->tells_settings(), now, out);
    }
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  GroupName name_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeGroupsDescribeCommand() {
  return std::make_unique<GroupsDescribeCommand>();
}

}  // namespace evlog::cli
