// evlog route list: the routes from channels to streams.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/encode.h"
#include "cli/table.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {
namespace {

class RouteListCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer("Those to streams of the database that --db names.");
    app->add_option("--format", format_, "table, or json: one object a line")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kRead));
    ASSIGN_OR_RETURN(const std::vector<Route> routes, log->ListRoutes());
    Table table({{"PATTERN"}, {"STREAM"}, {"FIELDS"}, {"KEY"}, {"LIVE"}});
    for (const Route& route : routes) {
      if (format_ == "json") {
        AppendJson(route, env.output->buffer());
      } else {
        table.AddRow({Word(route.pattern), Word(route.stream),
                      std::string(server::ShowFields(route.fields)),
                      Word(server::ShowKey(route, ':')), route.live ? "yes" : "no"});
      }
    }
    if (format_ == "table") table.Append(env.output->buffer());
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  static void AppendJson(const Route& route, std::string* out) {
    out->append("{\"pattern\":");
    AppendJsonBytes(route.pattern, out);
    out->append(",\"stream\":");
    AppendJsonBytes(route.stream, out);
    fmt::format_to(std::back_inserter(*out), ",\"fields\":\"{}\",\"key\":\"{}\",\"key_field\":",
                   server::ShowFields(route.fields),
                   route.key == Route::Key::kField ? "field" : server::ShowKey(route, ':'));
    if (route.key == Route::Key::kField) {
      AppendJsonBytes(route.key_field, out);
    } else {
      out->append("null");
    }
    fmt::format_to(std::back_inserter(*out), ",\"live\":{}}}\n", route.live);
  }

  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> MakeRouteListCommand() { return std::make_unique<RouteListCommand>(); }

}  // namespace evlog::cli
