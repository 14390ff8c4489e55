// Writers of numbers, and a projection that counts and sums them up.
#ifndef EVLOG_TESTS_CRASH_PROJECTOR_H_
#define EVLOG_TESTS_CRASH_PROJECTOR_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/event_log.h"
#include "tests/crash/witness.h"

namespace evlog {

inline constexpr const char* kFoldName = "fold";
inline constexpr const char* kFoldPattern = "in-*";

// The version's state: of each stream "count" and "sum" of its numbers, which count `version`
// times. Each entry also becomes one of the stream OutOf(version), numbered from 1.
absl::StatusOr<Projection> OpenFold(EventLog& log, uint64_t version, uint64_t commit_entries);
std::string OutOf(uint64_t version);
// The same by reading the log, of the entries up to that position.
absl::StatusOr<std::map<std::string, uint64_t>> FoldOf(EventLog& log, uint64_t version,
                                                       const Position& until);

// Appends numbers with two threads, and runs the projection meanwhile; reports each append and each
// run that was done.
absl::Status Project(EventLog& log, uint64_t seed, uint64_t calls, uint64_t version,
                     const std::function<void(const Record&)>& report);

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_PROJECTOR_H_
