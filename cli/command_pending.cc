// evlog pending: what consumers of a group have, or gave back, and nobody has acknowledged.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/encode.h"
#include "cli/group_name.h"
#include "cli/group_report.h"
#include "cli/table.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "IDLE: since the consumer got it. What was given back has no consumer and may come again at\n"
    "DUE. DELIVERIES `fatal`: refused for good, so that only claims deliver it.\n"
    "Examples:\n"
    "  evlog pending orders billing --min-idle 10m\n"
    "  evlog pending orders billing --consumer w1 --format json | jq -r .id |\n"
    "    xargs evlog nack orders billing";

// Entries are listed page by page, however many there are.
constexpr uint64_t kPageEntries = 65'536;

class PendingCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    name_.AddTo(app);
    app->add_option("--consumer", consumer_, "Only what this consumer has")->type_name("CONSUMER");
    app->add_flag("--released", released_, "Only what was given back, and nobody has");
    app->add_option("--min-idle", min_idle_,
                    "Only what was delivered, or fell due again, so long ago: 30s, 1h")
        ->type_name("DURATION");
    app->add_option("--from", from_, "Only from this id on")->type_name("ID");
    app->add_option("--until", until_, "Only until this id, which is included")->type_name("ID");
    app->add_option("-n", count_, "At most so many entries")->type_name("N");
    app->add_option("--format", format_, "table, or json: one object a line")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(PendingFilter filter, Filter());
    ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kRead));
    ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name_.Open(*log));
    Table table({{"ID"}, {"CONSUMER"}, {"IDLE", true}, {"DELIVERIES", true}, {"DUE"}});
    for (uint64_t left = count_;;) {
      filter.count = std::min(left, kPageEntries);
      ASSIGN_OR_RETURN(const std::vector<PendingEntry> page, group->ListPending(filter));
      const absl::Time now = env.clock->Now();
      for (const PendingEntry& entry : page) {
        if (format_ == "table") {
          AddRow(entry, now, &table);
        } else {
          AppendJson(entry, now, env.output->buffer());
        }
      }
      if (format_ == "table") table.Append(env.output->buffer());
      RETURN_IF_ERROR(env.output->Flush());
      if (env.interrupt->signalled()) return ExitCode::kInterrupted;
      left -= page.size();
      if (page.size() < filter.count || left == 0 || env.output->closed()) break;
      if (page.back().id == EntryId::Max()) break;
      filter.from = page.back().id.Successor();
    }
    return ExitCode::kOk;
  }

 private:
  absl::StatusOr<PendingFilter> Filter() const {
    PendingFilter filter;
    if (consumer_.has_value() && released_) {
      return InvalidArgument("--consumer and --released exclude each other");
    }
    filter.consumer = released_ ? std::string() : consumer_;
    if (min_idle_.has_value()) {
      const absl::StatusOr<absl::Duration> idle = ParseDuration(*min_idle_);
      if (!idle.ok()) return Annotate(idle.status(), "--min-idle");
      filter.min_idle = *idle;
    }
    if (from_.has_value()) {
      const absl::StatusOr<EntryId> from = EntryId::Parse(*from_);
      if (!from.ok()) return Annotate(from.status(), "--from");
      filter.from = *from;
    }
    if (until_.has_value()) {
      const absl::StatusOr<EntryId> until = EntryId::Parse(*until_, UINT64_MAX);
      if (!until.ok()) return Annotate(until.status(), "--until");
      filter.until = *until;
    }
    return filter;
  }

  static absl::Duration Idle(const PendingEntry& entry, absl::Time now) {
    return std::max(now - entry.time, absl::ZeroDuration());
  }

  // Whether it was given back to be delivered again, and not for good, and it is known when.
  static bool ComesAgain(const PendingEntry& entry) {
    return entry.consumer.empty() && !IsRefused(entry.deliveries) &&
           entry.time != absl::InfinitePast();
  }

  static void AddRow(const PendingEntry& entry, absl::Time now, Table* table) {
    const bool owned = !entry.consumer.empty();
    table->AddRow({entry.id.ToString(), owned ? Word(entry.consumer) : "-",
                   owned ? AgeText(Idle(entry, now)) : "-", DeliveriesText(entry.deliveries),
                   ComesAgain(entry) ? TimeText(entry.time) : "-"});
  }

  static void AppendJson(const PendingEntry& entry, absl::Time now, std::string* out) {
    const bool owned = !entry.consumer.empty();
    out->append("{\"id\":");
    AppendJsonId(entry.id, out);
    out->append(",\"consumer\":");
    if (owned) {
      AppendJsonBytes(entry.consumer, out);
    } else {
      out->append("null");
    }
    fmt::format_to(std::back_inserter(*out), ",\"idle_ms\":{},\"deliveries\":{},\"due_at\":{}}}\n",
                   owned ? std::to_string(absl::ToInt64Milliseconds(Idle(entry, now))) : "null",
                   DeliveriesJson(entry.deliveries),
                   ComesAgain(entry) ? "\"" + TimeText(entry.time) + "\"" : "null");
  }

  GroupName name_;
  std::optional<std::string> consumer_;
  bool released_ = false;
  std::optional<std::string> min_idle_;
  std::optional<std::string> from_;
  std::optional<std::string> until_;
  uint64_t count_ = UINT64_MAX;
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> MakePendingCommand() { return std::make_unique<PendingCommand>(); }

}  // namespace evlog::cli
