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
  enum class Order : uint8_t {
    kShared,   // any entry to any consumer
    kOrdered,  // entries of a partition one after the other, and so entries of a key
  };
  // kOrdered: a partition is leased to one consumer at a time. It gets the next entries once it has
  // settled those that it has; the lease goes to another one when its owner leaves, or has neither
  // settled nor extended for ack_wait (which must be finite), or has more of them than its share. A
  // nack gives the later entries of its partition back as well. Claims are refused.
  Order order = Order::kShared;
  enum class Poison : uint8_t {
    kPark,   // stays pending beside, and the entries behind it are delivered
    kBlock,  // nothing behind it is delivered until it is acknowledged or dead-lettered by hand
  };
  // Of kOrdered: what becomes of an entry that has reached max_deliveries or was refused for good.
  // kPark: dead_letters takes it, where there are any.
  Poison poison = Poison::kPark;
  // What deliveries and acknowledgments wait for: kOs or kSync. After a kill both have every one of
  // them; after a power loss kOs may have lost the newest, so that entries come again.
  Durability durability = Durability::kOs;
  // How long a consumer may have an entry before another one gets it. Infinite: until it is claimed
  // or released. In ms.
  absl::Duration ack_wait = absl::Seconds(30);
  // In place of ack_wait after the first, second, ... delivery, the last one for all that follow;
  // and how long a nack without a delay puts an entry off. At most kBackOffStepsMax, each 1 ms or
  // more.
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
