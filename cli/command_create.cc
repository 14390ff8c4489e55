// evlog create: makes a stream.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/durability.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

class CreateCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->add_option("STREAM", stream_, "The stream to create")->required();
    app->add_option("--partitions", options_.partitions, "1 to 1024; fixed from then on")
        ->check(CLI::Range(1u, static_cast<unsigned>(kPartitionsMax)))
        ->type_name("N")
        ->capture_default_str();
    app->add_option("--durability", durability_,
                    "Appends are acknowledged when on the disk (sync), safe from kill -9 (os), or "
                    "in memory (async)")
        ->type_name("LEVEL")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(options_.durability, ParseDurability(durability_));
    ASSIGN_OR_RETURN(auto log, OpenForAppending(env.at, env.clock));
    const absl::Status created = log->CreateStream(stream_, options_).status();
    if (absl::IsAlreadyExists(created)) {
      return Error(created.code(), "CONFLICT: stream {} exists already", Quoted(stream_));
    }
    RETURN_IF_ERROR(created);
    RETURN_IF_ERROR(log->Close());
    return ExitCode::kOk;
  }

 private:
  std::string stream_;
  StreamOptions options_;
  std::string durability_ = DurabilityName(StreamOptions{}.durability);
};

}  // namespace

std::unique_ptr<Command> MakeCreateCommand() { return std::make_unique<CreateCommand>(); }

}  // namespace evlog::cli
