// evlog backups: which backups a directory holds, and whether they are whole.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/backup_report.h"
#include "cli/command.h"
#include "cli/encode.h"
#include "cli/table.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "With --verify it reads all files of each, and ends with 1 when one is damaged.\n"
    "Example: evlog backups /backups/orders --verify";

class BackupsCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    for (const char* option : {"--at", "--db"}) app->get_option(option)->group("");
    app->add_option("TARGET", target_, "The directory of the backups")->required();
    app->add_flag("--verify", verify_, "Read all files and compare their checksums");
    app->add_option("--format", format_, "table, or json: one object a line")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(std::vector<BackupInfo> backups, ListBackups(target_));
    bool whole = true;
    for (BackupInfo& backup : backups) {
      if (verify_ && !backup.damaged) RETURN_IF_ERROR(Verify(env, &backup));
      whole = whole && !backup.damaged;
      if (env.interrupt->signalled()) return ExitCode::kInterrupted;
    }
    env.status->EndProgress();
    Print(backups, env.output->buffer());
    RETURN_IF_ERROR(env.output->Flush());
    return whole ? ExitCode::kOk : ExitCode::kError;
  }

 private:
  absl::Status Verify(Environment& env, BackupInfo* backup) const {
    if (env.status->terminal()) {
      env.status->ShowProgress(fmt::format("reading {}", BackupText(*backup)));
    }
    const absl::Status status = VerifyBackup(target_, backup->id);
    if (!absl::IsDataLoss(status)) return status;
    env.status->Say(MessageOf(status));
    backup->damaged = true;
    return absl::OkStatus();
  }

  void Print(const std::vector<BackupInfo>& backups, std::string* out) const {
    if (format_ == "json") {
      for (const BackupInfo& backup : backups) {
        AppendBackupJson(backup, out);
        out->push_back('\n');
      }
      return;
    }
    Table table({{"BACKUP", true}, {"TAKEN"}, {"COMMITS", true}, {"SIZE", true}, {"STATE"}});
    for (const BackupInfo& backup : backups) {
      std::string time = "-";
      if (backup.taken != absl::Time()) AppendTime(backup.taken, &(time = ""));
      table.AddRow({std::to_string(backup.id), time, Grouped(backup.last_commit),
                    HumanBytes(backup.bytes),
                    backup.damaged ? "DAMAGED" : (verify_ ? "verified" : "complete")});
    }
    table.Append(out);
  }

  std::string target_;
  bool verify_ = false;
  std::string format_ = "table";
};

}  // namespace

std::unique_ptr<Command> MakeBackupsCommand() { return std::make_unique<BackupsCommand>(); }

}  // namespace evlog::cli
