// Where entries of a stream are, as groups speak of them.
#ifndef EVLOG_GROUPS_PLACE_H_
#define EVLOG_GROUPS_PLACE_H_

#include <compare>
#include <cstdint>

#include "groups/pending.h"

namespace evlog {

struct EntryPlace {
  uint16_t partition = 0;
  uint64_t offset = 0;

  friend auto operator<=>(const EntryPlace&, const EntryPlace&) = default;
};

// Offsets [begin, end) of one partition.
struct PlaceRange {
  uint16_t partition = 0;
  uint64_t begin = 0;
  uint64_t end = 0;

  uint64_t count() const { return end - begin; }
  friend bool operator==(const PlaceRange&, const PlaceRange&) = default;
};

// Entries in a row that are all pending with the same.
struct PlaceRun {
  PlaceRange range;
  Pending pending;

  friend bool operator==(const PlaceRun&, const PlaceRun&) = default;
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_PLACE_H_
