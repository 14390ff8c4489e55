#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "cli/output.h"
#include "cli/replay_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// Starts the command with `in` as its stdin, and with signals as a shell would leave them: ours
// are blocked, or ignored.
absl::StatusOr<pid_t> Spawn(const std::string& command, int in) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::string shell = "sh";
  std::string flag = "-c";
  std::string text = command;
  char* const arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, "/bin/sh", &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return pid;
  return Error(absl::StatusCode::kUnavailable, "starting /bin/sh: {}", strerror(error));
}

class CommandTarget : public ReplayTarget {
 public:
  CommandTarget(pid_t pid, int in, std::unique_ptr<const Formatter> formatter,
                const Progress& begin)
      : pid_(pid), in_(in), output_(in), formatter_(std::move(formatter)), done_(begin) {
    given_ = done_;
  }

  ~CommandTarget() override { End(); }

  absl::Status Add(const EntryView& entry, const Origin& origin) override {
    formatter_->Append(entry, origin, output_.buffer());
    given_.Advance(entry.id, origin.position);
    RETURN_IF_ERROR(output_.FlushIfFull());
    return CheckReading();
  }

  absl::Status Flush() override {
    RETURN_IF_ERROR(output_.Flush());
    return CheckReading();
  }

  absl::Status Finish() override {
    const absl::Status flushed = Flush();
    const int status = End();
    // Why it stopped reading stands in its status, if anywhere.
    if (WIFSIGNALED(status)) {
      return Error(absl::StatusCode::kUnavailable, "the command was ended by signal {}",
                   WTERMSIG(status));
    }
    if (WEXITSTATUS(status) != 0) {
      return Error(absl::StatusCode::kUnavailable, "the command ended with {}",
                   WEXITSTATUS(status));
    }
    RETURN_IF_ERROR(flushed);
    done_ = given_;
    return absl::OkStatus();
  }

  Progress done() const override { return done_; }

 private:
  absl::Status CheckReading() const {
    if (!output_.closed()) return absl::OkStatus();
    return Error(absl::StatusCode::kUnavailable, "the command did not read all that it was given");
  }

  // Gives it the end of its input and waits for its own.
  int End() {
    if (pid_ < 0) return 0;
    close(in_);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

  pid_t pid_;
  const int in_;
  Output output_;
  const std::unique_ptr<const Formatter> formatter_;
  Progress given_;
  Progress done_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ReplayTarget>> MakeCommandTarget(
    const std::string& command, std::unique_ptr<const Formatter> formatter, const Progress& begin) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return Error(absl::StatusCode::kUnavailable, "a pipe: {}", strerror(errno));
  }
  const absl::StatusOr<pid_t> pid = Spawn(command, ends[0]);
  close(ends[0]);
  if (!pid.ok()) {
    close(ends[1]);
    return pid.status();
  }
  return std::make_unique<CommandTarget>(*pid, ends[1], std::move(formatter), begin);
}

}  // namespace evlog::cli
