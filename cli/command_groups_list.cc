// evlog groups list: the consumer groups of streams.
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/group_report.h"
#include "cli/stream_names.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] = "Example: evlog groups list 'order-*' --format json";

// Streams are looked through page by page, however many there are.
constexpr size_t kPageStreams = 256;

class GroupsListCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("STREAM", stream_, "Only groups of this stream, or of a pattern of names");
    app->add_option("--format", format_, "table, or json: one object a line")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    const StreamNames names = ParseStreamNames(stream_);
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kRead));
    if (!names.many) {
      RETURN_IF_ERROR(log->DescribeStream(names.text).status());
      RETURN_IF_ERROR(List(env, *log, names.text));
      return Print(env);
    }
    ListOptions page;
    page.pattern = names.text;
    page.limit = kPageStreams;
    for (;;) {
      ASSIGN_OR_RETURN(const std::vector<StreamInfo> streams, log->ListStreams(page));
      for (const StreamInfo& stream : streams) RETURN_IF_ERROR(List(env, *log, stream.name));
      if (env.interrupt->signalled()) return ExitCode::kInterrupted;
      if (streams.size() < page.limit || env.output->closed()) break;
      page.after = streams.back().name;
    }
    return Print(env);
  }

 private:
  // What is dropped while this looks is not there.
  absl::Status List(Environment& env, LogTarget& log, const std::string& stream) {
    const absl::StatusOr<std::vector<std::string>> groups = log.ListGroups(stream);
    if (absl::IsNotFound(groups.status())) return absl::OkStatus();
    if (!groups.ok()) return groups.status();
    for (const std::string& name : *groups) {
      absl::StatusOr<GroupDescription> group = Describe(log, stream, name);
      if (absl::IsNotFound(group.status())) continue;
      if (!group.ok()) return group.status();
      if (format_ == "table") {
        table_.Add(stream, *group, log.tells_settings());
        continue;
      }
      AppendGroupJson(stream, *group, log.tells_settings(), env.clock->Now(), env.output->buffer());
      env.output->buffer()->push_back('\n');
      RETURN_IF_ERROR(env.output->FlushIfFull());
    }
    return absl::OkStatus();
  }

  static absl::StatusOr<GroupDescription> Describe(LogTarget& log, const std::string& stream,
                                                   const std::string& name) {
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, log.OpenGroup(stream, name));
    return group->Describe();
  }

  absl::StatusOr<ExitCode> Print(Environment& env) {
    if (format_ == "table") table_.Append(env.output->buffer());
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

  std::string stream_ = "*";
  std::string format_ = "table";
  GroupTable table_;
};

}  // namespace

std::unique_ptr<Command> MakeGroupsListCommand() { return std::make_unique<GroupsListCommand>(); }

}  // namespace evlog::cli
