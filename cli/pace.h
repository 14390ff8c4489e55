// `replay --speed`: when each entry is due.
#ifndef EVLOG_CLI_PACE_H_
#define EVLOG_CLI_PACE_H_

#include <optional>
#include <stop_token>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/clock.h"
#include "evlog/entry_id.h"

namespace evlog::cli {

// Keeps the gaps between entries, by the times in their ids, divided by a factor. The first entry
// is due at once; who falls behind goes on without waits until he has caught up.
class Pace {
 public:
  // `max` (no waits), or a factor: `1x`, `0.5x`, `60x`. Errors: INVALID_ARGUMENT.
  static absl::StatusOr<Pace> Parse(std::string_view text);

  bool paced() const { return factor_ != 0; }

  // How long what took `ms` takes at this pace, at least; nothing without waits.
  absl::Duration Span(uint64_t ms) const;

  // When the entry is due. Entries come in the order of their ids.
  absl::Time Due(EntryId id, absl::Time now);

 private:
  explicit Pace(double factor) : factor_(factor) {}

  struct Origin {
    EntryId id;
    absl::Time time;
  };

  double factor_;  // 0: no waits
  std::optional<Origin> origin_;
};

// Waits until then; false when a stop came first.
bool WaitUntil(Clock* clock, absl::Time then, const std::stop_token& stop);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_PACE_H_
