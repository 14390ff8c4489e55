// evlog streams: what streams there are.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/stream_report.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] = "Example: evlog streams 'order-*' -n 100 --after order-0099";

// Streams are listed page by page, however many there are: a small one first, so that something is
// there at once; then as many as have about so many partitions, which is what takes memory. Each
// page is of the log as it is then, and to look costs milliseconds.
constexpr uint64_t kFirstPageStreams = 256;
constexpr uint64_t kPagePartitions = 4096;

uint64_t NextPage(const std::vector<StreamInfo>& page) {
  uint64_t partitions = 0;
  for (const StreamInfo& stream : page) partitions += stream.partitions.size();
  return std::max<uint64_t>(1, kPagePartitions * page.size() / std::max<uint64_t>(1, partitions));
}

class StreamsCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("PATTERN", list_.pattern, "Only names like this: * ? [a-z], \\ to escape");
    app->add_option("-n", count_, "At most so many streams")->type_name("N");
    app->add_option("--after", list_.after,
                    "Only names above this one, in byte order: the next page")
        ->type_name("STREAM");
    app->add_option("--format", format_, "table, or json: one object a line")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kRead));
    StreamTable table;
    uint64_t page = kFirstPageStreams;
    for (uint64_t left = count_;;) {
      list_.limit = std::min(left, page);
      ASSIGN_OR_RETURN(const auto streams, log->ListStreams(list_));
      if (format_ == "table") {
        table.Append(streams, log->tells_settings(), env.output->buffer());
      } else {
        for (const StreamInfo& stream : streams) {
          AppendStreamJson(stream, log->tells_settings(), env.output->buffer());
          env.output->buffer()->push_back('\n');
        }
      }
      RETURN_IF_ERROR(env.output->Flush());
      if (env.interrupt->signalled()) return ExitCode::kInterrupted;
      left -= streams.size();
      if (streams.size() < list_.limit || left == 0 || env.output->closed()) break;
      list_.after = streams.back().name;
      page = NextPage(streams);
    }
    return ExitCode::kOk;
  }

 private:
  ListOptions list_;
  uint64_t count_ = UINT64_MAX;
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> MakeStreamsCommand() { return std::make_unique<StreamsCommand>(); }

}  // namespace evlog::cli
