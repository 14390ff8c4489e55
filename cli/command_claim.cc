// evlog claim: lets a consumer take over what others of its group have.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/encode.h"
#include "cli/entry_ids.h"
#include "cli/group_name.h"
#include "cli/group_printing.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "Prints the entries that it took over; each counts as delivered once more, but with "
    "--just-id. What\n"
    "was given back fits once it is due, whatever --min-idle says; what does not fit is left out.\n"
    "Examples:\n"
    "  evlog claim orders billing w2 1763640000000-3\n"
    "  evlog claim orders billing w2 --min-idle 10m -n 100 --format json";

constexpr uint64_t kDefaultCount = 100;

class ClaimCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    name_.AddTo(app);
    app->add_option("CONSUMER", consumer_, "Who takes them over")->required();
    app->add_option("ID", ids_, "The ids of the entries (ms-seq); without, those of --min-idle");
    app->add_option("--min-idle", min_idle_, "Only what a consumer has had for so long: 30s, 1h")
        ->type_name("DURATION");
    app->add_option("-n", count_,
                    "Without ids: at most so many entries, the oldest ids first (100)")
        ->type_name("N");
    app->add_flag("--force", force_, "Also ids that are not pending, of entries that are there");
    app->add_flag("--just-id", just_id_, "Print only ids, and count no delivery");
    app->add_option("--format", format_.format,
                    "text, json, raw, or a template: '{time} {key} {field:NAME}'")
        ->type_name("FORMAT");
    app->add_flag("-0", zero_, "End each entry with a zero byte instead of a newline");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(const std::vector<EntryId> ids, ParseEntryIds(ids_));
    if (ids.empty() && !min_idle_.has_value()) {
      return InvalidArgument("nothing says what to claim; give ids, or --min-idle");
    }
    if (!ids.empty() && count_.has_value()) {
      return InvalidArgument("-n: the ids say which entries");
    }
    if (force_ && ids.empty()) return InvalidArgument("--force: which entries is said by ids");
    if (count_ == 0) return InvalidArgument("-n 0: at least 1");
    ClaimOptions options;
    if (min_idle_.has_value()) {
      const absl::StatusOr<absl::Duration> idle = ParseDuration(*min_idle_);
      if (!idle.ok()) return Annotate(idle.status(), "--min-idle");
      options.min_idle = *idle;
    }
    options.force = force_;
    options.counts = !just_id_;
    if (just_id_) format_.format = "{id}";
    if (zero_) format_.terminator = '\0';
    ASSIGN_OR_RETURN(
        DeliveryPrinter printer,
        DeliveryPrinter::Make(format_, name_.stream, !IsRedisAddress(env.at), env.output));
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kChange));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name_.Open(*log));
    if (!ids.empty()) {
      ASSIGN_OR_RETURN(const TakenOver claimed, group->Claim(consumer_, ids, options));
      RETURN_IF_ERROR(Print(env, claimed, &printer));
    } else {
      RETURN_IF_ERROR(ClaimIdle(env, *group, options, &printer));
    }
    RETURN_IF_ERROR(log->Finish(/*removed=*/false));
    return env.interrupt->signalled() ? ExitCode::kInterrupted : ExitCode::kOk;
  }

 private:
  absl::Status ClaimIdle(Environment& env, TargetGroup& group, const ClaimOptions& options,
                         DeliveryPrinter* printer) const {
    // What is claimed here is not idle any more, unless any time is enough: so never go back.
    EntryId from = EntryId::Min();
    for (uint64_t left = count_.value_or(kDefaultCount); left != 0;) {
      ASSIGN_OR_RETURN(const TakenOver claimed,
                       group.AutoClaim(consumer_, from, std::min(left, kDefaultCount), options));
      RETURN_IF_ERROR(Print(env, claimed, printer));
      left -= std::min(left, claimed.taken.entries);
      if (claimed.next == EntryId::Min() || env.interrupt->signalled() || env.output->closed()) {
        break;
      }
      from = claimed.next;
    }
    return absl::OkStatus();
  }

  static absl::Status Print(Environment& env, const TakenOver& claimed, DeliveryPrinter* printer) {
    RETURN_IF_ERROR(printer->Print(claimed.taken.runs).status());
    if (!claimed.gone.empty()) {
      env.status->Say(fmt::format("evlog: claim: trimmed or deleted, so not pending any more: {}",
                                  Grouped(claimed.gone.size())));
    }
    return absl::OkStatus();
  }

  GroupName name_;
  std::string consumer_;
  std::vector<std::string> ids_;
  std::optional<std::string> min_idle_;
  std::optional<uint64_t> count_;
  FormatOptions format_;
  bool zero_ = false;
  bool force_ = false;
  bool just_id_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeClaimCommand() { return std::make_unique<ClaimCommand>(); }

}  // namespace evlog::cli
