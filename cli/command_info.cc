// evlog info: one stream, partition by partition.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/stream_report.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

class InfoCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->add_option("STREAM", stream_, "The stream to describe")->required();
    app->add_option("--format", format_, "text, or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForReading(env));
    ASSIGN_OR_RETURN(const StreamInfo info, log->DescribeStream(stream_));
    if (format_ == "json") {
      AppendStreamJson(info, /*with_partitions=*/true, env.output->buffer());
      env.output->buffer()->push_back('\n');
    } else {
      AppendStreamText(info, env.output->buffer());
    }
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  std::string stream_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeInfoCommand() { return std::make_unique<InfoCommand>(); }

}  // namespace evlog::cli
