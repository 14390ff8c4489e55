#include "tests/crash/forked.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace evlog {
namespace {

// They wait more than they work.
constexpr size_t kAtATime = 16;

// A process, and what it says on stderr.
struct Process {
  pid_t pid = 0;
  std::FILE* errors = nullptr;
};

Process Start(size_t index, const std::function<void(size_t)>& body) {
  std::fflush(nullptr);
  Process process{0, std::tmpfile()};
  if (process.errors == nullptr) std::abort();
  process.pid = fork();
  if (process.pid < 0) std::abort();
  if (process.pid == 0) {
    dup2(fileno(process.errors), STDERR_FILENO);
    body(index);
    std::fflush(nullptr);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  return process;
}

ForkedEnd Finish(const Process& process, int status) {
  std::string errors;
  std::rewind(process.errors);
  for (int c; (c = std::fgetc(process.errors)) != EOF;) errors += static_cast<char>(c);
  std::fclose(process.errors);
  std::fputs(errors.c_str(), stderr);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return ForkedEnd::kPassed;
  const bool asserted = errors.find(" rocksdb::") != std::string::npos &&
                        errors.find("Assertion") != std::string::npos;
  return asserted && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT
             ? ForkedEnd::kAssertedByRocksDb
             : ForkedEnd::kFailed;
}

}  // namespace

std::vector<ForkedEnd> RunForked(size_t count, const std::function<void(size_t)>& body) {
  std::vector<ForkedEnd> ends(count, ForkedEnd::kFailed);
  std::vector<Process> processes(count);
  size_t started = 0;
  for (size_t ended = 0; ended < count; ++ended) {
    while (started < count && started - ended < kAtATime) {
      processes[started] = Start(started, body);
      ++started;
    }
    int status = 0;
    const pid_t pid = wait(&status);
    const auto at = std::find_if(processes.begin(), processes.end(),
                                 [pid](const Process& process) { return process.pid == pid; });
    if (pid <= 0 || at == processes.end()) std::abort();
    ends[static_cast<size_t>(at - processes.begin())] = Finish(*at, status);
    at->pid = 0;
  }
  return ends;
}

}  // namespace evlog
