#include "cli/dead_letters.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>

#include "cli/encode.h"
#include "cli/entry_ids.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

bool Chosen(const DeadLetterChoice& choice, const std::vector<EntryId>& ids, EntryId id,
            const DeadLetterOrigin& origin) {
  if (origin.stream != choice.name.stream || origin.group != choice.name.group) return false;
  if (choice.reason.has_value() && *choice.reason != ReasonName(origin.reason)) return false;
  return ids.empty() || std::binary_search(ids.begin(), ids.end(), id);
}

}  // namespace

const char* ReasonName(DeadLetterReason reason) {
  switch (reason) {
    case DeadLetterReason::kDeliveries:
      return "deliveries";
    case DeadLetterReason::kFatal:
      return "fatal";
    case DeadLetterReason::kRequested:
      return "requested";
  }
  return "unknown";
}

void DeadLetterChoice::AddIdsTo(CLI::App* app) {
  app->add_option("ID", ids, "The ids of the dead letters, as dlq list shows them");
}

void DeadLetterChoice::AddReasonTo(CLI::App* app) {
  app->add_option("--reason", reason, "Only those of this reason: deliveries, fatal or requested")
      ->check(CLI::IsMember({"deliveries", "fatal", "requested"}))
      ->type_name("REASON");
}

void DeadLetterChoice::AddAllTo(CLI::App* app) {
  app->add_flag("--all", all, "All dead letters of the group");
}

absl::Status DeadLetterChoice::CheckOne() const {
  const int given = (ids.empty() ? 0 : 1) + (reason.has_value() ? 1 : 0) + (all ? 1 : 0);
  if (given == 0) {
    return InvalidArgument("nothing says which dead letters; give ids, --reason or --all");
  }
  if (given > 1) return InvalidArgument("ids, --reason and --all exclude each other");
  return ParseEntryIds(ids).status();
}

absl::StatusOr<std::string> DeadLetterChoice::StreamIn(const OpenedLog& log) const {
  ASSIGN_OR_RETURN(Group group, name.Open(log));
  ASSIGN_OR_RETURN(const GroupDescription description, group.Describe());
  if (!description.options.dead_letters.empty()) return description.options.dead_letters;
  return Error(
      absl::StatusCode::kNotFound,
      "{} has no dead letters; evlog groups alter --dead-letters gives it a stream for them",
      name.Described());
}

absl::Status VisitDeadLetters(
    EventLog& log, const std::string& letters, const DeadLetterChoice& choice,
    const std::stop_token& stop,
    absl::FunctionRef<absl::StatusOr<bool>(const EntryView& letter, const DeadLetterOrigin& origin)>
        see) {
  ASSIGN_OR_RETURN(const std::vector<EntryId> ids, ParseEntryIds(choice.ids));
  ReadRequest request;
  request.stream = letters;
  request.until = Bound::End();
  request.on_trimmed = OnTrimmed::kSkip;
  if (!ids.empty()) {
    request.from = Bound::Id(ids.front());
    request.until = Bound::Id(ids.back());
  }
  absl::StatusOr<Cursor> cursor = log.Read(request);
  if (absl::IsNotFound(cursor.status())) return absl::OkStatus();
  if (!cursor.ok()) return cursor.status();
  ChunkView chunk;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk, absl::InfinitePast(), stop));
    if (!more) return absl::OkStatus();
    for (const EntryView& letter : chunk) {
      const std::optional<DeadLetterOrigin> origin = ReadDeadLetter(letter);
      if (!origin.has_value() || !Chosen(choice, ids, letter.id, *origin)) continue;
      ASSIGN_OR_RETURN(const bool on, see(letter, *origin));
      if (!on) return absl::OkStatus();
    }
  }
}

absl::Status ReportDeadLetters(Environment& env, const GroupName& name, const std::string& format,
                               const char* done, uint64_t letters, std::optional<bool> dry_run) {
  std::string* out = env.output->buffer();
  if (format != "json") {
    out->append(done).append(" ").append(CountText(letters, "dead letter", "dead letters"));
    out->push_back('\n');
    return env.output->Flush();
  }
  out->push_back('{');
  name.AppendMembers(out);
  fmt::format_to(std::back_inserter(*out), ",\"letters\":{}", letters);
  if (dry_run.has_value()) fmt::format_to(std::back_inserter(*out), ",\"dry_run\":{}", *dry_run);
  out->append("}\n");
  return env.output->Flush();
}

void TellMissing(Environment& env, const char* verb, const DeadLetterChoice& choice,
                 uint64_t found) {
  const absl::StatusOr<std::vector<EntryId>> ids = ParseEntryIds(choice.ids);
  if (!ids.ok() || ids->size() <= found) return;
  env.status->Say(fmt::format("evlog: {}: not among the dead letters of {}: {} of {} ids", verb,
                              choice.name.Described(), Grouped(ids->size() - found),
                              Grouped(ids->size())));
}

}  // namespace evlog::cli
