// A producer of a crash test: appends its entries, and reports each call before and after it.
#ifndef EVLOG_TESTS_CRASH_PRODUCER_H_
#define EVLOG_TESTS_CRASH_PRODUCER_H_

#include <functional>

#include "evlog/event_log.h"
#include "tests/crash/witness.h"
#include "tests/support/rng.h"

namespace evlog {

class Producer {
 public:
  // `report` is called from this thread and the log's completion thread. `next`: the first number.
  Producer(EventLog* log, uint16_t number, uint64_t next, std::function<void(const Record&)> report)
      : log_(log), number_(number), next_(next), report_(std::move(report)) {}

  // One call of random size and durability; OK also when only its callback will tell.
  absl::Status Append(Rng& rng);

 private:
  absl::Status Open();

  EventLog* const log_;
  const uint16_t number_;
  uint64_t next_;
  const std::function<void(const Record&)> report_;
  std::optional<Stream> stream_;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_PRODUCER_H_
