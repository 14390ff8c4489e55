// evlog share: the files that are installed beside the program, made from its own definition.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "cli/command.h"
#include "cli/completion_scripts.h"
#include "cli/manual.h"
#include "cli/serve_file.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

namespace fs = std::filesystem;

class ShareCommand : public Command {
 public:
  void AddOptions(CLI::App* app) override {
    app_ = app;
    app->group("");  // for the build, which installs them
    app->add_option("DIR", directory_, "Where to write them")->required();
  }

  absl::StatusOr<ExitCode> Run(Environment&) override {
    const Program program = ProgramOf(*app_);
    RETURN_IF_ERROR(WritePage(program, program.itself));
    for (const Verb& verb : program.verbs) RETURN_IF_ERROR(WritePage(program, verb));
    RETURN_IF_ERROR(Write("bash-completion/completions/evlog", kBashCompletion));
    RETURN_IF_ERROR(Write("zsh/vendor-completions/_evlog", kZshCompletion));
    RETURN_IF_ERROR(Write("fish/vendor_completions.d/evlog.fish", kFishCompletion));
    RETURN_IF_ERROR(Write("evlog.toml", ServiceConfigText()));
    return ExitCode::kOk;
  }

 private:
  absl::Status WritePage(const Program& program, const Verb& verb) const {
    return Write("man/man1/" + PageName(verb) + ".1", ManualPage(program, verb));
  }

  absl::Status Write(std::string_view name, std::string_view text) const {
    const fs::path path = fs::path(directory_) / name;
    std::error_code failed;
    fs::create_directories(path.parent_path(), failed);
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (failed || !out) return absl::UnavailableError("cannot write " + path.string());
    return absl::OkStatus();
  }

  const CLI::App* app_ = nullptr;
  std::string directory_;
};

}  // namespace

std::unique_ptr<Command> MakeShareCommand() { return std::make_unique<ShareCommand>(); }

}  // namespace evlog::cli
