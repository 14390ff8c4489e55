// A process that appends work and handles it through consumer groups, until it is killed.
#ifndef EVLOG_TESTS_CRASH_CONSUMER_H_
#define EVLOG_TESTS_CRASH_CONSUMER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "evlog/event_log.h"
#include "tests/crash/witness.h"

namespace evlog {

// What a record of it is about, as Record::producer. An attempt and an acknowledgment for each
// entry `first`; of kGiven the attempt is that of the consumer's read, whatever it will find.
enum ConsumerCall : uint16_t {
  kWorkAdded,
  kGiven,  // by group `partition` to consumer `offset`, for the `count`th time
  kAcked,  // in group `partition`
  kNacked,
  kBilled,  // acknowledged in the commit that appended it to kBills
};

inline constexpr const char* kWork = "work";
inline constexpr const char* kBills = "bills";
inline constexpr const char* kDeadWork = "dead";
inline constexpr uint16_t kWorkGroups = 3;
inline constexpr uint64_t kConsumers = 3;
inline constexpr uint32_t kMaxDeliveries = 4;
const char* WorkGroup(uint16_t group);
GroupOptions OptionsOf(uint16_t group);
inline std::string WorkConsumer(uint64_t consumer) { return "c" + std::to_string(consumer); }

// Makes what is missing, then appends entries from number `next` on and handles what it gets, in
// `calls` calls of each consumer. `report` may be called by several threads.
absl::Status Consume(EventLog& log, uint64_t seed, uint64_t calls, uint64_t next,
                     const std::function<void(const Record&)>& report);

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_CONSUMER_H_
