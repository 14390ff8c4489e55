// evlog groups create: makes a consumer group of a stream.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/group_name.h"
#include "cli/group_settings.h"
#include "cli/position.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "POS, the first entry that it delivers: begin; end, only what comes now; an id; o:1200, an\n"
    "offset; @2026-11-20T10:00:00Z; @-15m, so long ago.\n"
    "Example: evlog groups create orders billing --from begin --ack-wait 1m --max-deliveries 5 "
    "--dead-letters orders-dead";

class GroupsCreateCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    name_.AddTo(app);
    app->add_option("--from", from_, "Where it begins to deliver")->type_name("POS")->required();
    app->add_flag("--create-stream", create_stream_, "Make the stream when it is missing");
    settings_.AddTo(app, /*change=*/false);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    const absl::StatusOr<Bound> from = ParseGroupPosition(from_, env.clock->Now());
    if (!from.ok()) return Annotate(from.status(), "--from");
    NewGroup group;
    RETURN_IF_ERROR(settings_.Apply(name_.stream, &group.options));
    group.options_given = settings_.given();
    group.durability_given = settings_.durability.has_value();
    group.create_stream = create_stream_;
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log,
                     OpenTarget(env, create_stream_ ? Access::kCreate : Access::kChange));
    const absl::Status created = log->CreateGroup(name_.stream, name_.group, group, *from);
    if (absl::IsAlreadyExists(created)) {
      return Error(created.code(), "CONFLICT: {} exists already", name_.Described());
    }
    if (absl::IsNotFound(created)) {
      return Error(created.code(), "{}; --create-stream makes it", MessageOf(created));
    }
    RETURN_IF_ERROR(created);
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return ExitCode::kOk;
  }

 private:
  GroupName name_;
  std::string from_;
  bool create_stream_ = false;
  GroupSettings settings_;
};

}  // namespace

std::unique_ptr<Command> MakeGroupsCreateCommand() {
  return std::make_unique<GroupsCreateCommand>();
}

}  // namespace evlog::cli
