#include "tests/crash/forked.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace evlog {
namespace {

// They wait more than they work.
constexpr size_t kAtATime = 16;

ForkedEnd EndOf(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) return ForkedEnd::kAborted;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ForkedEnd::kPassed : ForkedEnd::kFailed;
}

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

std::vector<ForkedEnd> RunForked(size_t count, const std::function<void(size_t)>& body) {
  std::vector<ForkedEnd> ends(count, ForkedEnd::kFailed);
  std::vector<pid_t> pids(count, 0);
  size_t started = 0;
  for (size_t ended = 0; ended < count; ++ended) {
    while (started < count && started - ended < kAtATime) {
      pids[started] = Start(started, body);
      ++started;
    }
    int status = 0;
    const pid_t pid = wait(&status);
    const auto at = std::find(pids.begin(), pids.end(), pid);
    if (pid <= 0 || at == pids.end()) std::abort();
    ends[static_cast<size_t>(at - pids.begin())] = EndOf(status);
    *at = 0;
  }
  return ends;
}

}  // namespace evlog
