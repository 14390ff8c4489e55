// The last entries of a pattern of streams, in commit order.
#ifndef EVLOG_CLI_LAST_ENTRIES_H_
#define EVLOG_CLI_LAST_ENTRIES_H_

#include <cstdint>
#include <stop_token>
#include <string>

#include "absl/status/statusor.h"
#include "evlog/event_log.h"

namespace evlog::cli {

// The place that has `count` entries of the pattern after it, up to the newest one there is now;
// the beginning when there are fewer. A log is read forwards only, so it reads the end of it, and
// more and more of it until there are enough: what it looks through is at most a few times what
// holds these entries. Errors: EventLog::Read, Cursor::Next; CANCELLED.
absl::StatusOr<Position> PositionBeforeLast(EventLog& log, const std::string& pattern,
                                            uint64_t count, const std::stop_token& stop);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LAST_ENTRIES_H_
