// Whether consumer groups are behind, as a monitoring plugin says it.
#ifndef EVLOG_CLI_LAG_CHECK_H_
#define EVLOG_CLI_LAG_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cli/exit_code.h"
#include "evlog/group.h"

namespace evlog::cli {

// Above which it is a warning, or critical. Those that are not given judge nothing.
struct LagThresholds {
  std::optional<uint64_t> warn;
  std::optional<uint64_t> crit;
  std::optional<absl::Duration> age_warn;
  std::optional<absl::Duration> age_crit;
};

struct LagFinding {
  ExitCode code;     // kOk, kWarning or kCritical: that of the worst group
  std::string line;  // without a newline: state, text, `|`, performance data
};

// Of at least one group.
LagFinding JudgeLag(std::string_view stream, const std::vector<GroupDescription>& groups,
                    const LagThresholds& thresholds);

// The line of a check that could not be made.
std::string UnknownLagLine(std::string_view why);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LAG_CHECK_H_
