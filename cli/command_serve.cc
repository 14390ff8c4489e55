// evlog serve: answers Redis' clients over the network until it is told to end.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/durability.h"
#include "cli/duration.h"
#include "cli/target.h"
#include "evlog/server.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Writes one line, `listening on HOST:PORT`, once clients are served. SIGTERM and SIGINT end "
    "it\n"
    "in order: it accepts no more, answers what it has accepted, and closes the log.\n"
    "Examples:\n"
    "  evlog serve --dir /var/lib/evlog\n"
    "  evlog serve --dir /var/lib/evlog --listen 0.0.0.0:6379 --requirepass secret\n"
    "  redis-cli -p 6479 XADD orders '*' total 12.50";

// "HOST:PORT", ":PORT" or "[::1]:PORT".
absl::Status ParseListen(const std::string& text, ServerOptions* options) {
  const size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::string host = text.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoi(port) > 65535) {
    return InvalidArgument("--listen {}: HOST:PORT", Quoted(text));
  }
  if (!host.empty()) options->host = host;
  options->port = static_cast<uint16_t>(std::stoi(port));
  return absl::OkStatus();
}

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
    app->add_option("--dir", directory_, "The directory of the log; made when it is missing")
        ->type_name("DIR");
    app->add_option("--listen", listen_, "Where clients connect; port 0: any that is free")
        ->type_name("HOST:PORT")
        ->capture_default_str();
    app->add_option("--durability", durability_,
                    "Of streams that clients create: sync, os or async")
        ->type_name("LEVEL")
        ->capture_default_str();
    app->add_option("--requirepass", options_.password, "The password that clients must show")
        ->type_name("PASSWORD");
    app->add_flag("--unprotected", options_.allow_unprotected,
                  "Listen without a password where others can connect");
    app->add_option("--io-threads", options_.io_threads, "Threads for connections")
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--storage-threads", options_.storage_threads,
                    "Threads for what reads the disk")
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--maxclients", options_.clients_max, "Clients at a time")
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--timeout", timeout_, "Cut clients off that sent nothing for so long")
        ->type_name("DURATION");
    app->add_option("--drain-timeout", drain_timeout_,
                    "How long to wait at the end for clients that do not take their replies")
        ->type_name("DURATION")
        ->capture_default_str();
    app->add_option("--compat-version", options_.redis_version,
                    "The version of Redis that clients are told")
        ->type_name("VERSION")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    EndOfService end;
    ASSIGN_OR_RETURN(ServerOptions options, Options());
    options.clock = env.clock;
    options.on_shutdown = [&end] { end.Tell(); };
    if (env.database.value_or(0) != 0) {
      return InvalidArgument("--db: clients choose their database by SELECT");
    }
    const Target target{directory_.empty() ? env.at : directory_, 0, env.clock};
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForAppending(target));
    ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, Server::Start(log.get(), options));
    const bool six = options.host.find(':') != std::string::npos;
    *env.output->buffer() += fmt::format("listening on {}{}{}:{}\n", six ? "[" : "", options.host,
                                         six ? "]" : "", server->port());
    RETURN_IF_ERROR(env.output->Flush());
    end.Await(env.clock, env.interrupt->token());
    server->Stop();
    RETURN_IF_ERROR(log->Close());
    return ExitCode::kOk;
  }

 private:
  absl::StatusOr<ServerOptions> Options() const {
    ServerOptions options = options_;
    RETURN_IF_ERROR(ParseListen(listen_, &options));
    ASSIGN_OR_RETURN(options.stream.durability, ParseDurability(durability_));
    if (timeout_) {
      ASSIGN_OR_RETURN(options.idle_timeout, ParseDuration(*timeout_));
    }
    ASSIGN_OR_RETURN(options.drain_timeout, ParseDuration(drain_timeout_));
    return options;
  }

  std::string directory_;
  std::string listen_ = "127.0.0.1:6479";
  std::string durability_ = "sync";
  std::optional<std::string> timeout_;
  std::string drain_timeout_ = "10s";
  ServerOptions options_;
};

}  // namespace

std::unique_ptr<Command> MakeServeCommand() { return std::make_unique<ServeCommand>(); }

}  // namespace evlog::cli
