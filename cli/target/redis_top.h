// Snapshots of a server that speaks Redis' protocol, evlog's own or Redis.
#ifndef EVLOG_CLI_TARGET_REDIS_TOP_H_
#define EVLOG_CLI_TARGET_REDIS_TOP_H_

#include <memory>

#include "absl/status/statusor.h"
#include "cli/target/redis_target.h"
#include "cli/top/snapshot.h"

namespace evlog::cli {

// Errors: RedisConnection::Open.
absl::StatusOr<std::unique_ptr<TopSource>> OpenRedisTop(const RedisPlace& place,
                                                        const TopOptions& options);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_REDIS_TOP_H_
