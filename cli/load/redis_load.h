// Load on a server that speaks Redis' protocol.
#ifndef EVLOG_CLI_LOAD_REDIS_LOAD_H_
#define EVLOG_CLI_LOAD_REDIS_LOAD_H_

#include <memory>

#include "absl/status/statusor.h"
#include "cli/load/load_target.h"
#include "cli/target/redis_target.h"

namespace evlog::cli {

// Connects. Errors: RedisConnection::Open.
absl::StatusOr<std::unique_ptr<LoadTarget>> MakeRedisLoad(RedisPlace place);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_REDIS_LOAD_H_
