#include "tests/cli/shell.h"

#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace evlog::cli {

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

void WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string Shell::Parent() {
  constexpr char kMemory[] = "/dev/shm";
  constexpr uint64_t kBytesMin = uint64_t{2} << 30;
  struct statvfs space;
  if (std::getenv("TMPDIR") != nullptr || statvfs(kMemory, &space) != 0) return "";
  const bool room = uint64_t{space.f_bavail} * space.f_frsize >= kBytesMin;
  return room && access(kMemory, W_OK | X_OK) == 0 ? kMemory : "";
}

Outcome Shell::Run(std::string_view script) {
  const std::string at = directory_.path();
  WriteFile(at + "/.script", std::string("set -o pipefail\n").append(script).append("\n"));
  const std::string command = "cd '" + at +
                              "' && PATH='" EVLOG_BINARY_DIR "':\"$PATH\" EVLOG_AT='" + at +
                              "/log' exec timeout 100 bash .script >.out 2>.err </dev/null";
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = ReadFile(at + "/.out");
  outcome.err = ReadFile(at + "/.err");
  return outcome;
}

std::string Shell::Out(std::string_view script) {
  Outcome outcome = Run(script);
  EXPECT_EQ(outcome.code, 0) << script;
  EXPECT_EQ(outcome.err, "") << script;
  return outcome.out;
}

}  // namespace evlog::cli
