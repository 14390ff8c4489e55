#include "cli/backup_report.h"

#include <fmt/format.h>

#include <iterator>

#include "absl/time/time.h"
#include "cli/encode.h"
#include "cli/size.h"
#include "log/base/status.h"

namespace evlog::cli {

void AppendBackupJson(const BackupInfo& backup, std::string* out) {
  auto at = std::back_inserter(*out);
  if (backup.damaged) {
    fmt::format_to(at, "{{\"backup\":{},\"damaged\":true}}", backup.id);
    return;
  }
  fmt::format_to(at,
                 "{{\"backup\":{},\"damaged\":false,\"taken_ms\":{},\"log\":\"{:016x}\","
                 "\"format\":{},\"last_commit\":{},\"bytes\":{}",
                 backup.id, absl::ToUnixMillis(backup.taken), backup.log_id, backup.format,
                 backup.last_commit, backup.bytes);
  if (backup.bytes_copied != 0) fmt::format_to(at, ",\"bytes_copied\":{}", backup.bytes_copied);
  out->push_back('}');
}

std::string BackupText(const BackupInfo& backup) {
  if (backup.damaged) return fmt::format("backup {}: DAMAGED", backup.id);
  std::string time;
  AppendTime(backup.taken, &time);
  return fmt::format("backup {} of {}: {}, through commit {}", backup.id, time,
                     HumanBytes(backup.bytes), Grouped(backup.last_commit));
}

absl::StatusOr<uint64_t> ParseRate(const std::string& text) {
  if (text.empty()) return 0;
  absl::StatusOr<uint64_t> rate = ParseSize(text);
  if (!rate.ok()) return Annotate(rate.status(), "--max-rate");
  return rate;
}

BackupProgressCallback ShowCopying(Environment& env) {
  return [&env](const BackupProgress& progress) {
    if (env.status->ProgressDue()) {
      env.status->ShowProgress(fmt::format("{} copied, of at most {}", HumanBytes(progress.bytes),
                                           HumanBytes(progress.bytes_max)));
    }
    return !env.interrupt->signalled();
  };
}

}  // namespace evlog::cli
