// A server that speaks Redis' protocol, evlog's own or Redis, as the verbs see it.
#ifndef EVLOG_CLI_TARGET_REDIS_TARGET_H_
#define EVLOG_CLI_TARGET_REDIS_TARGET_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/target/log_target.h"
#include "cli/target/redis_connection.h"
#include "log/base/status.h"

namespace evlog::cli {

// Where a server is, and what its parts share.
struct RedisPlace {
  RedisAddress address;
  int database = 0;
  const char* database_flag = "--db";  // which names it, for messages
  std::string verb;                    // for what is said on stderr
  Clock* clock = nullptr;
  const Interrupt* interrupt = nullptr;
  StatusLine* status = nullptr;
  // What is answered where it is no evlog server; OK: that makes no difference.
  absl::Status unless_evlog = {};

  absl::StatusOr<std::unique_ptr<RedisConnection>> Connect() const {
    absl::StatusOr<std::unique_ptr<RedisConnection>> opened =
        RedisConnection::Open(address, database);
    if (!absl::IsInvalidArgument(opened.status())) return opened;
    return Annotate(opened.status(), database_flag);
  }
};

// Connects. Errors: RedisConnection::Open; place.unless_evlog.
absl::StatusOr<std::unique_ptr<LogTarget>> MakeRedisTarget(RedisPlace place);

// Its parts, which use the connection as long as they are there.
//
// Appends with so many entries under way at most.
std::unique_ptr<EntryAppender> MakeRedisAppender(RedisConnection* connection,
                                                 std::string_view stream,
                                                 const BulkOptions& options);
// Reads `request`, which is of one stream. Goes on over lost connections while it follows. Errors:
// INVALID_ARGUMENT: what a server has not; NOT_FOUND.
absl::StatusOr<std::unique_ptr<EntrySource>> MakeRedisSource(const RedisPlace& place,
                                                             const ReadRequest& request);
std::unique_ptr<TargetStream> MakeRedisStream(const RedisPlace& place, RedisConnection* connection,
                                              std::string_view stream);
std::unique_ptr<TargetGroup> MakeRedisGroup(const RedisPlace& place,
                                            std::unique_ptr<RedisConnection> connection,
                                            std::string_view stream, std::string_view group);

// What XINFO STREAM says. Errors: NOT_FOUND.
absl::StatusOr<StreamInfo> DescribeRedisStream(RedisConnection& connection,
                                               std::string_view stream);

// Settings of an evlog server. Errors also: UNIMPLEMENTED: it is another one.
absl::Status CreateEvlogStream(RedisConnection& connection, std::string_view name,
                               const NewStream& stream);
absl::Status AlterEvlogStream(RedisConnection& connection, std::string_view name,
                              const StreamChanges& changes);
absl::StatusOr<StreamInfo> DescribeEvlogStream(RedisConnection& connection, std::string_view name);
absl::StatusOr<Trimmed> TrimEvlogStream(RedisConnection& connection, std::string_view name,
                                        const TrimOptions& options);
// `begin`: as XGROUP CREATE has it.
absl::Status CreateEvlogGroup(RedisConnection& connection, std::string_view stream,
                              std::string_view name, const std::string& begin,
                              const NewGroup& group);
absl::Status AlterEvlogGroup(RedisConnection& connection, const std::string& stream,
                             const std::string& name, const GroupOptions& options);
// All but its consumers.
absl::Status DescribeEvlogGroup(RedisConnection& connection, const std::string& stream,
                                const std::string& name, GroupDescription* description);

// Routes of an evlog server, by EVLOG ROUTE. Errors also: UNIMPLEMENTED: it is another one.
absl::Status AddRedisRoute(RedisConnection& connection, const Route& route);
absl::Status RemoveRedisRoute(RedisConnection& connection, std::string_view pattern,
                              std::string_view stream);
absl::StatusOr<std::vector<Route>> ListRedisRoutes(RedisConnection& connection);

// The first id at or behind a bound, which is no offset and no Last. Of `end`, the one after the
// last id. Errors: INVALID_ARGUMENT; DescribeRedisStream.
absl::StatusOr<EntryId> IdFrom(RedisConnection& connection, std::string_view stream,
                               const Bound& bound);
// The id before that one, of which commands go on behind.
std::string BeforeText(EntryId id);

// KEEPREF, DELREF or ACKED.
const char* ReferencesWord(References references);
// The ids of a command: `IDS n id ...`, or only the ids.
void AddIds(std::span<const EntryId> ids, bool counted, RedisCommand* command);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_REDIS_TARGET_H_
