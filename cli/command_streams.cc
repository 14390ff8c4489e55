// evlog streams: what streams there are.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/stream_report.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

class StreamsCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->add_option("PATTERN", list_.pattern, "Only names like this: * ? [a-z], \\ to escape");
    app->add_option("--format", format_, "table, or json: one object a line")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForReading(env));
    // The table needs its widest row first; JSON goes out page by page.
    const bool json = format_ == "json";
    if (json) list_.limit = 10'000;
    for (;;) {
      ASSIGN_OR_RETURN(const auto streams, log->ListStreams(list_));
      if (!json) {
        AppendStreamTable(streams, env.output->buffer());
        break;
      }
      for (const StreamInfo& stream : streams) {
        AppendStreamJson(stream, /*with_partitions=*/false, env.output->buffer());
        env.output->buffer()->push_back('\n');
        RETURN_IF_ERROR(env.output->FlushIfFull());
      }
      if (streams.size() < list_.limit || env.output->closed()) break;
      list_.after = streams.back().name;
    }
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  ListOptions list_;
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> MakeStreamsCommand() { return std::make_unique<StreamsCommand>(); }

}  // namespace evlog::cli
