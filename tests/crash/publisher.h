// A publisher of a crash test: its messages become entries by routes; and what the routes are.
#ifndef EVLOG_TESTS_CRASH_PUBLISHER_H_
#define EVLOG_TESTS_CRASH_PUBLISHER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "evlog/event_log.h"
#include "evlog/route.h"
#include "tests/crash/witness.h"
#include "tests/support/owned_entry.h"
#include "tests/support/rng.h"

namespace evlog {

inline constexpr uint16_t kPublishers = 4;

// A route, and the stream that it leads to. All channels but one lead to two streams.
struct RoutePlan {
  StreamOptions options;
  Route route;
};
const std::vector<RoutePlan>& RoutePlans();
// Makes those that the log does not have.
absl::Status AddRoutes(EventLog& log);

bool IsRouted(uint16_t publisher, const Route& route);
uint64_t CountRoutes(uint16_t publisher);
// What the route must make of a message of a publisher. Everything follows from the three.
NewEntry RoutedEntryOf(uint16_t publisher, uint64_t number, const Route& route);
// Of such an entry.
uint16_t PublisherOf(const OwnedEntry& entry);

class Publisher {
 public:
  // `next`: the first number.
  Publisher(EventLog* log, uint16_t number, uint64_t next,
            std::function<void(const Record&)> report)
      : log_(log), number_(number), next_(next), report_(std::move(report)) {}

  // Publishes one message, or several at once, and reports the call before it and once it is
  // acknowledged.
  absl::Status Publish(Rng& rng);

 private:
  EventLog* const log_;
  const uint16_t number_;
  uint64_t next_;
  const std::function<void(const Record&)> report_;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_CRASH_PUBLISHER_H_
