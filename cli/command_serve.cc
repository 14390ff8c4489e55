// evlog serve: answers Redis' clients over the network until it is told to end.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/serve_file.h"
#include "cli/serve_log.h"
#include "cli/serve_settings.h"
#include "cli/supervisor.h"
#include "cli/target.h"
#include "evlog/server.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Writes the line `listening on HOST:PORT` once clients are served, and with --http another\n"
    "one, `http on HOST:PORT`. SIGTERM and SIGINT end it in order: it accepts no more, answers\n"
    "what it has accepted, and closes the log.\n"
    "Examples:\n"
    "  evlog serve --dir /var/lib/evlog\n"
    "  evlog serve --dir /var/lib/evlog --listen 0.0.0.0:6379 --requirepass secret\n"
    "  evlog serve --dir /var/lib/evlog --http 127.0.0.1:6480\n"
    "  evlog serve --config /etc/evlog/evlog.toml\n"
    "  redis-cli -p 6479 XADD orders '*' total 12.50";

// Until a signal comes, or a client says so.
class EndOfService {
 public:
  void Tell() {
    const std::lock_guard<std::mutex> lock(mu_);
    told_ = true;
    wake_.notify_all();
  }
  void Await(Clock* clock, const std::stop_token& stop) {
    std::unique_lock<std::mutex> lock(mu_);
    clock->Await(lock, wake_, absl::InfiniteFuture(), stop, [this] { return told_; });
  }

 private:
  std::mutex mu_;
  std::condition_variable_any wake_;
  bool told_ = false;
};

class ServeCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("--config", file_, "A TOML file with settings; flags win over it")
        ->type_name("FILE");
    app->add_flag("--print-config", print_, "Print all settings as such a file, and end");
    const ServeConfig defaults;
    given_.resize(ServeSettings().size());
    size_t i = 0;
    for (const Setting& setting : ServeSettings()) {
      std::optional<std::string>& given = given_[i++];
      const std::string name = "--" + std::string(setting.name);
      const std::string help(setting.help);
      CLI::Option* option = setting.kind == SettingKind::kFlag ? app->add_flag(name, given, help)
                                                               : app->add_option(name, given, help);
      option->group(GroupOf(setting));
      if (setting.kind == SettingKind::kFlag) continue;
      option->type_name(setting.name == "dir" ? "DIR" : TypeName(setting.kind));
      if (const auto value = ValueText(setting, defaults)) option->default_str(*value);
    }
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    EndOfService end;
    ASSIGN_OR_RETURN(ServeConfig config, Config(env));
    if (print_) {
      *env.output->buffer() += ConfigText(config);
      RETURN_IF_ERROR(env.output->Flush());
      return ExitCode::kOk;
    }
    MetricsRegistry metrics;  // only where they are asked for: counting is not for nothing
    if (config.server.http) config.log.metrics = config.server.metrics = &metrics;
    config.server.logger = config.log.logger = MakeServeLogger(config.log_level, config.log_format);
    config.server.clock = env.clock;
    config.server.on_shutdown = [&end] { end.Tell(); };
    if (env.database.value_or(0) != 0) {
      return InvalidArgument("--db: clients choose their database by SELECT");
    }
    const Target target{config.directory, 0, env.clock};
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForServing(target, config.log));
    ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, Server::Start(log.get(), config.server));
    *env.output->buffer() += "listening on " + Place(config.server.host, server->port());
    if (config.server.http) {
      *env.output->buffer() += "http on " + Place(config.server.http->host, server->http_port());
    }
    RETURN_IF_ERROR(env.output->Flush());
    TellSupervisor("READY=1");
    end.Await(env.clock, env.interrupt->token());
    TellSupervisor("STOPPING=1");
    server->Stop();
    RETURN_IF_ERROR(log->Close());
    return ExitCode::kOk;
  }

 private:
  static std::string Place(const std::string& host, uint16_t port) {
    const bool six = host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}\n", six ? "[" : "", host, six ? "]" : "", port);
  }

  static std::string GroupOf(const Setting& setting) {
    return "[" + std::string(setting.section) + "]";
  }

  static const char* TypeName(SettingKind kind) {
    switch (kind) {
      case SettingKind::kAddress:
        return "HOST:PORT";
      case SettingKind::kLevel:
      case SettingKind::kLogLevel:
        return "LEVEL";
      case SettingKind::kLogFormat:
        return "text|json";
      case SettingKind::kCount:
        return "N";
      case SettingKind::kSize:
        return "SIZE";
      case SettingKind::kDuration:
      case SettingKind::kSeconds:
        return "DURATION";
      case SettingKind::kFlag:
      case SettingKind::kText:
        break;
    }
    return "TEXT";
  }

  absl::StatusOr<ServeConfig> Config(const Environment& env) const {
    ServeConfig config;
    if (env.at_from_environment) config.directory = env.at;
    if (file_) RETURN_IF_ERROR(ApplyConfigFile(*file_, &config));
    if (!env.at_from_environment && !env.at.empty()) config.directory = env.at;
    size_t i = 0;
    for (const Setting& setting : ServeSettings()) {
      const std::optional<std::string>& given = given_[i++];
      const std::string what = "--" + std::string(setting.name);
      if (given) RETURN_IF_ERROR(Assign(setting, what, *given, &config));
    }
    RETURN_IF_ERROR(config.Finish());
    return config;
  }

  std::optional<std::string> file_;
  bool print_ = false;
  std::vector<std::optional<std::string>> given_;  // one for each of ServeSettings
};

}  // namespace

std::unique_ptr<Command> MakeServeCommand() { return std::make_unique<ServeCommand>(); }

}  // namespace evlog::cli
