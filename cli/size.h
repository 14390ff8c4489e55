// Amounts of bytes as people write them.
#ifndef EVLOG_CLI_SIZE_H_
#define EVLOG_CLI_SIZE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace evlog::cli {

// Decimal digits and nothing else. Errors: INVALID_ARGUMENT.
absl::StatusOr<uint64_t> ParseCount(std::string_view text);

// Reads `4096`, `64kB`, `10MB` (powers of ten, as sizes are printed) or `64KiB`, `1GiB` (powers of
// two), up to TB and TiB. A unit without its B is refused, because it is read both ways.
// Errors: INVALID_ARGUMENT saying what is wrong with the text.
absl::StatusOr<uint64_t> ParseSize(std::string_view text);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_SIZE_H_
