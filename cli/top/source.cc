#include "cli/target/open_target.h"
#include "cli/target/redis_top.h"
#include "cli/top/local_source.h"
#include "cli/top/snapshot.h"
#include "log/base/status.h"

namespace evlog::cli {

absl::StatusOr<std::unique_ptr<TopSource>> OpenTopSource(const Environment& env,
                                                         const TopOptions& options) {
  if (!IsRedisAddress(env.at)) return OpenLocalTop(env, options);
  ASSIGN_OR_RETURN(const RedisPlace place, PlaceOf(env));
  TopOptions of_server = options;
  // Also the one that the address names.
  if (env.database || !place.address.rest.empty()) of_server.database = place.database;
  return OpenRedisTop(place, of_server);
}

}  // namespace evlog::cli
