// A run of the load generator, from its streams being made to what it found.
#ifndef EVLOG_CLI_LOAD_RUN_H_
#define EVLOG_CLI_LOAD_RUN_H_

#include <functional>
#include <stop_token>
#include <string>

#include "absl/status/statusor.h"
#include "cli/load/load_target.h"
#include "cli/load/result.h"
#include "cli/status_line.h"
#include "evlog/clock.h"

namespace evlog::cli {

struct LoadRunOptions {
  Clock* clock;
  StatusLine* status;    // where progress goes
  std::stop_token stop;  // ends the run, with what it has found by then
  // Told of each interval as it ends, and of the last one, which may be shorter. Null: nobody.
  std::function<void(const Interval&)> on_interval = nullptr;
};

// Prepares the target, runs the shape on it, and takes away again what was made. Blocks. Errors:
// those of LoadTarget, but of its end; and of entries that were to be there first. What goes wrong
// from then on is in the result.
absl::StatusOr<LoadResult> RunLoad(const LoadShape& shape, LoadTarget* target,
                                   const LoadRunOptions& options);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_RUN_H_
