// evlog complete: what may stand next on a command line, for the scripts of `evlog completion`.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/log_names.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// Who waits for a word does not wait for a server or a disk that does not answer.
constexpr unsigned kSecondsMax = 1;

void EndUnanswered(int) { _exit(static_cast<int>(ExitCode::kNothingCame)); }

const char* KindOf(Completion::Paths paths) {
  switch (paths) {
    case Completion::Paths::kNone:
      return "words";
    case Completion::Paths::kFiles:
      return "files";
    case Completion::Paths::kDirectories:
      return "directories";
  }
  return "";
}

class CompleteCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app_ = app;
    app->group("");  // of no use to people
    app->add_option("WORD", words_, "The words after `evlog`, each behind an `=`");
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    signal(SIGALRM, EndUnanswered);
    alarm(kSecondsMax);
    for (std::string& word : words_) {
      if (!word.starts_with('=')) return InvalidArgument("WORD is without its `=`");
      word.erase(0, 1);
    }
    LogNames names(env);
    const Completion completion = Complete(ProgramOf(*app_), words_, names);
    std::string& out = *env.output->buffer();
    out += KindOf(completion.paths);
    out += '\n';
    for (const Candidate& candidate : completion.candidates) {
      out += candidate.text;
      if (!candidate.help.empty()) out += "\t" + candidate.help;
      out += '\n';
    }
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  const CLI::App* app_ = nullptr;
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Command> MakeCompleteCommand() { return std::make_unique<CompleteCommand>(); }

}  // namespace evlog::cli
