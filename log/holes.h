// The entries of one partition that were deleted one by one, as bitmaps in memory.
//
// Only those above the start of the partition count; what is below is gone with everything else.
#ifndef EVLOG_LOG_HOLES_H_
#define EVLOG_LOG_HOLES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "log/trim_codec.h"

namespace evlog {

// Not thread-safe.
class Holes {
 public:
  bool empty() const { return blocks_.empty(); }

  // False: it was there already.
  bool Add(uint64_t offset);
  bool Contains(uint64_t offset) const;
  // How many there are in [begin, end).
  uint64_t CountIn(uint64_t begin, uint64_t end) const;

  // The first offset at or after `offset` that is not a hole; and the first that is one, or `end`.
  uint64_t NextLive(uint64_t offset) const;
  uint64_t NextHole(uint64_t offset, uint64_t end) const;
  // The same backwards: one above the last live offset below `offset`, or 0; one above the last
  // hole below `offset` that is at or above `begin`, or `begin`.
  uint64_t LastLiveBelow(uint64_t offset) const;
  uint64_t LastHoleBelow(uint64_t offset, uint64_t begin) const;

  // The largest offset in [begin, end] such that at least `live` entries of [it, end) are no holes;
  // `begin` when there are not as many.
  uint64_t FromEnd(uint64_t begin, uint64_t end, uint64_t live) const;

  // Forgets the blocks that lie wholly below `offset`.
  void DropBelow(uint64_t offset);

  static uint64_t BlockOf(uint64_t offset) { return offset / kHolesPerBlock; }
  // The row of a block, which holds a hole.
  std::string Encode(uint64_t block) const { return EncodeHoles(blocks_.at(block)); }
  // Errors: DATA_LOSS.
  absl::Status Load(uint64_t block, std::string_view value);

 private:
  absl::btree_map<uint64_t, HolesBitmap> blocks_;  // each has a hole
};

}  // namespace evlog

#endif  // EVLOG_LOG_HOLES_H_
