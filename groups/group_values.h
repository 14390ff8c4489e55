// What operations of a group ask for, and what they answer.
#ifndef EVLOG_GROUPS_GROUP_VALUES_H_
#define EVLOG_GROUPS_GROUP_VALUES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "evlog/chunk_view.h"
#include "evlog/entry_id.h"
#include "evlog/group_options.h"
#include "groups/group_change.h"
#include "groups/pending.h"
#include "groups/place.h"

namespace evlog {

struct GroupRead {
  uint64_t count = 100;  // entries at most
  // They are acknowledged with their delivery: what the consumer loses is lost.
  bool acknowledged = false;
  // Takes over what others have had for so long, before what is new.
  std::optional<uint64_t> claim_idle_ms = std::nullopt;
  // Of an ordered group: entries of one partition only.
  bool one_partition = false;
};

// Entries in a row, as a consumer gets them.
struct DeliveredRun {
  PlaceRange range;
  ChunkView view;
  uint32_t deliveries = 1;  // of each, this one included
  uint64_t epoch = 0;       // of the lease of the partition, in an ordered group
  uint64_t idle_ms = 0;     // since it was delivered before; 0 for a new one
};

// Entries as a consumer was handed them.
struct HandedOut {
  PlaceRange range;
  uint32_t deliveries = 0;
  uint64_t epoch = 0;
};

struct DeliveredRuns {
  ConsumerNumber consumer = kNobody;
  std::vector<DeliveredRun> runs;
  uint64_t entries = 0;
  bool limited = false;  // there may be more, which the group's limits keep back from the consumer
  // Of a look that found nothing: when something is due that was not due then.
  absl::Time due = absl::InfiniteFuture();
  std::vector<EntryId> gone;  // ReadAgain: of what it has, what is no longer there; pending still
};

// Which pending entries a consumer takes over, and what that makes of them.
struct GroupClaim {
  uint64_t min_idle_ms = 0;
  bool counts = true;                             // as a delivery
  bool force = false;                             // also what is not pending, if it is there
  std::optional<uint64_t> set_ms = std::nullopt;  // of the delivery; one to come counts as now
  std::optional<uint32_t> set_count = std::nullopt;
};

struct ClaimedRuns {
  DeliveredRuns delivered;
  std::vector<EntryId> gone;  // that were pending and are no longer there; not pending any more
  EntryId next;               // AutoClaim: where to go on; Min(): that was all
};

struct GroupConsumerInfo {
  std::string name;
  uint64_t pending = 0;
  uint64_t seen_ms = 0;
  uint64_t active_ms = 0;  // 0: never
};

struct GroupInfo {
  std::string name;
  GroupOptions options;
  std::vector<GroupPosition> positions;  // by partition
  std::vector<std::string> leases;       // by partition, to whom; empty: nobody
  uint64_t entries_read = 0;
  uint64_t lag = 0;         // entries that were not delivered and are there
  uint64_t lag_ms = 0;      // how long ago the oldest of them was appended, by its id
  uint64_t pending = 0;     // of which
  uint64_t released = 0;    // nobody has these
  uint64_t pending_ms = 0;  // since the longest pending of the others was delivered, about
  std::vector<GroupConsumerInfo> consumers;
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_VALUES_H_
