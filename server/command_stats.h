// What INFO commandstats counts of each command.
#ifndef EVLOG_SERVER_COMMAND_STATS_H_
#define EVLOG_SERVER_COMMAND_STATS_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "evlog/clock.h"

namespace evlog::server {

struct Call;
class Core;
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

// Adds the time from `start` to its end to a command's.
class CommandTimer {
 public:
  CommandTimer(Clock* clock, CommandCounts* counts, absl::Time start)
      : clock_(*clock), counts_(*counts), start_(start) {}
  ~CommandTimer() {
    // A clock that was set back has measured nothing.
    const int64_t nanos = std::max<int64_t>(0, absl::ToInt64Nanoseconds(clock_.Now() - start_));
    counts_.nanos.fetch_add(static_cast<uint64_t>(nanos), std::memory_order_relaxed);
  }
  CommandTimer(const CommandTimer&) = delete;
  CommandTimer& operator=(const CommandTimer&) = delete;

 private:
  Clock& clock_;
  CommandCounts& counts_;
  const absl::Time start_;
};

// Counts a command that is carried out now.
void CountCall(const CommandRow& row, Core* core);

// Counts a failure of that command if its reply is an error, and the error.
void CountIfError(std::string_view reply, const CommandRow& row, Core* core);

// Carries a command out that began then, and counts its time and its failure. Its call is counted
// by who took it.
void RunAndCount(Call& call, absl::Time began);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMAND_STATS_H_
