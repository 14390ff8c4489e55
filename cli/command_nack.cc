// evlog nack: gives pending entries back to their consumer group.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/settling.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "KIND: fail, it counts as a delivery that failed; silent, it was not tried, and does not\n"
    "count; fatal, it will never work: to the dead letters, or else only claims deliver it.\n"
    "Without --delay they come again as the group's back-off says, or else at once.\n"
    "Example: evlog nack orders billing 1763640000000-3 --delay 10m";

class NackCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    settling_.AddTo(app);
    app->add_option("--kind", kind_, "fail, silent or fatal")
        ->check(CLI::IsMember({"fail", "silent", "fatal"}))
        ->type_name("KIND")
        ->capture_default_str();
    app->add_option("--delay", delay_, "Not to be delivered again before that: 30s, 1h")
        ->type_name("DURATION");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    NackOptions options;
    if (kind_ == "silent") options.kind = NackOptions::Kind::kSilent;
    if (kind_ == "fatal") options.kind = NackOptions::Kind::kFatal;
    if (delay_.has_value()) {
      if (kind_ == "fatal") {
        return InvalidArgument("--delay: what will never work (--kind fatal) does not come again");
      }
      const absl::StatusOr<absl::Duration> delay = ParseDuration(*delay_);
      if (!delay.ok()) return Annotate(delay.status(), "--delay");
      options.delay = *delay;
    }
    RETURN_IF_ERROR(settling_.Run(env, "gave back",
                                  [&options](TargetGroup& group, std::span<const EntryId> ids) {
                                    return group.Nack(ids, options);
                                  }));
    return ExitCode::kOk;
  }

 private:
  Settling settling_;
  std::string kind_ = "fail";
  std::optional<std::string> delay_;
};

}  // namespace

std::unique_ptr<Command> MakeNackCommand() { return std::make_unique<NackCommand>(); }

}  // namespace evlog::cli
