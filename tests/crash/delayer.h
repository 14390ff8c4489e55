// A process that delays appends, takes some of them back, and is killed while they fall due.
#ifndef EVLOG_TESTS_CRASH_DELAYER_H_
#define EVLOG_TESTS_CRASH_DELAYER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "evlog/event_log.h"
#include "tests/crash/witness.h"

namespace evlog {

// Batch n goes to stream n % kDelayedStreams, and has SizeOfDelayed(n) entries {n: n, i: 0}, ...
inline constexpr uint64_t kDelayedStreams = 2;
std::string DelayedStream(uint64_t n);
uint32_t SizeOfDelayed(uint64_t n);

// What a Record's `producer` is here. Of kDelayed, `first` is n; an acknowledgment has the ticket
// in `first_id`. Of kTakenBack, `first` is n, too; `count` of its acknowledgment is 1, or 0 when
// there was nothing to take back any more.
enum DelayedCall : uint16_t { kDelayed, kTakenBack };

// Makes `calls` calls, beginning with the batch `next`, and reports each before it and after.
absl::Status Delay(EventLog& log, Clock& clock, uint64_t seed, uint64_t calls, uint64_t next,
                   const std::function<void(const Record&)>& report);

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_DELAYER_H_
