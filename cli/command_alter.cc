// evlog alter: changes the settings of a stream.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/stream_settings.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

class AlterCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->add_option("STREAM", stream_, "The stream to alter")->required();
    settings_.AddTo(app, /*change=*/true);
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    if (!settings_.given()) return InvalidArgument("nothing to alter; see evlog alter --help");
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForChanging(env));
    ASSIGN_OR_RETURN(const Stream stream, log->OpenStream(stream_, {}, IfMissing::kError));
    // A bound that is the stream's first is exact, as everywhere on the command line.
    Retention kept = stream.options().retention;
    if (kept.empty()) kept.exact = true;
    ASSIGN_OR_RETURN(const StreamChanges changes, settings_.Changes(kept, env.clock->Now()));
    RETURN_IF_ERROR(log->AlterStream(stream_, changes));
    RETURN_IF_ERROR(MaintainAndClose(*log));
    return ExitCode::kOk;
  }

 private:
  std::string stream_;
  StreamSettings settings_;
};

}  // namespace

std::unique_ptr<Command> MakeAlterCommand() { return std::make_unique<AlterCommand>(); }

}  // namespace evlog::cli
