#include "evlog/read.h"

#include <algorithm>

namespace evlog {

Bound Bound::Time(absl::Time time) {
  // Ids know no time before 1970, and none of theirs reaches the end of time.
  if (time == absl::InfiniteFuture()) return Bound(Kind::kTime, EntryId{UINT64_MAX, 0});
  const int64_t ms = std::max<int64_t>(absl::ToUnixMillis(time), 0);
  return Bound(Kind::kTime, EntryId{static_cast<uint64_t>(ms), 0});
}

}  // namespace evlog
