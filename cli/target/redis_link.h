// A connection that is asked for what comes, and made again when it is lost.
#ifndef EVLOG_CLI_TARGET_REDIS_LINK_H_
#define EVLOG_CLI_TARGET_REDIS_LINK_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/target/redis_connection.h"
#include "cli/target/redis_target.h"

namespace evlog::cli {

// A wait that is none.
inline constexpr absl::Duration kNow = absl::ZeroDuration();

// What BLOCK gets: the wait, but no longer than what tells a dead connection from a quiet one.
std::string BlockText(absl::Duration wait);

class RedisLink {
 public:
  RedisLink(const RedisPlace& place, std::unique_ptr<RedisConnection> connection)
      : place_(place), connection_(std::move(connection)) {}

  RedisConnection& connection() { return *connection_; }

  // As RedisConnection::Call, for a command that may wait so long at the server. Errors also:
  // CANCELLED: asked to stop meanwhile.
  absl::StatusOr<RedisReply> Ask(const RedisCommand& command, absl::Duration wait);

  // After a connection was lost, which it says on stderr: connects again, at longer and longer
  // intervals, and says so, and where it goes on. Errors: CANCELLED; DEADLINE_EXCEEDED: not until
  // the deadline; those of Open but UNAVAILABLE.
  absl::Status Reconnect(const absl::Status& lost, absl::Time deadline, const std::string& where);

 private:
  const RedisPlace place_;
  std::unique_ptr<RedisConnection> connection_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_REDIS_LINK_H_
