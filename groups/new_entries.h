// Reads what a group has not delivered yet: from its position in each partition, merged by id.
//
// A position for each partition means that nothing is passed over, whatever order entries of
// different partitions become visible in; so their order here is by id among those that are there.
#ifndef EVLOG_GROUPS_NEW_ENTRIES_H_
#define EVLOG_GROUPS_NEW_ENTRIES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "evlog/chunk_view.h"
#include "groups/group_state.h"
#include "groups/place.h"
#include "log/chunk_codec.h"
#include "log/partition_reader.h"
#include "log/store/store.h"
#include "log/stream_state.h"

namespace evlog {

// Entries in a row of one partition.
struct EntryRun {
  PlaceRange range;
  IdRuns ids;
  ChunkView view;
};

// Not thread-safe.
class NewEntries {
 public:
  NewEntries(const Store* store, std::shared_ptr<StreamState> stream);

  // Goes on from these positions, also after a seek.
  void Start(const GroupState& state);
  // At most `limit` entries that readers see now; nullopt: none. They are behind it then.
  // Errors: DATA_LOSS; those of the store.
  absl::StatusOr<std::optional<EntryRun>> Next(uint64_t limit);
  // How many of the next `limit` there are at most, if Next finds them without the store.
  std::optional<uint64_t> Ready(uint64_t limit) const;
  // As Next, of one partition.
  absl::StatusOr<std::optional<EntryRun>> NextIn(uint16_t partition, uint64_t limit);

 private:
  const Store* const store_;
  const std::shared_ptr<StreamState> stream_;
  // Loads the next entry; passes over those that the group was set behind, ahead of the end.
  absl::StatusOr<bool> Load(PartitionReader* reader) const;

  std::vector<PartitionReader> readers_;  // by partition
  std::vector<EntryId> behind_;           // by partition: only entries above these
};

// The entries of the range that are still there, in order; for those that were delivered before.
// Errors: as above.
absl::StatusOr<std::vector<EntryRun>> ReadRange(const Store& store,
                                                const std::shared_ptr<StreamState>& stream,
                                                const PlaceRange& range);

}  // namespace evlog

#endif  // EVLOG_GROUPS_NEW_ENTRIES_H_
