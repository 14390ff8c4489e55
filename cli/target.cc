#include "cli/target.h"

#include "log/base/status.h"

namespace evlog::cli {

absl::Status CheckTarget(std::string_view at) {
  if (at.empty()) {
    return InvalidArgument("no directory; give --at DIR, or set EVLOG_AT");
  }
  if (at.find("://") != std::string_view::npos) {
    return InvalidArgument("--at {}: only directories can be opened", Quoted(at));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<EventLog>> OpenForAppending(const std::string& at, Clock* clock) {
  RETURN_IF_ERROR(CheckTarget(at));
  OpenOptions options;
  options.clock = clock;
  return Open(at, options);
}

absl::StatusOr<std::unique_ptr<EventLog>> OpenForReading(const std::string& at, Clock* clock) {
  RETURN_IF_ERROR(CheckTarget(at));
  ReadOnlyOptions options;
  options.clock = clock;
  return OpenReadOnly(at, options);
}

}  // namespace evlog::cli
