// evlog doctor: what a log stands on; and the way on when something is lost for good.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/encode.h"
#include "cli/removal.h"
#include "cli/target.h"
#include "evlog/doctor.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "It ends with 1 when something keeps the log from being opened or written; warnings alone end\n"
    "with 0. It reads the write-ahead log, and no tables: `evlog verify` does.\n"
    "--truncate is for a damaged write-ahead log of which there is no backup: it copies the files\n"
    "to DIR/kept-1, cuts the log where the damage begins, and opens it. What was behind is lost.";

const char* WordOf(Examination::Verdict verdict) {
  switch (verdict) {
    case Examination::Verdict::kOk:
      return "ok";
    case Examination::Verdict::kWarning:
      return "warning";
    case Examination::Verdict::kFailure:
      return "FAILED";
  }
  return "?";
}

class DoctorCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->get_option("--db")->group("");
    app->add_flag("--truncate", truncate_, "Give up what is behind the damage, and open the log");
    app->add_flag("--yes", removal_.yes, "Do not ask");
    app->add_option("--format", format_, "text, or json: one object a line")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT")
        ->capture_default_str();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    RETURN_IF_ERROR(CheckTarget(env.at));
    if (env.database.has_value()) {
      return InvalidArgument("--db: a log is examined as a whole, with all of its databases");
    }
    if (truncate_) return Truncate(env);
    const std::vector<Examination> found = ExamineDirectory(env.at, {.clock = env.clock});
    for (const Examination& one : found) Print(one, env.output->buffer());
    RETURN_IF_ERROR(env.output->Flush());
    const bool failed = std::any_of(found.begin(), found.end(), [](const Examination& one) {
      return one.verdict == Examination::Verdict::kFailure;
    });
    return failed ? ExitCode::kError : ExitCode::kOk;
  }

 private:
  void Print(const Examination& one, std::string* out) const {
    if (format_ == "json") {
      fmt::format_to(std::back_inserter(*out),
                     "{{\"name\":\"{}\",\"verdict\":\"{}\",\"text\":", one.name,
                     WordOf(one.verdict));
      AppendJsonBytes(one.text, out);
      if (!one.advice.empty()) {
        out->append(",\"advice\":");
        AppendJsonBytes(one.advice, out);
      }
      out->append("}\n");
      return;
    }
    fmt::format_to(std::back_inserter(*out), "{:<8} {:<11} ", WordOf(one.verdict), one.name);
    AppendEscaped(one.text, out);
    out->push_back('\n');
    if (one.advice.empty()) return;
    out->append(21, ' ');
    AppendEscaped(one.advice, out);
    out->push_back('\n');
  }

  absl::StatusOr<ExitCode> Truncate(Environment& env) {
    RETURN_IF_ERROR(removal_.Check(env));
    const std::vector<Examination> found = ExamineDirectory(env.at, {.clock = env.clock});
    const auto lost = std::find_if(found.begin(), found.end(), [](const Examination& one) {
      return one.verdict == Examination::Verdict::kFailure && one.name == "wal";
    });
    if (lost != found.end()) {
      RETURN_IF_ERROR(
          removal_.Confirm(env, "Damage: " + lost->text + ". Give up what is behind it?"));
    }
    ASSIGN_OR_RETURN(const AcceptedLoss accepted, AcceptLoss(env.at));
    std::string* out = env.output->buffer();
    if (format_ == "json") {
      out->append("{\"lost\":");
      AppendJsonBytes(accepted.lost, out);
      out->append(",\"kept_in\":");
      AppendJsonBytes(accepted.kept_in, out);
      fmt::format_to(std::back_inserter(*out),
                     ",\"bytes_dropped\":{},\"commits_dropped\":{},\"last_commit\":{}}}\n",
                     accepted.bytes_dropped, accepted.commits_dropped, accepted.last_commit);
    } else {
      fmt::format_to(std::back_inserter(*out),
                     "gave up {} and {} commits that were readable behind the damage; the log ends "
                     "with commit {} now\nthe files as they were: {}\n",
                     HumanBytes(accepted.bytes_dropped), Grouped(accepted.commits_dropped),
                     Grouped(accepted.last_commit), accepted.kept_in);
    }
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

  bool truncate_ = false;
  RemovalOptions removal_;
  std::string format_ = "text";
};

}  // namespace

std::unique_ptr<Command> MakeDoctorCommand() { return std::make_unique<DoctorCommand>(); }

}  // namespace evlog::cli
