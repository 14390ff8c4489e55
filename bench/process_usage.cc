#include "bench/process_usage.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

namespace evlog::bench {
namespace {

// The number after `name` in a file of lines "name: number".
uint64_t NumberIn(const char* path, const std::string& name) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    uint64_t number = 0;
    if (word == name && file >> number) return number;
  }
  return 0;
}

uint64_t RssAnonKib() { return NumberIn("/proc/self/status", "RssAnon:"); }

}  // namespace

uint64_t BytesWritten() { return NumberIn("/proc/self/io", "wchar:"); }

double CpuSecondsOf(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  // The name, in parentheses, may have blanks. The third field follows it; times are the 14th and
  // the 15th.
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string skipped;
  for (int field = 3; field != 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double ResidentMiBOf(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/status";
  return static_cast<double>(NumberIn(path.c_str(), "VmRSS:")) / 1024;
}

double AnonymousMiB() {
  malloc_trim(0);
  return static_cast<double>(RssAnonKib()) / 1024;
}

PeakMemory::PeakMemory() {
  malloc_trim(0);
  thread_ = std::thread([this] { Run(); });
}

void PeakMemory::Run() {
  std::unique_lock lock(mu_);
  do {
    peak_kib_ = std::max(peak_kib_, RssAnonKib());
  } while (!wake_.wait_for(lock, std::chrono::milliseconds(100), [this] { return stop_; }));
}

double PeakMemory::Stop() {
  {
    std::unique_lock lock(mu_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  return static_cast<double>(std::max(peak_kib_, RssAnonKib())) / 1024;
}

}  // namespace evlog::bench
