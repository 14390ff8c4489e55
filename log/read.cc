#include "evlog/read.h"

#include <algorithm>

namespace evlog {

Bound Bound::Time(absl::Time time) {
  // Ids know no time before 1970, and none of theirs reaches the end of time.
  if (time == absl::InfiniteFuture()) return Bound(Kind::kTime, EntryId{UINT64_MAX, 0});
  const int64_t ms = std::max<int64_t>(absl::ToUnixMillis(time), 0);
  return Bound(Kind::kTime, EntryId{static_cast<uint64_t>(ms), 0});
}

std::string QuotePattern(std::string_view name) {
  constexpr std::string_view kSpecial = "*?[]^\\";
  std::string pattern;
  for (const char byte : name) {
    if (kSpecial.find(byte) != std::string_view::npos) pattern.push_back('\\');
    pattern.push_back(byte);
  }
  return pattern;
}

}  // namespace evlog
