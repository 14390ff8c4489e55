// What must be true of a stream for an append to happen, and what is told where it is not.
#ifndef EVLOG_EXPECT_H_
#define EVLOG_EXPECT_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "evlog/entry_id.h"

namespace evlog {

// A condition on the place where an append goes. It is judged in the order of appends, against all
// that were ordered before, so of two writers who expect the same exactly one succeeds.
class Expect {
 public:
  enum class Kind : uint8_t { kNoEntries, kOffset, kLastId };

  // The stream never had an entry (trimmed and deleted ones count as had).
  static Expect NoEntries() { return Expect(Kind::kNoEntries, {}); }
  // The first entry of the append gets that offset: "version n", where n entries came before it. In
  // a stream of several partitions it is that of the partition to which the append's first entry
  // goes, so the append needs a key.
  static Expect Offset(uint64_t offset) { return Expect(Kind::kOffset, {0, offset}); }
  // The newest entry of the stream has that id.
  static Expect LastId(EntryId id) { return Expect(Kind::kLastId, id); }

  Kind kind() const { return kind_; }
  uint64_t offset() const { return id_.seq; }  // kOffset
  EntryId id() const { return id_; }           // kLastId

 private:
  Expect(Kind kind, EntryId id) : kind_(kind), id_(id) {}

  Kind kind_;
  EntryId id_;
};

// Where the stream stood when an append met a conflict.
struct Conflict {
  uint16_t partition = 0;
  uint64_t next_offset = 0;  // of that partition
  EntryId last_id;           // of the stream; Min() when it never had an entry
  // The producer's last one, when it was a lower sequence number that failed.
  std::optional<uint64_t> last_sequence = std::nullopt;

  friend bool operator==(const Conflict&, const Conflict&) = default;
};

// The conflict that an ABORTED status carries; nullopt for any other status.
std::optional<Conflict> ConflictOf(const absl::Status& status);

namespace internal {
// Adds it to a status.
void AttachConflict(const Conflict& conflict, absl::Status* status);
}  // namespace internal

}  // namespace evlog

#endif  // EVLOG_EXPECT_H_
