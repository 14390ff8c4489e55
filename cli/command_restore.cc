// evlog restore: makes a directory what a log was.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/backup_report.h"
#include "cli/command.h"
#include "cli/encode.h"
#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "--at names the directory of the log that is made: it must not exist, or be empty. It appears\n"
    "as a whole, or not at all.\n"
    "Example: evlog restore /backups/orders --at /var/lib/evlog";

class RestoreCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->get_option("--db")->group("");
    app->add_option("TARGET", target_, "The directory of the backups")->required();
    app->add_option("--backup", options_.backup, "Which of them; without, the newest")
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
    RETURN_IF_ERROR(CheckTarget(env.at));
    if (env.database.has_value()) {
      return InvalidArgument("--db: a log is restored as a whole, with all of its databases");
    }
    ASSIGN_OR_RETURN(options_.bytes_per_second, ParseRate(rate_));
    options_.progress = ShowCopying(env);
    absl::StatusOr<BackupInfo> backup = RestoreBackup(target_, env.at, options_);
    env.status->EndProgress();
    if (!backup.ok()) return backup.status();
    if (format_ == "json") {
      AppendBackupJson(*backup, env.output->buffer());
    } else {
      env.output->buffer()->append("restored " + BackupText(*backup));
    }
    env.output->buffer()->push_back('\n');
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  RestoreOptions options_;
  std::string target_;
  std::string rate_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeRestoreCommand() { return std::make_unique<RestoreCommand>(); }

}  // namespace evlog::cli
