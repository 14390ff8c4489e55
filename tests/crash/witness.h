// Remembers what producers appended and what they were told, and judges what a log has kept of it.
//
// Each producer appends entries numbered from 0 to one stream, one call after the other. So what is
// left of a producer must be the entries 0..m, in order, where m ends a call that was made, and
// lies behind every call that was acknowledged as durably as the accident allows.
#ifndef EVLOG_TESTS_CRASH_WITNESS_H_
#define EVLOG_TESTS_CRASH_WITNESS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "evlog/event_log.h"
#include "tests/support/model_log.h"

namespace evlog {

// What producers do; the same in each process of a test.
inline constexpr uint16_t kProducers = 8;

struct StreamPlan {
  const char* name;
  StreamOptions options;
};
// The stream of a producer.
const StreamPlan& PlanOf(uint16_t producer);

// Entry `counter` of a producer. Everything follows from the two.
NewEntry EntryOf(uint16_t producer, uint64_t counter);

// One call of a producer: before it is made (an attempt), or when it was acknowledged.
struct Record {
  enum Kind : uint8_t { kAttempt, kAcknowledged };
  Kind kind = kAttempt;
  Durability durability = Durability::kOs;
  uint16_t producer = 0;
  uint16_t partition = 0;
  uint32_t count = 0;
  uint64_t first = 0;  // counter
  uint64_t offset = 0;
  uint64_t commit = 0;
  EntryId first_id, last_id;
};
Record AttemptOf(uint16_t producer, uint64_t first, uint32_t count);
Record AcknowledgmentOf(const Record& attempt, Durability durability, const AppendResult& result);

class Witness {
 public:
  void Add(const Record& record);

  // Expects of the log that nothing is lost that was acknowledged as `survives` or more durably,
  // and everything that is written above. Afterwards what the log has kept is what there is.
  void Judge(EventLog& log, Durability survives);
  // The same for a log that somebody else may still be writing to or recovering; nothing is kept.
  void JudgeView(EventLog& log, Durability survives) const;

  // The number of the entry that a producer appends next.
  uint64_t next(uint16_t producer) const { return producers_[producer].kept; }
  uint64_t kept() const;

 private:
  struct Producer {
    uint64_t kept = 0;
    std::set<uint64_t> ends = {0};  // of calls: numbers at which the log may end
    std::vector<Record> acknowledged;
  };
  // What a log holds of a producer: entry by entry.
  using Found = std::vector<std::vector<OwnedEntry>>;

  static void ReadStream(EventLog& log, const StreamPlan& plan, Found* found);
  static Found ReadLog(EventLog& log);
  void Compare(const Found& found, Durability survives) const;
  void CompareAcknowledged(uint16_t producer, const std::vector<OwnedEntry>& entries,
                           Durability survives) const;

  std::vector<Producer> producers_ = std::vector<Producer>(kProducers);
};

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_WITNESS_H_
