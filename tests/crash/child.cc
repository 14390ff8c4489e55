#include "tests/crash/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace evlog {

static_assert(std::is_trivially_copyable_v<Record>);
static_assert(sizeof(Record) <= PIPE_BUF, "so a record is written whole or not at all");

Child::Child(std::vector<std::string> arguments, const std::string& crash_at) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  arguments.insert(arguments.begin(), "/proc/self/exe");
  arguments.push_back(std::to_string(ends[1]));
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const std::string variable = "EVLOG_CRASH_AT=" + crash_at;
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.insert(environment.begin(), const_cast<char*>(variable.c_str()));
  environment.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    execve(argv[0], argv.data(), environment.data());
    _exit(127);
  }
  close(ends[1]);
  records_ = ends[0];
}

Child::~Child() {
  if (pid_ > 0) {
    Kill();
    Wait();
  }
  close(records_);
}

bool Child::Next(Record* record) {
  auto* bytes = reinterpret_cast<char*>(record);
  size_t read_so_far = 0;
  while (read_so_far < sizeof *record) {
    const ssize_t n = read(records_, bytes + read_so_far, sizeof *record - read_so_far);
    if (n <= 0) return false;
    read_so_far += static_cast<size_t>(n);
  }
  return true;
}

void Child::Kill() { kill(pid_, SIGKILL); }

Child::End Child::Wait() {
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) std::abort();
  pid_ = -1;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return End::kKilled;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? End::kExited : End::kFailed;
}

void WriteRecord(int descriptor, const Record& record) {
  if (write(descriptor, &record, sizeof record) != static_cast<ssize_t>(sizeof record)) {
    std::perror("write of a record");
    _exit(4);
  }
}

}  // namespace evlog
