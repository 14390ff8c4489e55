// What one operation changes of a group, as it is kept in the group's journal.
//
// Assignments, not events: applying a change again, or to a part that has it already, comes to the
// same. So each part of a group can be stored by itself, at its own time (group_journal.h).
#ifndef EVLOG_GROUPS_GROUP_CHANGE_H_
#define EVLOG_GROUPS_GROUP_CHANGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "evlog/entry_id.h"
#include "groups/pending.h"
#include "groups/place.h"
#include "log/chunk_codec.h"

namespace evlog {

// How far a group has delivered a partition.
struct GroupPosition {
  uint64_t next_offset = 0;  // the first that was not delivered
  EntryId last_id;           // the last that was; or where the group was set

  friend bool operator==(const GroupPosition&, const GroupPosition&) = default;
};

// Who may be handed entries of a partition of an ordered group. Each time that something of it is
// handed out it is another one.
struct Lease {
  ConsumerNumber owner = kNobody;
  uint64_t epoch = 0;

  friend bool operator==(const Lease&, const Lease&) = default;
};

struct ConsumerState {
  std::string name;
  uint64_t seen_ms = 0;    // it asked for something
  uint64_t active_ms = 0;  // and got something; 0: never

  friend bool operator==(const ConsumerState&, const ConsumerState&) = default;
};

struct GroupChange {
  struct OfPending {
    PlaceRange range;
    std::optional<Pending> to;
    IdRuns ids;  // of entries that were not pending before; else it may be empty

    friend bool operator==(const OfPending&, const OfPending&) = default;
  };
  struct OfPosition {
    uint16_t partition = 0;
    GroupPosition to;

    friend bool operator==(const OfPosition&, const OfPosition&) = default;
  };
  struct OfConsumer {
    ConsumerNumber number = kNobody;
    std::optional<ConsumerState> to;  // nullopt: removed

    friend bool operator==(const OfConsumer&, const OfConsumer&) = default;
  };

  struct OfLease {
    uint16_t partition = 0;
    Lease to;

    friend bool operator==(const OfLease&, const OfLease&) = default;
  };

  absl::InlinedVector<OfPending, 1> pending;
  absl::InlinedVector<OfPosition, 1> positions;
  absl::InlinedVector<OfConsumer, 1> consumers;
  std::optional<uint64_t> entries_read;
  std::vector<OfLease> leases;  // of ordered groups

  // Positions, consumers and the like, and not only pending entries.
  bool of_head() const {
    return !positions.empty() || !consumers.empty() || entries_read || !leases.empty();
  }
  bool empty() const { return pending.empty() && !of_head(); }
  // What its row takes, about.
  size_t bytes() const;
  // To apply it is then to apply both, `later` last.
  void Add(const GroupChange& later);
  friend bool operator==(const GroupChange&, const GroupChange&) = default;
};

// A row of the journal.
//
//   value    := 02 sequence:varint oldest:varint
//               n:varint { partition:varint begin:varint size:varint state ids }
//               n:varint { partition:varint next_offset:varint ms:varint seq:varint }
//               n:varint { number:varint consumer }
//               00 | 01 entries_read:varint
//               n:varint { partition:varint owner+1:varint epoch:varint }     owner+1 as below
//   state    := 00 | owner+1:varint count:varint ms:varint      owner+1 is 1 for nobody, then +2
//   ids      := n:varint { count:varint ms:varint seq:varint step:varint }
//   consumer := 00 | 01 size:varint name seen_ms:varint active_ms:varint
struct JournalRecord {
  uint64_t sequence = 0;
  uint64_t oldest = 0;  // the first that is still needed
  GroupChange change;

  friend bool operator==(const JournalRecord&, const JournalRecord&) = default;
};

std::string EncodeJournalRecord(uint64_t sequence, uint64_t oldest, const GroupChange& change);
// Errors: DATA_LOSS saying what is malformed.
absl::StatusOr<JournalRecord> DecodeJournalRecord(std::string_view value);

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_CHANGE_H_
