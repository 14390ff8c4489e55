#include "cli/target/server_backup.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "cli/target/open_target.h"
#include "cli/target/redis_connection.h"
#include "cli/target/redis_target.h"
#include "log/base/status.h"

namespace evlog::cli {

absl::StatusOr<BackupInfo> BackUpServer(Environment& env, size_t keep) {
  ASSIGN_OR_RETURN(const RedisPlace place, PlaceOf(env));
  ASSIGN_OR_RETURN(const std::unique_ptr<RedisConnection> connection, place.Connect());
  RedisCommand command = {"EVLOG", "BACKUP"};
  if (keep != 0) command.insert(command.end(), {"KEEP", std::to_string(keep)});
  ASSIGN_OR_RETURN(const RedisReply reply, connection->Call(command, {.interrupt = env.interrupt}));
  BackupInfo backup;
  for (size_t i = 0; i + 1 < reply->elements; i += 2) {
    const std::string_view name(reply->element[i]->str, reply->element[i]->len);
    const auto value = static_cast<uint64_t>(reply->element[i + 1]->integer);
    if (name == "id") backup.id = value;
    if (name == "taken-ms") backup.taken = absl::FromUnixMillis(static_cast<int64_t>(value));
    if (name == "log" && reply->element[i + 1]->type == REDIS_REPLY_STRING) {
      backup.log_id = std::strtoull(reply->element[i + 1]->str, nullptr, 16);
    }
    if (name == "format") backup.format = static_cast<uint32_t>(value);
    if (name == "last-commit") backup.last_commit = value;
    if (name == "bytes") backup.bytes = value;
    if (name == "bytes-copied") backup.bytes_copied = value;
  }
  if (backup.id == 0) return absl::UnavailableError("the server's reply names no backup");
  return backup;
}

}  // namespace evlog::cli
