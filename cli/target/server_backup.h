// Backups that a server makes of its log.
#ifndef EVLOG_CLI_TARGET_SERVER_BACKUP_H_
#define EVLOG_CLI_TARGET_SERVER_BACKUP_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "evlog/backup.h"

namespace evlog::cli {

// Lets the evlog server that `env.at` names add a backup to its directory of backups, and waits for
// it. `keep`: as BackupOptions. Errors: UNIMPLEMENTED (no evlog server), FAILED_PRECONDITION (it
// has no such directory), CANCELLED (a signal: the server goes on), those of RedisConnection.
absl::StatusOr<BackupInfo> BackUpServer(Environment& env, size_t keep);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_SERVER_BACKUP_H_
