// `--at`: where the log is.
#ifndef EVLOG_CLI_TARGET_H_
#define EVLOG_CLI_TARGET_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/clock.h"
#include "evlog/event_log.h"

namespace evlog::cli {

// INVALID_ARGUMENT unless `at` names a directory: it is empty, or the address of a server.
absl::Status CheckTarget(std::string_view at);

// Opens the directory to append to it, and makes it when it is missing. Errors: CheckTarget, Open.
absl::StatusOr<std::unique_ptr<EventLog>> OpenForAppending(const std::string& at, Clock* clock);

// Opens the directory to read it, beside whoever owns it. Errors: CheckTarget, OpenReadOnly.
absl::StatusOr<std::unique_ptr<EventLog>> OpenForReading(const std::string& at, Clock* clock);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_H_
