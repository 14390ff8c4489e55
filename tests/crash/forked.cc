#include "tests/crash/forked.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace evlog {
namespace {

// They wait more than they work.
constexpr size_t kAtATime = 16;

pid_t Start(size_t index, const std::function<void(size_t)>& body) {
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) std::abort();
  if (pid == 0) {
    body(index);
    std::fflush(nullptr);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  return pid;
}

}  // namespace

std::vector<bool> RunForked(size_t count, const std::function<void(size_t)>& body) {
  std::vector<bool> passed(count);
  std::vector<pid_t> processes(count);
  size_t started = 0;
  for (size_t ended = 0; ended < count; ++ended) {
    while (started < count && started - ended < kAtATime) {
      processes[started] = Start(started, body);
      ++started;
    }
    int status = 0;
    const pid_t pid = wait(&status);
    const auto at = std::find(processes.begin(), processes.end(), pid);
    if (pid <= 0 || at == processes.end()) std::abort();
    passed[static_cast<size_t>(at - processes.begin())] =
        WIFEXITED(status) && WEXITSTATUS(status) == 0;
    *at = 0;
  }
  return passed;
}

}  // namespace evlog
