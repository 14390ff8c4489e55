#include "server/process_use.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

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
  return use;
}

}  // namespace evlog::server
