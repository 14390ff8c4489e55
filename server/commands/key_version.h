// The version of a key, by which WATCH sees that it was changed.
#ifndef EVLOG_SERVER_COMMANDS_KEY_VERSION_H_
#define EVLOG_SERVER_COMMANDS_KEY_VERSION_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/call.h"
#include "server/multi.h"

namespace evlog::server {

// Of a key of the call's database; nullopt: there is none. Errors: of the log.
absl::StatusOr<std::optional<KeyVersion>> FindVersion(const Call& call, std::string_view key);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_KEY_VERSION_H_
