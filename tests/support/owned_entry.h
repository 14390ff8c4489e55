// Entries that own their bytes, and logs read into them: for tests that compare.
#ifndef EVLOG_TESTS_SUPPORT_OWNED_ENTRY_H_
#define EVLOG_TESTS_SUPPORT_OWNED_ENTRY_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "evlog/event_log.h"

namespace evlog {

using OwnedFields = std::vector<std::pair<std::string, std::string>>;

struct OwnedEntry {
  EntryId id;
  uint64_t offset = 0;
  uint16_t partition = 0;
  std::optional<std::string> key;
  OwnedFields fields;

  friend bool operator==(const OwnedEntry&, const OwnedEntry&) = default;

  // The value of the first field of that name; empty when there is none.
  std::string_view value(std::string_view name) const;
};

OwnedEntry Own(const EntryView& entry);
// The same fields as an append takes them; they live as long as `fields`.
std::vector<FieldView> ViewOf(const OwnedFields& fields);

// Everything that the cursor hands out without waiting.
absl::StatusOr<std::vector<OwnedEntry>> Drain(Cursor* cursor);
absl::StatusOr<std::vector<OwnedEntry>> ReadAll(EventLog& log, const ReadRequest& request);

// How GoogleTest shows them.
void PrintTo(const OwnedEntry& entry, std::ostream* out);
void PrintTo(const EntryId& id, std::ostream* out);

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_OWNED_ENTRY_H_
