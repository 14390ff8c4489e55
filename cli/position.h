// Positions in a stream as they stand on the command line.
//
//   begin               before the oldest entry
//   end                 after the newest one
//   1763640000000-3     an id; `1763640000000` alone is that millisecond
//   o:1200              an offset within a partition
//   -20                 the last 20 entries (only --from)
//   @2026-11-20T10:00:00Z   a time, RFC 3339
//   @-15m               a time before now
#ifndef EVLOG_CLI_POSITION_H_
#define EVLOG_CLI_POSITION_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/read.h"

namespace evlog::cli {

enum class PositionRole : uint8_t { kFrom, kUntil };

// Reads one position. `now` is what `@-15m` counts from.
//
// An id without a sequence means the first id of its millisecond as kFrom, the last one as kUntil.
// Errors: INVALID_ARGUMENT that quotes the text, says what is wrong and lists the forms.
absl::StatusOr<Bound> ParsePosition(std::string_view text, PositionRole role, absl::Time now);

// Where a consumer group goes on: any of the above but `-20`. Errors: INVALID_ARGUMENT.
absl::StatusOr<Bound> ParseGroupPosition(std::string_view text, absl::Time now);

// A moment: RFC 3339 with `Z` or an offset, from 1970 on. Errors: INVALID_ARGUMENT.
absl::StatusOr<absl::Time> ParseTime(std::string_view text);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_POSITION_H_
