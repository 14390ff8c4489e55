// evlog rename: gives a stream another name.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

class RenameCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->add_option("FROM", from_, "The stream to rename")->required();
    app->add_option("TO", to_, "Its new name")->required();
    app->add_flag("--replace", replace_, "Drop the stream that has the new name, if there is one");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForChanging(env));
    const absl::Status renamed = log->RenameStream(from_, to_, replace_);
    if (absl::IsAlreadyExists(renamed)) {
      return Error(renamed.code(), "CONFLICT: stream {} exists already; --replace drops it",
                   Quoted(to_));
    }
    RETURN_IF_ERROR(renamed);
    RETURN_IF_ERROR(log->Close());
    return ExitCode::kOk;
  }

 private:
  std::string from_;
  std::string to_;
  bool replace_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRenameCommand() { return std::make_unique<RenameCommand>(); }

}  // namespace evlog::cli
