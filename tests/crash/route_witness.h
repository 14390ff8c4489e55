// Remembers what publishers published and what was acknowledged, and judges what routes have kept.
//
// Each publisher numbers its messages and publishes one call after the other. A crash may leave a
// call in one of its streams and not in the other. So after each, what a stream then holds is taken
// as it is, and numbering goes on behind all of it.
#ifndef EVLOG_TESTS_CRASH_ROUTE_WITNESS_H_
#define EVLOG_TESTS_CRASH_ROUTE_WITNESS_H_

#include <cstdint>
#include <set>
#include <vector>

#include "evlog/event_log.h"
#include "tests/crash/publisher.h"
#include "tests/crash/witness.h"

namespace evlog {

class RouteWitness {
 public:
  void Add(const Record& record);

  // Expects of the log that its routes are there; that each stream has of each publisher what it
  // had before, then messages in order up to the end of a call; and, in streams that are as durable
  // as `survives` or more, all calls that were acknowledged.
  void Judge(EventLog& log, Durability survives);

  // The number of the message that a publisher publishes next.
  uint64_t next(uint16_t publisher) const { return publishers_[publisher].next; }
  uint64_t kept() const { return kept_; }  // entries
  // Entries that were acknowledged, and lost where `survives` allowed it.
  uint64_t lost() const { return lost_; }

 private:
  struct Publisher {
    uint64_t next = 0;
    uint64_t acknowledged = 0;      // behind the last such message
    std::set<uint64_t> ends = {0};  // of calls
    // By stream: the numbers that it had at the last judgment.
    std::vector<std::vector<uint64_t>> kept =
        std::vector<std::vector<uint64_t>>(RoutePlans().size());
  };

  void JudgeRoutes(EventLog& log);
  void JudgeStream(EventLog& log, size_t stream, Durability survives);

  std::vector<Publisher> publishers_ = std::vector<Publisher>(kPublishers);
  bool published_ = false;  // so the routes had been made
  uint64_t kept_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_ROUTE_WITNESS_H_
