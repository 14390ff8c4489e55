#include "cli/target/open_target.h"

#include <utility>

#include "cli/target.h"
#include "cli/target/local_target.h"
#include "log/base/status.h"

namespace evlog::cli {

absl::StatusOr<RedisPlace> PlaceOf(const Environment& env) {
  RedisPlace place;
  ASSIGN_OR_RETURN(place.address, ParseRedisAddress(env.at));
  ASSIGN_OR_RETURN(place.database, DatabaseOf(place.address, env.database));
  place.verb = env.verb;
  place.clock = env.clock;
  place.interrupt = env.interrupt;
  place.status = env.status;
  place.unless_evlog = env.unless_evlog;
  return place;
}

absl::StatusOr<std::unique_ptr<LogTarget>> OpenTarget(const Environment& env, Access access) {
  if (IsRedisAddress(env.at)) {
    ASSIGN_OR_RETURN(RedisPlace place, PlaceOf(env));
    return MakeRedisTarget(std::move(place));
  }
  absl::StatusOr<OpenedLog> log = access == Access::kRead     ? OpenForReading(env)
                                  : access == Access::kChange ? OpenForChanging(env)
                                                              : OpenForAppending(env);
  if (!log.ok()) return log.status();
  return MakeLocalTarget(*std::move(log));
}

}  // namespace evlog::cli
