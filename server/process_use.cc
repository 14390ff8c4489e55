#include "server/process_use.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace evlog::server {

namespace {

size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

ProcessUse MeasureProcess() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  ProcessUse use;
  use.resident_bytes = ResidentBytes();
  use.peak_bytes = static_cast<size_t>(usage.ru_maxrss) * 1024;
  use.cpu_user = absl::DurationFromTimeval(usage.ru_utime);
  use.cpu_system = absl::DurationFromTimeval(usage.ru_stime);
  rusage children{};
  getrusage(RUSAGE_CHILDREN, &children);
  use.children_cpu_user = absl::DurationFromTimeval(children.ru_utime);
  use.children_cpu_system = absl::DurationFromTimeval(children.ru_stime);
  return use;
}

size_t MachineMemoryBytes() {
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

std::string ExecutablePath() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

}  // namespace evlog::server
