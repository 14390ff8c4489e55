// evlog route add: what is published to channels becomes entries of a stream.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "FIELDS: message, the fields `channel` and `payload`; payload, that alone; json, the members "
    "of\n"
    "the JSON object that the message must be. KEY: channel, so that its messages stay in order;\n"
    "none; or field:NAME. A route with the same pattern and stream is replaced.\n"
    "Example: evlog route add 'events.*' events --fields json --key field:id";

class RouteAddCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("PATTERN", route_.pattern, "Which channels: * ? [a-z], \\ to escape")
        ->required();
    app->add_option("STREAM", route_.stream, "The stream; made when it is missing")->required();
    app->add_option("--fields", fields_, "What an entry holds")
        ->type_name("FIELDS")
        ->capture_default_str();
    app->add_option("--key", key_, "The key of an entry")->type_name("KEY")->capture_default_str();
    app->add_flag("--no-live", no_live_, "Subscribers of the channel do not get the message");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (!server::ParseFields(fields_, &route_.fields)) {
      return InvalidArgument("--fields {}: message, payload or json", Quoted(fields_));
    }
    if (!server::ParseKey(key_, ':', &route_)) {
      return InvalidArgument("--key {}: channel, none or field:NAME", Quoted(key_));
    }
    route_.live = !no_live_;
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kCreate));
    RETURN_IF_ERROR(log->AddRoute(route_));
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return ExitCode::kOk;
  }

 private:
  Route route_;
  std::string fields_ = "message";
  std::string key_ = "channel";
  bool no_live_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRouteAddCommand() { return std::make_unique<RouteAddCommand>(); }

}  // namespace evlog::cli
