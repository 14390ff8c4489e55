// Removing entries: trimming a stream at its start, and deleting single entries.
#ifndef EVLOG_TRIM_H_
#define EVLOG_TRIM_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/entry_id.h"

namespace evlog {

// What to keep of a stream. Where several bounds are given, what any of them gives up goes.
struct Retention {
  // The newest so many entries; deleted ones do not count.
  std::optional<uint64_t> max_entries = std::nullopt;
  // The newest entries that take so many bytes together, encoded as in Batch::bytes. Deleted ones
  // count until a trim passes them.
  std::optional<uint64_t> max_bytes = std::nullopt;
  // Entries whose id is younger than this.
  std::optional<absl::Duration> max_age = std::nullopt;
  // Entries of that id and above.
  std::optional<EntryId> min_id = std::nullopt;
  // False: may keep up to kApproximateEntries more, or a chunk where bytes are counted, as the `~`
  // of Redis does, and costs less.
  bool exact = false;

  bool empty() const { return !max_entries && !max_bytes && !max_age && !min_id; }

  friend bool operator==(const Retention&, const Retention&) = default;

  // INVALID_ARGUMENT naming the field: an age that is not positive.
  absl::Status Validate() const;
};

// How many entries a trim that is not exact may leave: it removes them by so many (Redis:
// stream-node-max-entries).
inline constexpr uint64_t kApproximateEntries = 100;

// What becomes of an entry's references: consumer groups that have it pending, or have not
// delivered it yet.
enum class References : uint8_t {
  kKeep,  // they stay: it is pending as before, and found to be gone when it comes to be delivered
  kDrop,  // it is not pending in any group any more
  kOnlyAcknowledged,  // only entries that all groups have delivered and acknowledged are removed
};

struct TrimOptions {
  Retention keep;
  // At most so many entries; a trim that would remove more removes the oldest of them.
  uint64_t limit = UINT64_MAX;
  // Removes nothing, and says what would go.
  bool dry_run = false;
  std::optional<Durability> durability = std::nullopt;
  // kOnlyAcknowledged: stops before the first entry that a group needs.
  References references = References::kKeep;

  friend bool operator==(const TrimOptions&, const TrimOptions&) = default;
};

struct TrimResult {
  uint64_t entries = 0;  // that were there and are gone
  uint64_t bytes = 0;    // what they took, to the chunk; a row of a chunk goes with its last entry
  Position position;     // of the commit; the default one when there was nothing to do
};

struct DeleteOptions {
  std::optional<Durability> durability = std::nullopt;
  References references = References::kKeep;
};

// What became of one id.
enum class Deleted : uint8_t {
  kNotThere,    // nothing to do: there is no such entry, or (AckDelete) it is not pending
  kDeleted,     // it is gone
  kReferenced,  // it stays, since a group still needs it
};

struct DeleteResult {
  uint64_t entries = 0;  // that were there and are gone
  Position position;
  std::vector<Deleted> each;  // by place in the ids that were asked for
};

}  // namespace evlog

#endif  // EVLOG_TRIM_H_
