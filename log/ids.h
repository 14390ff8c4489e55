// Numeric names of what a log holds. They are given once and never used again.
#ifndef EVLOG_LOG_IDS_H_
#define EVLOG_LOG_IDS_H_

#include <compare>
#include <cstdint>
#include <utility>

#include "log/base/strong_id.h"

namespace evlog {

using StreamId = StrongId<struct StreamIdTag, uint64_t>;
using GroupNumber = StrongId<struct GroupNumberTag, uint64_t>;

// A consumer group of a stream.
struct GroupId {
  StreamId stream;
  GroupNumber group;

  friend constexpr auto operator<=>(const GroupId&, const GroupId&) = default;
};

struct PartitionId {
  StreamId stream;
  uint16_t partition = 0;

  friend constexpr auto operator<=>(const PartitionId&, const PartitionId&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const PartitionId& id) {
    return H::combine(std::move(state), id.stream, id.partition);
  }
};

}  // namespace evlog

#endif  // EVLOG_LOG_IDS_H_
