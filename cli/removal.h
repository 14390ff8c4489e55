// What the verbs that destroy something share: --dry-run, --yes, the question, and the answer.
#ifndef EVLOG_CLI_REMOVAL_H_
#define EVLOG_CLI_REMOVAL_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "cli/command.h"

namespace evlog::cli {

struct RemovalOptions {
  bool dry_run = false;
  bool yes = false;
  std::string format = "text";

  void AddTo(CLI::App* app);

  // Refuses before anything is opened what could not be asked: INVALID_ARGUMENT without a terminal,
  // --yes or --dry-run.
  absl::Status Check(const Environment& env) const;

  // Asks `question` unless --yes answers it. Errors: FAILED_PRECONDITION when the answer is no,
  // CANCELLED by a signal.
  absl::Status Confirm(Environment& env, const std::string& question) const;
};

// What was removed, or would be.
struct Removal {
  std::string stream;
  uint64_t entries = 0;
  std::optional<uint64_t> bytes;  // nullopt where nobody knows
};

// `1,200 entries, 3.4 MB`; `7 entries, part of a chunk` where no whole chunk is among them.
std::string RemovalText(const Removal& removal);

// Prints `DONE 1,200 entries, 3.4 MB` or, after a dry run, `would VERB ...`; or one JSON object
// (docs/json-output.md).
absl::Status ReportRemoval(Environment& env, const RemovalOptions& options, const char* verb,
                           const char* done, const Removal& removal);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_REMOVAL_H_
