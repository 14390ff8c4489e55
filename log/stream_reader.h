// Reads a stream as a ReadRequest says: bounds, direction, limit, partitions merged by id, and
// waiting.
#ifndef EVLOG_LOG_STREAM_READER_H_
#define EVLOG_LOG_STREAM_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/chunk_view.h"
#include "evlog/clock.h"
#include "evlog/read.h"
#include "log/parked_readers.h"
#include "log/partition_reader.h"

namespace evlog {

// What a reader asks of the log it reads.
struct ReaderContext {
  const Store* store = nullptr;
  Clock* clock = nullptr;
  // Read-only logs: takes in what the owner wrote, for this stream; waits for it until the
  // deadline. `ready` says whether this reader has something new; false: nothing by then. Null
  // where appends of this process wake the stream's waiters.
  std::function<absl::StatusOr<bool>(StreamState&, const std::function<bool()>& ready, absl::Time,
                                     const std::stop_token&)>
      poll;
  // Read-only logs: looks at the owner's files afresh; see Next. Null for the owner.
  std::function<absl::Status()> look_again;
  // Where a reader goes on that stopped there; null: nowhere. Outlives the readers.
  ParkedReaders* parked = nullptr;
};

class StreamReader {
 public:
  // Errors: INVALID_ARGUMENT for what cannot be combined; those of the store.
  static absl::StatusOr<std::unique_ptr<StreamReader>> Make(ReaderContext context,
                                                            std::shared_ptr<StreamState> stream,
                                                            const ReadRequest& request);
  // The same for who waits for no disk: null where all that it would hand out, at most
  // `entries_max`, is not in memory, or cannot be handed out. Forwards through one partition.
  static std::unique_ptr<StreamReader> MakeInMemory(ReaderContext context,
                                                    std::shared_ptr<StreamState> stream,
                                                    const ReadRequest& request,
                                                    uint64_t entries_max);
  ~StreamReader();  // parks what others may go on with
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  // As Cursor::Next.
  absl::StatusOr<bool> Next(ChunkView* view, absl::Time deadline, const std::stop_token& stop);

 private:
  StreamReader(ReaderContext context, std::shared_ptr<StreamState> stream,
               const ReadRequest& request);

  absl::Status Start(const ReadRequest& request);
  bool LooksAgain(const absl::Status& status, int times) const;
  absl::Status SetFrom(const ReadRequest& request);
  absl::Status SetUntil(const ReadRequest& request);
  absl::Status StartPartition(const ReadRequest& request, PartitionReader* reader) const;
  bool GoOnWithParked();
  absl::StatusOr<EntryId> IdOfLast(uint64_t n) const;
  absl::StatusOr<uint64_t> OffsetOf(uint16_t partition, EntryId id) const;

  absl::Status Overtaken(const PartitionReader& reader, bool loaded, uint64_t gap) const;
  absl::Status Dropped() const;
  absl::StatusOr<bool> NextVisible(ChunkView* view);
  absl::StatusOr<bool> NextOfOne(ChunkView* view);
  absl::StatusOr<bool> NextMerged(ChunkView* view);
  absl::StatusOr<bool> LoadHead(PartitionReader* reader);
  absl::Status LoadHeads();
  bool Before(const PartitionReader* a, const PartitionReader* b) const;
  uint32_t CountUpTo(const PartitionReader& reader, EntryId last) const;
  void Hand(PartitionReader* reader, uint32_t count, ChunkView* view);
  absl::StatusOr<bool> Await(absl::Time deadline, const std::stop_token& stop);
  // Forwards through one partition, from an id on.
  bool parks() const {
    return context_.parked != nullptr && readers_.size() == 1 && !from_offset_ &&
           direction_ == Direction::kForward;
  }
  bool follows() const { return direction_ == Direction::kForward && !until_set_; }

  const ReaderContext context_;
  const std::shared_ptr<StreamState> stream_;
  const Direction direction_;
  const bool until_set_;
  const bool skip_gaps_;

  uint64_t left_;       // entries until the limit
  uint64_t gap_ = 0;    // trimmed before the next view, where gaps are skipped
  bool ended_ = false;  // by the limit, or by `until`
  // No entry below from_id_ or above until_id_; of one partition also none at or above
  // until_offset_.
  EntryId from_id_ = EntryId::Min();
  EntryId until_id_ = EntryId::Max();
  uint64_t until_offset_ = UINT64_MAX;
  std::optional<uint64_t> from_offset_;  // of one partition

  std::vector<PartitionReader> readers_;  // one a partition that is read
  // Merging: every partition can be read up to the horizon. Readers that have a current entry are a
  // heap, the next one to hand out on top; the others had none when the horizon was taken.
  EntryId horizon_;
  std::vector<PartitionReader*> heads_;
  std::vector<PartitionReader*> drained_;
  PartitionReader* handed_ = nullptr;  // of the last view; in neither of them

  // Of one partition: the last entry that was handed out.
  ChunkRef last_chunk_;
  uint32_t last_index_ = 0;
  uint64_t generation_ = 0;  // of the parked readers
  bool went_on_ = false;     // with one of them
  bool in_memory_ = false;   // begins without the store
};

}  // namespace evlog

#endif  // EVLOG_LOG_STREAM_READER_H_
