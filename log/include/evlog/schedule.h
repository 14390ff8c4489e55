// Delayed appends: entries that are kept now and appended at a time (Stream::Schedule).
#ifndef EVLOG_SCHEDULE_H_
#define EVLOG_SCHEDULE_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/append.h"

namespace evlog {

// Names a delayed append: by it, it is found in the list and cancelled. No other one of its log
// ever gets the same. Tickets are in the order in which they fall due.
struct Ticket {
  uint64_t ms = 0;      // when it is due, in milliseconds since 1970
  uint64_t number = 0;  // rises with each delayed append of the log; from 1

  absl::Time due() const {
    if (ms > uint64_t{INT64_MAX}) return absl::InfiniteFuture();
    return absl::FromUnixMillis(static_cast<int64_t>(ms));
  }

  // "1700000000000-17".
  std::string ToString() const;
  // Errors: INVALID_ARGUMENT for what ToString does not write.
  static absl::StatusOr<Ticket> Parse(std::string_view text);

  friend auto operator<=>(const Ticket&, const Ticket&) = default;
};

struct ScheduleOptions {
  // Of the one entry; those of a batch are given to Batch::Add.
  std::optional<std::string_view> key = std::nullopt;
  // What to wait for until the ticket is answered; at least `os`, the stream's own level without
  // one. The append itself, when it is due, is as durable and as visible as the stream says.
  std::optional<Durability> durability = std::nullopt;
};

// Which delayed appends are listed.
struct ScheduledFilter {
  std::optional<std::string> stream = std::nullopt;  // only of that one
  std::optional<Ticket> after = std::nullopt;        // only those behind it
  size_t limit = SIZE_MAX;
};

// A delayed append that waits for its time.
struct ScheduledAppend {
  Ticket ticket = {};
  std::string stream = {};
  uint64_t entries = 0;
  uint64_t bytes = 0;  // of its entries, encoded
  // Of the first entry.
  std::optional<std::string> key = std::nullopt;
  std::vector<std::pair<std::string, std::string>> fields = {};
  // DATA_LOSS: it cannot be read, and will not be appended; all but the ticket is empty. It stays
  // until it is cancelled.
  absl::Status status = {};
};

}  // namespace evlog

#endif  // EVLOG_SCHEDULE_H_
