// An owner that keeps its files moving: it appends, trims, flushes and works a group off.
#ifndef EVLOG_TESTS_CRASH_OWNER_H_
#define EVLOG_TESTS_CRASH_OWNER_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "evlog/event_log.h"
#include "tests/crash/witness.h"

namespace evlog {

inline constexpr const char* kOwned = "owned";  // its stream: entries whose field `n` counts
inline constexpr const char* kOwnedGroup = "g";
inline constexpr uint64_t kOwnedKept = 1500;  // entries, about, that its trims leave

// Appends until `calls` are made; goes on after what is there. `report` is told each append: first
// is its number.
absl::Status Own(EventLog& log, uint64_t calls, const std::function<void(const Record&)>& report);

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_OWNER_H_
