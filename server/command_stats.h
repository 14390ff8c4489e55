// What INFO commandstats counts of each command.
#ifndef EVLOG_SERVER_COMMAND_STATS_H_
#define EVLOG_SERVER_COMMAND_STATS_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace evlog::server {

struct CommandRow;

// Relaxed: related counts may be out of step.
struct CommandCounts {
  std::atomic<uint64_t> calls{0};
  std::atomic<uint64_t> nanos{0};     // of a thread that carried it out; not of waiting
  std::atomic<uint64_t> rejected{0};  // not carried out
  std::atomic<uint64_t> failed{0};    // answered with an error
};

// Thread-safe.
class CommandStats {
 public:
  CommandStats();

  CommandCounts& Of(const CommandRow& row);
  void Reset();

 private:
  std::vector<CommandCounts> counts_;
};

// Adds the time of its life to a command's.
class CommandTimer {
 public:
  explicit CommandTimer(CommandCounts* counts) : counts_(counts) {}
  ~CommandTimer() {
    const auto took = std::chrono::steady_clock::now() - start_;
    counts_->nanos.fetch_add(static_cast<uint64_t>(took.count()), std::memory_order_relaxed);
  }
  CommandTimer(const CommandTimer&) = delete;
  CommandTimer& operator=(const CommandTimer&) = delete;

 private:
  CommandCounts* const counts_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMAND_STATS_H_
