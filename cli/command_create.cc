// evlog create: makes a stream.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/stream_settings.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Example: evlog create orders --partitions 8 --max-age 30d --at /var/lib/orders";

class CreateCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("STREAM", stream_, "The stream to create")->required();
    partitions_given_ =
        app->add_option("--partitions", partitions_, "1 to 1024; fixed from then on");
    partitions_given_->check(CLI::Range(1u, static_cast<unsigned>(kPartitionsMax)))
        ->type_name("N")
        ->capture_default_str();
    settings_.AddTo(app, /*change=*/false);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    Retention keep;
    keep.exact = true;
    NewStream stream;
    ASSIGN_OR_RETURN(stream.settings, settings_.Changes(keep, env.clock->Now()));
    if (partitions_given_->count() != 0) stream.partitions = partitions_;
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kCreate));
    const absl::Status created = log->CreateStream(stream_, stream);
    if (absl::IsAlreadyExists(created)) {
      return Error(created.code(), "CONFLICT: stream {} exists already", Quoted(stream_));
    }
    RETURN_IF_ERROR(created);
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return ExitCode::kOk;
  }

 private:
  std::string stream_;
  uint32_t partitions_ = 1;
  CLI::Option* partitions_given_ = nullptr;
  StreamSettings settings_;
};

}  // namespace

std::unique_ptr<Command> MakeCreateCommand() { return std::make_unique<CreateCommand>(); }

}  // namespace evlog::cli
