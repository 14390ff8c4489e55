// How a backup looks to people and programs, and how far copying has come.
#ifndef EVLOG_CLI_BACKUP_REPORT_H_
#define EVLOG_CLI_BACKUP_REPORT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "evlog/backup.h"

namespace evlog::cli {

// One JSON object without a line end (docs/json-output.md).
void AppendBackupJson(const BackupInfo& backup, std::string* out);
// `backup 3 of 2026-11-20T10:00:00Z: 12 MB, through commit 4,711`
std::string BackupText(const BackupInfo& backup);

// --max-rate: bytes a second, as SIZE; empty: 0, no limit. Errors: INVALID_ARGUMENT.
absl::StatusOr<uint64_t> ParseRate(const std::string& text);

// Shows progress where somebody looks, and stops when a signal says so.
BackupProgressCallback ShowCopying(Environment& env);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_BACKUP_REPORT_H_
