// Dead letters: entries that a group has given up, in a stream of their own, with where they are
// from and why.
//
// A dead letter has the entry's key, the fields below, and behind them all fields of the entry as
// they were; an entry's own fields may have any names, so the first kDeadLetterFields count.
#ifndef EVLOG_GROUPS_DEAD_LETTER_H_
#define EVLOG_GROUPS_DEAD_LETTER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "evlog/entry.h"
#include "log/batch_data.h"

namespace evlog {

inline constexpr size_t kDeadLetterFields = 7;
// Names of these fields, in this order. In logs: never change one of them.
inline constexpr std::string_view kDeadLetterStream = "dead_letter.stream";
inline constexpr std::string_view kDeadLetterId = "dead_letter.id";
inline constexpr std::string_view kDeadLetterGroup = "dead_letter.group";
inline constexpr std::string_view kDeadLetterReason = "dead_letter.reason";
inline constexpr std::string_view kDeadLetterDeliveries = "dead_letter.deliveries";
inline constexpr std::string_view kDeadLetterConsumer = "dead_letter.consumer";
inline constexpr std::string_view kDeadLetterMs = "dead_letter.ms";

enum class DeadLetterReason : uint8_t {
  kDeliveries,  // "deliveries": it was delivered as often as the group allows
  kFatal,       // "fatal": a consumer has said that it cannot be handled
  kRequested,   // "requested": by hand
};

struct DeadLetterOrigin {
  std::string stream;
  EntryId id;
  std::string group;
  DeadLetterReason reason = DeadLetterReason::kDeliveries;
  uint32_t deliveries = 0;
  std::string consumer;  // who had it last; empty: nobody
  uint64_t ms = 0;       // when it was given up

  friend bool operator==(const DeadLetterOrigin&, const DeadLetterOrigin&) = default;
};

// Adds the dead letter of `entry`; `origin.id` is the entry's. Errors: those of BatchData::Add.
absl::Status AddDeadLetter(const EntryView& entry, const DeadLetterOrigin& origin,
                           internal::BatchData* batch);

// What is said of a dead letter; nullopt: it is none.
std::optional<DeadLetterOrigin> ReadDeadLetter(const EntryView& letter);

}  // namespace evlog

#endif  // EVLOG_GROUPS_DEAD_LETTER_H_
