// A producer that does not know what happened to its last appends, and repeats them.
#ifndef EVLOG_TESTS_CRASH_REPEATER_H_
#define EVLOG_TESTS_CRASH_REPEATER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "evlog/event_log.h"
#include "tests/crash/witness.h"

namespace evlog {

// One for each way to repeat; stream i holds the entries {n: 0}, {n: 1}, ... in this order.
inline constexpr int kRepeatedStreams = 3;
const char* RepeatedStream(int i);
// Only the last append may be repeated there.
inline bool RepeatsLastOnly(int i) { return i == 0; }

// Appends the next `calls` entries to each stream, from starts[i] on, and reports each of them, as
// `producer` i, before the call and after it.
absl::Status Repeat(EventLog& log, uint64_t seed, uint64_t calls, std::vector<uint64_t> starts,
                    const std::function<void(const Record&)>& report);

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_REPEATER_H_
