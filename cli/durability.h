// Durability levels as they stand on the command line; their words are the server's
// (server/commands/setting_values.h).
#ifndef EVLOG_CLI_DURABILITY_H_
#define EVLOG_CLI_DURABILITY_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "evlog/append.h"

namespace evlog::cli {

// `sync`, `os` or `async`. Errors: INVALID_ARGUMENT.
absl::StatusOr<Durability> ParseDurability(std::string_view text);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_DURABILITY_H_
