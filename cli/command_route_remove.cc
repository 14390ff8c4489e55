// evlog route remove: takes a route from channels to a stream away.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

class RouteRemoveCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer("Example: evlog route remove 'events.*' events");
    app->add_option("PATTERN", pattern_, "The pattern of channels, as it was added")->required();
    app->add_option("STREAM", stream_, "The stream of the route")->required();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kChange));
    RETURN_IF_ERROR(log->RemoveRoute(pattern_, stream_));
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return ExitCode::kOk;
  }

 private:
  std::string pattern_;
  std::string stream_;
};

}  // namespace

std::unique_ptr<Command> MakeRouteRemoveCommand() { return std::make_unique<RouteRemoveCommand>(); }

}  // namespace evlog::cli
