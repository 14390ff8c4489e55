// evlog check lag: whether consumer groups are behind, for a monitoring system.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/lag_check.h"
#include "cli/size.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Prints one line, and ends with 0 ok, 1 warning, 2 critical or 3 unknown, as monitoring\n"
    "plugins do: also where the command line is wrong, or the log cannot be read, it is 3.\n"
    "Example: evlog check lag orders billing --warn 1000 --crit 10000 --age-crit 5m";

class CheckLagCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("STREAM", stream_, "The stream of the groups")->required();
    app->add_option("GROUP", group_, "The consumer group; without one, all of the stream");
    app->add_option("--warn", warn_, "A warning above so many entries")->type_name("N");
    app->add_option("--crit", crit_, "Critical above so many entries")->type_name("N");
    app->add_option("--age-warn", age_warn_, "A warning where the oldest of them is older: 1m")
        ->type_name("DURATION");
    app->add_option("--age-crit", age_crit_, "Critical where the oldest of them is older: 5m")
        ->type_name("DURATION");
  }

  // Whatever is wrong, a plugin says it on stdout.
  absl::StatusOr<ExitCode> Run(Environment& env) override {
    const absl::StatusOr<LagFinding> found = Check(env);
    env.output->buffer()->append(found.ok() ? found->line
                                            : UnknownLagLine(MessageOf(found.status())));
    env.output->buffer()->push_back('\n');
    RETURN_IF_ERROR(env.output->Flush());
    return found.ok() ? found->code : ExitCode::kUnknown;
  }

 private:
  absl::StatusOr<LagFinding> Check(Environment& env) const {
    ASSIGN_OR_RETURN(const LagThresholds thresholds, Thresholds());
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kRead));
    std::vector<std::string> names = {group_};
    if (group_.empty()) {
      ASSIGN_OR_RETURN(names, log->ListGroups(stream_));
      if (names.empty()) {
        return Error(absl::StatusCode::kNotFound, "stream {} has no groups", Quoted(stream_));
      }
    }
    std::vector<GroupDescription> groups;
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, log->OpenGroup(stream_, name));
      ASSIGN_OR_RETURN(GroupDescription description, group->Describe());
      groups.push_back(std::move(description));
    }
    return JudgeLag(stream_, groups, thresholds);
  }

  absl::StatusOr<LagThresholds> Thresholds() const {
    LagThresholds thresholds;
    RETURN_IF_ERROR(Read("--warn", warn_, ParseCount, &thresholds.warn));
    RETURN_IF_ERROR(Read("--crit", crit_, ParseCount, &thresholds.crit));
    RETURN_IF_ERROR(Read("--age-warn", age_warn_, ParseDuration, &thresholds.age_warn));
    RETURN_IF_ERROR(Read("--age-crit", age_crit_, ParseDuration, &thresholds.age_crit));
    if (!warn_ && !crit_ && !age_warn_ && !age_crit_) {
      return InvalidArgument("nothing to judge by; give --warn, --crit, --age-warn or --age-crit");
    }
    if (thresholds.warn && thresholds.crit && *thresholds.warn > *thresholds.crit) {
      return InvalidArgument("--warn {} is above --crit {}", *warn_, *crit_);
    }
    if (thresholds.age_warn && thresholds.age_crit && *thresholds.age_warn > *thresholds.age_crit) {
      return InvalidArgument("--age-warn {} is above --age-crit {}", *age_warn_, *age_crit_);
    }
    return thresholds;
  }

  template <typename T>
  static absl::Status Read(const char* flag, const std::optional<std::string>& text,
                           absl::StatusOr<T> (*parse)(std::string_view), std::optional<T>* into) {
    if (!text.has_value()) return absl::OkStatus();
    const absl::StatusOr<T> value = parse(*text);
    if (!value.ok()) return Annotate(value.status(), flag);
    *into = *value;
    return absl::OkStatus();
  }

  std::string stream_;
  std::string group_;
  std::optional<std::string> warn_;
  std::optional<std::string> crit_;
  std::optional<std::string> age_warn_;
  std::optional<std::string> age_crit_;
};

}  // namespace

std::unique_ptr<Command> MakeCheckLagCommand() { return std::make_unique<CheckLagCommand>(); }

}  // namespace evlog::cli
