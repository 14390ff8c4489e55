// Finds rows of `dir`: by id with one seek, by offset with a search over ids.
#ifndef EVLOG_LOG_ROW_FINDER_H_
#define EVLOG_LOG_ROW_FINDER_H_

#include <cstdint>

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

// The end of the partition as the store has it.
absl::StatusOr<PartitionTail> FindTail(const Store& store, PartitionId partition);

// Moves `rows`, a scan of the partition's DirRange, to the row that holds `offset`. False when no
// row does. Offsets rise with ids, so this is a search by interpolation, halving in turn so that
// odd ids cannot make it slow: at most some 250 seeks, about 10 for ids from a clock.
absl::StatusOr<bool> SeekToOffset(StoreIterator* rows, PartitionId partition, uint64_t offset);

// The offset of the first entry at or after `id`, or the end of the partition in the store.
absl::StatusOr<uint64_t> FindOffset(const Store& store, PartitionId partition, EntryId id);

}  // namespace evlog

#endif  // EVLOG_LOG_ROW_FINDER_H_
