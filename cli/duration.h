// Spans of time as people write them.
#ifndef EVLOG_CLI_DURATION_H_
#define EVLOG_CLI_DURATION_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evlog::cli {

// Reads `500ms`, `15m`, `1h30m`, `1.5h`, `2d`, `1w`: numbers with a unit (ms, s, m, h, d, w), the
// largest at most 10,000 years. `0` needs no unit. Never negative.
// Errors: INVALID_ARGUMENT saying what is wrong with the text.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

// As ParseDuration reads it, in the largest units: `7d`, `1h30m`, `1.5s` as `1s500ms`.
std::string DurationText(absl::Duration span);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_DURATION_H_
