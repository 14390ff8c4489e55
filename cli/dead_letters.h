// The dead letters of a consumer group: which of them, in the order in which they came.
#ifndef EVLOG_CLI_DEAD_LETTERS_H_
#define EVLOG_CLI_DEAD_LETTERS_H_

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/group_name.h"
#include "evlog/event_log.h"
#include "groups/dead_letter.h"

namespace evlog::cli {

// The words of `--reason`.
const char* ReasonName(DeadLetterReason reason);

// What a command line chooses. A stream may take the dead letters of several groups, and other
// entries too; only letters that name this stream and this group are meant.
struct DeadLetterChoice {
  GroupName name;
  std::vector<std::string> ids;  // of the letters, not of the entries that they were
  std::optional<std::string> reason;
  bool all = false;

  void AddNameTo(CLI::App* app) { name.AddTo(app); }
  void AddIdsTo(CLI::App* app);
  void AddReasonTo(CLI::App* app);
  void AddAllTo(CLI::App* app);

  // INVALID_ARGUMENT unless exactly one of ids, --reason and --all is given; ids that are none.
  absl::Status CheckOne() const;

  // The stream that the group puts them into. Errors: NOT_FOUND: there is no such group, or it has
  // no dead letters.
  absl::StatusOr<std::string> StreamIn(const OpenedLog& log) const;
};

// Shows those of the stream `letters` that are chosen, until `see` answers false or an error; what
// is put there meanwhile is not among them. A stream that does not exist yet has none.
// Errors: EventLog::Read, Cursor::Next; CANCELLED.
absl::Status VisitDeadLetters(
    EventLog& log, const std::string& letters, const DeadLetterChoice& choice,
    const std::stop_token& stop,
    absl::FunctionRef<absl::StatusOr<bool>(const EntryView& letter, const DeadLetterOrigin& origin)>
        see);

// Prints `DONE 3 dead letters`, or one JSON object with `dry_run`, if that is not nullopt.
absl::Status ReportDeadLetters(Environment& env, const GroupName& name, const std::string& format,
                               const char* done, uint64_t letters, std::optional<bool> dry_run);

// Says on stderr how many of the ids that were given are not among the dead letters.
void TellMissing(Environment& env, const char* verb, const DeadLetterChoice& choice,
                 uint64_t found);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_DEAD_LETTERS_H_
