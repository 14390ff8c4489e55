#include "cli/removal.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string_view>

#include "cli/encode.h"
#include "cli/input.h"
#include "cli/line_reader.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr size_t kAnswerBytesMax = 4096;

}  // namespace

void RemovalOptions::AddTo(CLI::App* app) {
  app->add_flag("--dry-run", dry_run, "Only say what would go; leaves everything as it is");
  app->add_flag("--yes", yes, "Do not ask; wanted where there is no terminal");
  app->add_option("--format", format, "text, or json: one object")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
}

absl::Status RemovalOptions::Check(const Environment& env) const {
  if (dry_run || yes || env.interactive) return absl::OkStatus();
  return InvalidArgument("there is no terminal to ask on; give --yes, or --dry-run to see first");
}

absl::Status RemovalOptions::Confirm(Environment& env, const std::string& question) const {
  if (yes) return absl::OkStatus();
  env.status->Ask(question + " [y/N] ");
  FdSource bytes(env.input_fd, env.interrupt->wake_fd(), nullptr);
  // A byte at a time: what follows the answer may be meant for the next program.
  Input input(&bytes, kAnswerBytesMax, 1);
  LineReader reader(&input);
  std::string_view answer;
  ASSIGN_OR_RETURN(const bool answered, reader.Next(&answer));
  if (answered && (answer == "y" || answer == "Y" || answer == "yes")) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "not confirmed; nothing was removed");
}

std::string RemovalText(const Removal& removal) {
  std::string text = Grouped(removal.entries) + (removal.entries == 1 ? " entry" : " entries");
  if (!removal.bytes.has_value()) return text;
  // Bytes are those of whole chunks, and `0 B` would look like a mistake.
  if (removal.entries != 0 && *removal.bytes == 0) return text + ", part of a chunk";
  return text + ", " + HumanBytes(*removal.bytes);
}

absl::Status ReportRemoval(Environment& env, const RemovalOptions& options, const char* verb,
                           const char* done, const Removal& removal) {
  std::string* out = env.output->buffer();
  if (options.format == "json") {
    out->append("{\"stream\":");
    AppendJsonBytes(removal.stream, out);
    fmt::format_to(std::back_inserter(*out), ",\"entries\":{},\"bytes\":{},\"dry_run\":{}}}\n",
                   removal.entries,
                   removal.bytes.has_value() ? fmt::format("{}", *removal.bytes) : "null",
                   options.dry_run);
  } else if (options.dry_run) {
    fmt::format_to(std::back_inserter(*out), "would {} {}\n", verb, RemovalText(removal));
  } else {
    fmt::format_to(std::back_inserter(*out), "{} {}\n", done, RemovalText(removal));
  }
  return env.output->Flush();
}

}  // namespace evlog::cli
