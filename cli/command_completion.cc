// evlog completion: makes a shell complete verbs, options and names.
#include <CLI/CLI.hpp>
#include <string>

#include "cli/command.h"
#include "cli/completion_scripts.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kFooter[] =
    "What may stand next is asked of `evlog` itself; names of streams and groups of the log that "
    "--at\n"
    "or EVLOG_AT names, for at most a second. Debian's package installs all three.\n"
    "Examples:\n"
    "  source <(evlog completion bash)                # now; or in ~/.bashrc\n"
    "  evlog completion zsh >~/.zfunc/_evlog          # with ~/.zfunc in fpath, before compinit\n"
    "  evlog completion fish >~/.config/fish/completions/evlog.fish";

class CompletionCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app->footer(kFooter);
    app->add_option("SHELL", shell_, "Which shell's script to print: bash, zsh or fish")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}))
        ->required();
  }

  absl::StatusOr<ExitCode> Run(Environment& env) override {
    *env.output->buffer() += shell_ == "bash"  ? kBashCompletion
                             : shell_ == "zsh" ? kZshCompletion
                                               : kFishCompletion;
    RETURN_IF_ERROR(env.output->Flush());
    return ExitCode::kOk;
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> MakeCompletionCommand() { return std::make_unique<CompletionCommand>(); }

}  // namespace evlog::cli
