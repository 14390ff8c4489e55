// evlog backup: adds a backup of a log to a directory of backups.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/backup_report.h"
#include "cli/command.h"
#include "cli/encode.h"
#include "cli/target.h"
#include "cli/target/redis_address.h"
#include "cli/target/server_backup.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "The log may be in use: nothing is locked, and its owner is not stopped. Tables that TARGET "
    "has\n"
    "already are not copied again. Ctrl-C, an error or kill -9 leave TARGET as it was.\n"
    "Of a server (--at redis://...) it is made by the server, in the directory that its\n"
    "--backup-dir names, without TARGET.\n"
    "Example: evlog backup /backups/orders --at /var/lib/evlog --keep 14";

class BackupCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->get_option("--db")->group("");  // shown nowhere: see Run
    app->add_option("TARGET", target_, "The directory of the backups of this log");
    app->add_option("--keep", options_.keep, "Remove older backups beyond so many")
        ->check(CLI::PositiveNumber)
        ->type_name("N");
    app->add_option("--max-rate", rate_, "Copy no more than this a second: 20MB, 1GiB")
        ->type_name("SIZE");
    app->add_option("--format", format_, "text, or json: one object")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    ASSIGN_OR_RETURN(options_.bytes_per_second, ParseRate(rate_));
    if (IsRedisAddress(env.at)) return RunOnServer(env);
    RETURN_IF_ERROR(CheckTarget(env.at));
    if (env.database.has_value()) {
      return InvalidArgument("--db: a log is backed up as a whole, with all of its databases");
    }
    if (target_.empty()) return InvalidArgument("TARGET: give the directory of the backups");
    options_.progress = ShowCopying(env);
    absl::StatusOr<BackupInfo> backup = BackUpDirectory(env.at, target_, options_);
    env.status->EndProgress();
    if (!backup.ok()) return backup.status();
    return Report(env, *backup);
  }

 private:
  absl::StatusOr<ExitCode> RunOnServer(Environment& env) {
    if (!target_.empty()) {
      return InvalidArgument(
          "TARGET: a server makes its backups in the directory that its own --backup-dir names");
    }
    if (!rate_.empty()) return InvalidArgument("--max-rate: not of a server");
    ASSIGN_OR_RETURN(const BackupInfo backup, BackUpServer(env, options_.keep));
    return Report(env, backup);
  }

  absl::StatusOr<ExitCode> Report(Environment& env, const BackupInfo& backup) const {
    if (format_ == "json") {
      AppendBackupJson(backup, env.output->buffer());
    } else {
      env.output->buffer()->append(
          fmt::format("{}; {} copied", BackupText(backup), HumanBytes(backup.bytes_copied)));
    }
    env.output->buffer()->push_back('\n');
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

  BackupOptions options_;
  std::string target_;
  std::string rate_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeBackupCommand() { return std::make_unique<BackupCommand>(); }

}  // namespace evlog::cli
