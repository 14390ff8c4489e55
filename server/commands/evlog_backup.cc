// EVLOG BACKUP and EVLOG BACKUPS: into the directory that the server was given for that, and no
// other: a client shall not choose where a server writes.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "evlog/backup.h"
#include "server/commands/handlers.h"
#include "server/commands/setting_values.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

void ReplyBackup(RespWriter& reply, const BackupInfo& backup) {
  const auto add = [&reply](std::string_view name, uint64_t value) {
    reply.Bulk(name);
    reply.Integer(static_cast<int64_t>(value));
  };
  reply.Map(8);
  add("id", backup.id);
  reply.Bulk("log");
  reply.Bulk(fmt::format("{:016x}", backup.log_id));
  add("damaged", backup.damaged ? 1 : 0);
  add("taken-ms", static_cast<uint64_t>(absl::ToUnixMillis(backup.taken)));
  add("format", backup.format);
  add("last-commit", backup.last_commit);
  add("bytes", backup.bytes);
  add("bytes-copied", backup.bytes_copied);
}

// False: it has replied that there is no directory.
bool HasTarget(Call& call) {
  if (!call.core.options().backup_directory.empty()) return true;
  call.reply.Error(
      "ERR no directory for backups is configured; start the server with --backup-dir");
  return false;
}

}  // namespace

void HandleEvlogBackup(Call& call) {
  BackupOptions options;
  uint64_t keep = 0;
  if (call.argc() == 4 && Is(call.arg(2), "KEEP")) {
    if (!ParseCount(call.arg(3), &keep) || keep == 0) return call.reply.Error(kNotAnInteger);
  } else if (call.argc() != 2) {
    return call.reply.Error(kSyntaxError);
  }
  if (!HasTarget(call)) return;
  options.keep = keep;
  options.progress = [&call](const BackupProgress&) { return !call.core.draining(); };
  const absl::StatusOr<BackupInfo> backup =
      call.log().BackUp(call.core.options().backup_directory, options);
  if (absl::IsFailedPrecondition(backup.status())) {  // of the directory, not of the log
    return call.reply.Error("ERR " + std::string(backup.status().message()));
  }
  if (!backup.ok()) return ReplyStatus(call.reply, backup.status());
  ReplyBackup(call.reply, *backup);
}

void HandleEvlogBackups(Call& call) {
  if (!HasTarget(call)) return;
  const absl::StatusOr<std::vector<BackupInfo>> backups =
      ListBackups(call.core.options().backup_directory);
  if (absl::IsNotFound(backups.status())) return call.reply.Array(0);  // there was none so far
  if (!backups.ok()) return ReplyStatus(call.reply, backups.status());
  call.reply.Array(backups->size());
  for (const BackupInfo& backup : *backups) ReplyBackup(call.reply, backup);
}

}  // namespace evlog::server
