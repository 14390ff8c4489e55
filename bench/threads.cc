#include "bench/threads.h"

#include <sched.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "log/base/status.h"

namespace evlog::bench {

absl::Status RunOnThreads(int threads, uint64_t entries,
                          const std::function<absl::Status(uint64_t, uint64_t)>& work) {
  const auto count = static_cast<uint64_t>(threads);
  std::vector<absl::Status> statuses(count);
  std::vector<std::thread> running;
  for (uint64_t t = 0; t != count; ++t) {
    running.emplace_back(
        [&, t] { statuses[t] = work(entries * t / count, entries * (t + 1) / count); });
  }
  for (std::thread& thread : running) thread.join();
  for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

void PinThread(int n) {
  static const std::vector<int> processors = [] {
    std::vector<int> found;
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(getpid(), sizeof set, &set);
    for (int cpu = 0; cpu != CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) found.push_back(cpu);
    }
    return found;
  }();
  const int count = static_cast<int>(processors.size());
  if (count < 2) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processors[n == 0 ? 0 : 1 + (n - 1) % (count - 1)], &one);
  sched_setaffinity(0, sizeof one, &one);
}

}  // namespace evlog::bench
