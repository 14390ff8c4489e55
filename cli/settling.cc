#include "cli/settling.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>

#include "cli/encode.h"
#include "cli/entry_ids.h"
#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {

void Settling::AddTo(CLI::App* app) {
  name.AddTo(app);
  app->add_option("ID", ids, "The ids of the entries (ms-seq)")->required();
  app->add_option("--format", format, "text, or json: one object")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
}

absl::Status Settling::Run(
    Environment& env, const char* done,
    absl::FunctionRef<absl::StatusOr<uint64_t>(TargetGroup&, std::span<const EntryId>)> settle)
    const {
  ASSIGN_OR_RETURN(const std::vector<EntryId> entries, ParseEntryIds(ids));
  ASSIGN_OR_RETURN(const std::unique_ptr<LogTarget> log, OpenTarget(env, Access::kChange));
  ASSIGN_OR_RETURN(const std::unique_ptr<TargetGroup> group, name.Open(*log));
  ASSIGN_OR_RETURN(const uint64_t count, settle(*group, entries));
  RETURN_IF_ERROR(log->Finish(/*removed=*/false));
  std::string* out = env.output->buffer();
  if (format == "json") {
    out->push_back('{');
    name.AppendMembers(out);
    fmt::format_to(std::back_inserter(*out), ",\"entries\":{}}}\n", count);
  } else {
    fmt::format_to(std::back_inserter(*out), "{} {} {}\n", done, Grouped(count),
                   count == 1 ? "entry" : "entries");
  }
  return env.output->Flush();
}

}  // namespace evlog::cli
