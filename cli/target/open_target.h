// `--at` as the verbs that work on directories and on servers take it.
#ifndef EVLOG_CLI_TARGET_OPEN_TARGET_H_
#define EVLOG_CLI_TARGET_OPEN_TARGET_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/target/log_target.h"
#include "cli/target/redis_target.h"

namespace evlog::cli {

// Of a directory. A server is asked for what it does, whatever that is.
enum class Access : uint8_t {
  kRead,    // beside whoever owns it
  kChange,  // it must be there
  kCreate,  // it is made when it is missing
};

// Errors: those of OpenForReading, OpenForChanging or OpenForAppending; MakeRedisTarget.
absl::StatusOr<std::unique_ptr<LogTarget>> OpenTarget(const Environment& env, Access access);

// The server that --at and --db name. Errors: ParseRedisAddress, DatabaseOf.
absl::StatusOr<RedisPlace> PlaceOf(const Environment& env);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_OPEN_TARGET_H_
