// The id of an entry: `ms-seq`, as in Redis Streams.
//
// Ids rise strictly over a whole stream. Automatic ids take the wall clock's milliseconds, or the
// last id's when the clock stands still or stepped back, so they never repeat or fall.
//
// In a stream of one partition `seq` is a plain counter. In a stream of several partitions
// `seq = (n << 10) | partition`: `n` counts over the whole stream, and the low ten bits name the
// entry's partition for ever.
#ifndef EVLOG_ENTRY_ID_H_
#define EVLOG_ENTRY_ID_H_

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace evlog {

inline constexpr int kPartitionBits = 10;
inline constexpr uint16_t kPartitionsMax = 1 << kPartitionBits;

struct EntryId {
  uint64_t ms = 0;
  uint64_t seq = 0;

  friend constexpr auto operator<=>(const EntryId&, const EntryId&) = default;

  // The smallest and the largest id. `Min()` (0-0) is never given to an entry.
  static constexpr EntryId Min() { return {0, 0}; }
  static constexpr EntryId Max() { return {UINT64_MAX, UINT64_MAX}; }

  // Reads `ms-seq`, or `ms` alone, whose sequence is then `missing_seq` (Redis: 0 for the start of
  // a range, UINT64_MAX for its end). Errors: INVALID_ARGUMENT naming the text.
  static absl::StatusOr<EntryId> Parse(std::string_view text, uint64_t missing_seq = 0);

  // `ms-seq` in decimal.
  std::string ToString() const;

  // The id right after (before) this one. Neither wraps: Max() stays Max(), Min() stays Min().
  constexpr EntryId Successor() const {
    if (seq != UINT64_MAX) return {ms, seq + 1};
    return ms == UINT64_MAX ? Max() : EntryId{ms + 1, 0};
  }
  constexpr EntryId Predecessor() const {
    if (seq != 0) return {ms, seq - 1};
    return ms == 0 ? Min() : EntryId{ms - 1, UINT64_MAX};
  }
};

}  // namespace evlog

#endif  // EVLOG_ENTRY_ID_H_
