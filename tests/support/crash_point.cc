#include "tests/support/crash_point.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "log/base/test_point.h"

namespace evlog {
namespace {

// Written before the hook is installed, then only read; never destroyed, as threads outlive
// statics.
const std::string* crash_name = nullptr;
std::atomic<uint64_t> passes_left{0};

void CrashAtPoint(const char* name) {
  if (*crash_name != name) return;
  if (passes_left.fetch_sub(1, std::memory_order_relaxed) != 1) return;
  kill(getpid(), SIGKILL);
  _exit(137);  // as a shell names it, should the signal take its time
}

[[noreturn]] void Refuse(const char* text, const char* why) {
  std::fprintf(stderr, "EVLOG_CRASH_AT=%s: %s\n", text, why);
  std::abort();
}

}  // namespace

void InstallCrashPointFromEnv() {
  const char* text = std::getenv("EVLOG_CRASH_AT");
  if (text == nullptr || *text == '\0') return;
  if (!kTestPointsEnabled) Refuse(text, "this build has no test points");
  const std::string_view value(text);
  const size_t colon = value.rfind(':');
  if (colon == std::string_view::npos || colon == 0) Refuse(text, "expected <name>:<count>");
  uint64_t count = 0;
  const char* end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data() + colon + 1, end, count);
  if (error != std::errc() || stopped != end || count == 0) Refuse(text, "bad count");
  crash_name = new std::string(value.substr(0, colon));
  passes_left.store(count, std::memory_order_relaxed);
  SetTestPointHook(&CrashAtPoint);
}

}  // namespace evlog
