// evlog groups add-consumer, evlog groups remove-consumer: the members of a consumer group.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <string>

#include "cli/command.h"
#include "cli/encode.h"
#include "cli/group_name.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kRemoveFooter[] =
    "What it has goes to others at once, without waiting for the group's ack wait.\n"
    "Example: evlog groups remove-consumer orders billing w2";

class GroupsAddConsumerCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer("Not needed: who reads is a consumer. That it is there already is no error.");
    name_.AddTo(app);
    app->add_option("CONSUMER", consumer_, "The name of the consumer")->required();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kChange));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name_.Open(*log));
    RETURN_IF_ERROR(group->AddConsumer(consumer_));
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return ExitCode::kOk;
  }

 private:
  GroupName name_;
  std::string consumer_;
};

class GroupsRemoveConsumerCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kRemoveFooter);
    name_.AddTo(app);
    app->add_option("CONSUMER", consumer_, "The name of the consumer")->required();
    app->add_flag("--forget", forget_, "What it has is not pending any more: nobody will get it");
    app->add_option("--format", format_, "text, or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kChange));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name_.Open(*log));
    ASSIGN_OR_RETURN(const bool missing, IsMissing(*group));
    if (missing) {
      return Error(absl::StatusCode::kNotFound, "{} has no consumer {}", name_.Described(),
                   Quoted(consumer_));
    }
    ASSIGN_OR_RETURN(const uint64_t count, group->RemoveConsumer(consumer_, forget_));
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    std::string* out = env.output->buffer();
    if (format_ == "json") {
      out->push_back('{');
      name_.AppendMembers(out);
      out->append(",\"consumer\":");
      AppendJsonBytes(consumer_, out);
      fmt::format_to(std::back_inserter(*out), ",\"entries\":{},\"forgotten\":{}}}\n", count,
                     forget_);
    } else {
      fmt::format_to(std::back_inserter(*out), "{} {} {}\n", forget_ ? "forgot" : "released",
                     Grouped(count), count == 1 ? "entry" : "entries");
    }
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  absl::StatusOr<bool> IsMissing(TargetGroup& group) const {
    ASSIGN_OR_RETURN(const GroupDescription is, group.Describe());
    for (const GroupConsumer& consumer : is.consumers) {
      if (consumer.name == consumer_) return false;
    }
    return true;
  }

  GroupName name_;
  std::string consumer_;
  bool forget_ = false;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeGroupsAddConsumerCommand() {
  return std::make_unique<GroupsAddConsumerCommand>();
}

std::unique_ptr<Command> MakeGroupsRemoveConsumerCommand() {
  return std::make_unique<GroupsRemoveConsumerCommand>();
}

}  // namespace evlog::cli
