// Finds rows of `dir`: by id with one seek, by offset with a search over ids.
#ifndef EVLOG_LOG_ROW_FINDER_H_
#define EVLOG_LOG_ROW_FINDER_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "log/key_codec.h"
#include "log/row_codec.h"
#include "log/store/store.h"
#include "log/stream_state.h"

namespace evlog {

// What a row of `dir` says without the chunk's bytes.
struct DirEntry {
  EntryId first_id;
  DirExtent extent;
};

// Reads the row at which `rows` stands. Errors: DATA_LOSS.
absl::StatusOr<DirEntry> ReadDirEntry(const StoreIterator& rows);

// The partition as the store has it.
absl::StatusOr<PartitionState> FindPartition(const Store& store, PartitionId partition);

// Moves `rows`, a scan of the partition's DirRange, to the row that holds `offset`. False when no
// row does. Offsets rise with ids, so this is a search by interpolation, halving in turn so that
// odd ids cannot make it slow: at most some 250 seeks, about 10 for ids from a clock.
absl::StatusOr<bool> SeekToOffset(StoreIterator* rows, PartitionId partition, uint64_t offset);

// A place in a partition: the entries before it are so many and take so many bytes.
struct Place {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  EntryId near;              // first id of the row that holds it
  bool is_row_start = true;  // else `bytes` is that of the start of the row
  bool found = false;        // the entry there has the id that was looked for
};

// The place of the first entry at or after `id`, or the end of the partition in the store. Bytes
// are counted to the row, unless the place is the start of one.
absl::StatusOr<Place> FindPlace(const Store& store, PartitionId partition, EntryId id);
// The offset of that place.
absl::StatusOr<uint64_t> FindOffset(const Store& store, PartitionId partition, EntryId id);
// The row that holds `offset`, or nullopt.
absl::StatusOr<std::optional<DirEntry>> FindRow(const Store& store, PartitionId partition,
                                                uint64_t offset);

}  // namespace evlog

#endif  // EVLOG_LOG_ROW_FINDER_H_
