// Places in the order of commits of a whole log.
#ifndef EVLOG_POSITION_H_
#define EVLOG_POSITION_H_

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace evlog {

// A place in the order in which a log was written: after a commit, or within the one that follows
// it. Opaque: to be compared, kept and handed back (ReadRequest::after). The default one is before
// everything, and the answer where there was no commit. It is as durable as what it follows: one
// that was taken after entries that a power loss took away means nothing afterwards.
struct Position {
  uint64_t log_id = 0;
  uint64_t commit = 0;  // everything up to this commit lies before
  uint64_t inside = 0;  // how far into the one after it

  // "00f1e2d3c4b5a697-1234", or with "-2.17" behind it within a commit: the log's id in hex and
  // numbers, so that it can be kept where text is.
  std::string ToString() const;
  // Errors: INVALID_ARGUMENT for what ToString does not write.
  static absl::StatusOr<Position> Parse(std::string_view text);

  friend bool operator==(const Position&, const Position&) = default;
  // Positions of two logs are not ordered, but the default one is before all others.
  friend std::partial_ordering operator<=>(const Position& a, const Position& b) {
    if (a.log_id != b.log_id && a != Position() && b != Position()) {
      return std::partial_ordering::unordered;
    }
    if (a.commit != b.commit) return a.commit <=> b.commit;
    if (a.inside != b.inside) return a.inside <=> b.inside;
    return a.log_id <=> b.log_id;
  }
};

}  // namespace evlog

#endif  // EVLOG_POSITION_H_
