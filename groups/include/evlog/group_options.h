// How a group delivers.
#ifndef EVLOG_GROUP_OPTIONS_H_
#define EVLOG_GROUP_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "evlog/append.h"

namespace evlog {

inline constexpr size_t kGroupNameBytesMax = 256;
inline constexpr size_t kBackOffStepsMax = 64;

struct GroupOptions {
  // What deliveries and acknowledgments wait for: kOs or kSync. After a kill both have every one of
  // them; after a power loss kOs may have lost the newest, so that entries come again.
  Durability durability = Durability::kOs;
  // How long a consumer may have an entry before another one gets it. Infinite: until it is claimed
  // or released. In ms.
  absl::Duration ack_wait = absl::Seconds(30);
  // In place of ack_wait after the first, second, ... delivery, the last one for all that follow;
  // and how long a nack without a delay puts an entry off. At most kBackOffStepsMax.
  std::vector<absl::Duration> backoff = {};
  // Deliveries after which an entry is not delivered again by itself. 0: no end.
  uint32_t max_deliveries = 0;
  // The stream, of the same database, that takes what has reached that end or was refused for good;
  // made when it is needed. Empty: it stays pending, and only claims deliver it.
  std::string dead_letters = {};
  // False: nothing is delivered again but by a claim, as in Redis.
  bool redelivers = true;
  // Entries that may be with consumers at once, all together and with each; when they are reached,
  // nothing new is delivered until some are settled. What comes again is delivered all the same.
  // 0: no limit.
  uint64_t max_in_flight = 0;
  uint64_t max_in_flight_of_consumer = 0;
  // Nothing is delivered, whatever waits, but to claims.
  bool paused = false;

  friend bool operator==(const GroupOptions&, const GroupOptions&) = default;

  // INVALID_ARGUMENT naming the field that is out of its range.
  absl::Status Validate() const;
};

}  // namespace evlog

#endif  // EVLOG_GROUP_OPTIONS_H_
