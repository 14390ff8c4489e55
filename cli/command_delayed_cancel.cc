// evlog delayed cancel: takes delayed appends back.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/encode.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "What was appended already, or cancelled, is not found (exit code 3); the others are taken\n"
    "back all the same.\n"
    "Example: evlog delayed cancel 1763640900000-17";

void AppendTickets(const char* name, const std::vector<Ticket>& tickets, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "\"{}\":[", name);
  for (size_t i = 0; i < tickets.size(); ++i) {
    fmt::format_to(std::back_inserter(*out), "{}\"{}\"", i == 0 ? "" : ",", tickets[i].ToString());
  }
  out->push_back(']');
}

class DelayedCancelCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("TICKET", texts_, "What `append --delay` and `delayed list` print")->required();
    app->add_option("--format", format_, "text, or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    std::vector<Ticket> tickets;  // all are read before anything is done with one
    for (const std::string& text : texts_) {
      ASSIGN_OR_RETURN(const Ticket ticket, Ticket::Parse(text));
      if (std::find(tickets.begin(), tickets.end(), ticket) == tickets.end()) {
        tickets.push_back(ticket);
      }
    }
    ASSIGN_OR_RETURN(const OpenedLog log, OpenForChanging(env));
    std::vector<Ticket> cancelled, missing;
    for (const Ticket& ticket : tickets) {
      const absl::Status status = log->CancelScheduled(ticket);
      if (absl::IsNotFound(status)) {
        missing.push_back(ticket);
        env.status->Say("evlog: delayed cancel: " + MessageOf(status));
        continue;
      }
      RETURN_IF_ERROR(status);
      cancelled.push_back(ticket);
    }
    RETURN_IF_ERROR(log->Close());
    std::string* out = env.output->buffer();
    if (format_ == "json") {
      out->push_back('{');
      AppendTickets("cancelled", cancelled, out);
      out->push_back(',');
      AppendTickets("missing", missing, out);
      out->append("}\n");
    } else {
      fmt::format_to(std::back_inserter(*out), "cancelled {} delayed {}\n",
                     Grouped(cancelled.size()), cancelled.size() == 1 ? "append" : "appends");
    }
    RETURN_IF_ERROR(env.output->Flush());
    return missing.empty() ? ExitCode::kOk : ExitCode::kNotFound;
  }

 private:
  std::vector<std::string> texts_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeDelayedCancelCommand() {
  return std::make_unique<DelayedCancelCommand>();
}

}  // namespace evlog::cli
