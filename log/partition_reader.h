// Reads one partition chunk by chunk, in either direction: from the tail cache where it can, else
// from the store in windows.
//
// Between calls it holds chunks and nothing of the store: no iterator, no snapshot. So a reader
// that is left standing pins no memtable and no file, and the store may be reopened under it.
#ifndef EVLOG_LOG_PARTITION_READER_H_
#define EVLOG_LOG_PARTITION_READER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/read.h"
#include "log/chunk.h"
#include "log/row_codec.h"
#include "log/store/store.h"
#include "log/stream_state.h"

namespace evlog {

class PartitionReader {
 public:
  PartitionReader(const Store* store, std::shared_ptr<StreamState> stream, uint16_t partition,
                  Direction direction)
      : store_(store),
        stream_(std::move(stream)),
        partition_(partition),
        backward_(direction == Direction::kBackward) {}

  // Forwards: begins with the entry at `offset`, or the first one that is there after it; what was
  // trimmed before counts as a gap. Backwards: with the entry before it.
  void Start(uint64_t offset) { offset_ = offset; }
  // Backwards only: no entry below this offset.
  void StopAt(uint64_t offset) { low_ = offset; }

  // True: there is a current entry (the next one to hand out). False: nothing more that readers see
  // now. Deleted entries are stepped over; so are those that a trim took while reading went on,
  // which gap() counts. Errors: DATA_LOSS naming stream, partition and offset; those of the store.
  absl::StatusOr<bool> Load();

  // Forwards: how many of the next `count` entries readers see now, if they can be had without the
  // store; deleted ones count. What is trimmed or deleted after this may change it.
  std::optional<uint64_t> Ready(uint64_t count) const;

  // The current entry's chunk and id; only after Load answered true.
  const ChunkRef& chunk() const { return window_.front(); }
  EntryId id() const { return chunk()->IdAt(index()); }
  // Its index in the chunk.
  uint32_t index() const {
    return static_cast<uint32_t>((backward_ ? offset_ - 1 : offset_) -
                                 chunk()->header().base_offset);
  }
  // Entries of the chunk that are still to come, in reading order.
  uint32_t left() const;
  // Moves on over `count` <= left() entries.
  void Skip(uint32_t count);

  // How many offsets, since the last call, a trim took that this reader had not come to yet.
  uint64_t TakeGap() { return std::exchange(gap_, 0); }

  bool Reads(const StreamState& stream, uint16_t partition) const {
    return stream_.get() == &stream && partition_ == partition;
  }
  // What the chunks take that it has read and not handed out. Of those that it shares with the tail
  // cache as well.
  size_t window_memory() const;

  uint16_t partition() const { return partition_; }
  // Forwards: the offset of the entry to come. Backwards: one above it.
  uint64_t offset() const { return offset_; }

 private:
  struct Slot {
    ChunkRef chunk;  // null while only referred to
    LogReference reference;
    EntryId first_id;
  };

  void LeaveChunks();
  bool StepOver(const StreamState::Extent& extent);
  absl::Status ReadWindow(uint64_t visible_end);
  absl::Status Position(StoreIterator* rows);
  absl::Status ReadDirectory(uint64_t visible_end, std::vector<Slot>* slots);
  absl::Status FetchReferences(std::vector<Slot>* slots);
  absl::Status CheckNext(const DirExtent& extent, uint64_t expected) const;
  absl::Status Lost(uint64_t offset, const std::string& what) const;
  std::string Where(uint64_t offset) const;

  const Store* const store_;
  const std::shared_ptr<StreamState> stream_;
  const uint16_t partition_;
  const bool backward_;

  uint64_t offset_ = 0;
  uint64_t low_ = 0;
  uint64_t edge_ = 0;  // the live entries next to offset_ reach that far
  uint64_t gap_ = 0;
  std::deque<ChunkRef> window_;  // in reading order; the first one holds the current entry
  // An id near `offset_` from which a seek in `dir` starts: forwards at or before the row wanted,
  // backwards at or after it. Unknown at first.
  std::optional<EntryId> near_;
  size_t window_bytes_ = 0;  // of the next window; grows while reading goes on
};

}  // namespace evlog

#endif  // EVLOG_LOG_PARTITION_READER_H_
