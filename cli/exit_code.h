// What a command leaves behind for scripts: the exit codes, and which error gives which.
#ifndef EVLOG_CLI_EXIT_CODE_H_
#define EVLOG_CLI_EXIT_CODE_H_

#include "absl/status/status.h"

namespace evlog::cli {

// Part of the contract with scripts (docs/cli.md): never renumber.
enum class ExitCode : int {
  kOk = 0,
  kError = 1,
  kUsage = 2,          // the command line is wrong; nothing was done
  kNotFound = 3,       // no such directory or stream
  kConflict = 4,       // it exists already, or somebody was faster
  kNothingCame = 5,    // nothing within the time given by --timeout
  kInterrupted = 130,  // SIGINT or SIGTERM

  // Of `check` alone, which ends as monitoring plugins do.
  kWarning = 1,
  kCritical = 2,
  kUnknown = 3  // whatever keeps it from knowing, a wrong command line included
};

// The exit code for a command that ended with `status`.
ExitCode ExitCodeFor(const absl::Status& status);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_EXIT_CODE_H_
