#include "cli/position.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "cli/duration.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr char kForms[] =
    "begin, end, an id (ms-seq or ms), o:OFFSET, -N, @2026-11-20T10:00:00Z or @-15m";

// Decimal digits and nothing else, in 64 bits.
bool ParseNumber(std::string_view text, uint64_t* number) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && rest == end && !text.empty();
}

absl::StatusOr<Bound> ParseTimeBound(std::string_view whole, absl::Time now) {
  const std::string_view text = whole.substr(1);
  if (text == "now") return Bound::Time(now);
  if (text.starts_with('-')) {
    const absl::StatusOr<absl::Duration> ago = ParseDuration(text.substr(1));
    if (!ago.ok()) return Annotate(ago.status(), "position " + Quoted(whole));
    return Bound::Time(std::max(now - *ago, absl::UnixEpoch()));
  }
  const absl::StatusOr<absl::Time> time = ParseTime(text);
  if (!time.ok()) return Annotate(time.status(), "position " + Quoted(whole));
  return Bound::Time(*time);
}

}  // namespace

absl::StatusOr<absl::Time> ParseTime(std::string_view text) {
  absl::Time time;
  std::string why;
  // RFC3339_full wants a zone: a time without one would mean another moment on another machine.
  if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &why) ||
      time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return InvalidArgument(
        "{}: not a time; write 2026-11-20T10:00:00Z (with Z or an offset such as +01:00)",
        Quoted(text));
  }
  if (time < absl::UnixEpoch()) {
    return InvalidArgument("{}: before 1970, where no id reaches", Quoted(text));
  }
  return time;
}

absl::StatusOr<Bound> ParsePosition(std::string_view text, PositionRole role, absl::Time now) {
  if (text.empty()) return InvalidArgument("an empty position; one of {}", kForms);
  if (text == "begin") return Bound::Begin();
  if (text == "end") return Bound::End();
  if (text.starts_with('@')) return ParseTimeBound(text, now);
  if (text.starts_with("o:")) {
    uint64_t offset = 0;
    if (ParseNumber(text.substr(2), &offset)) return Bound::Offset(offset);
    return InvalidArgument("position {}: a number is expected after \"o:\"", Quoted(text));
  }
  if (text.starts_with('-')) {
    uint64_t last = 0;
    if (!ParseNumber(text.substr(1), &last)) {
      return InvalidArgument("position {}: a number is expected after \"-\"", Quoted(text));
    }
    if (role == PositionRole::kUntil) {
      return InvalidArgument("position {}: the last N entries are for --from only", Quoted(text));
    }
    return last == 0 ? Bound::End() : Bound::Last(last);
  }
  if (text[0] >= '0' && text[0] <= '9') {
    const absl::StatusOr<EntryId> id =
        EntryId::Parse(text, role == PositionRole::kUntil ? UINT64_MAX : 0);
    if (id.ok()) return Bound::Id(*id);
    return InvalidArgument("position {}: not an id; write ms-seq, such as 1763640000000-0",
                           Quoted(text));
  }
  return InvalidArgument("position {}: one of {}", Quoted(text), kForms);
}

absl::StatusOr<Bound> ParseGroupPosition(std::string_view text, absl::Time now) {
  ASSIGN_OR_RETURN(const Bound bound, ParsePosition(text, PositionRole::kFrom, now));
  // The newest entries are others by the time that they are delivered.
  if (text.starts_with('-')) {
    return InvalidArgument("position {}: a group cannot begin at the last N entries", Quoted(text));
  }
  return bound;
}

}  // namespace evlog::cli
