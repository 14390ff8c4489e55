// Snapshots of a log in a directory.
#ifndef EVLOG_CLI_TOP_LOCAL_SOURCE_H_
#define EVLOG_CLI_TOP_LOCAL_SOURCE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/top/snapshot.h"

namespace evlog::cli {

// Beside whoever owns it. Errors: OpenForReading.
absl::StatusOr<std::unique_ptr<TopSource>> OpenLocalTop(const Environment& env,
                                                        const TopOptions& options);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TOP_LOCAL_SOURCE_H_
