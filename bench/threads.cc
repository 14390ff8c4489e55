#include "bench/threads.h"

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

}  // namespace evlog::bench
