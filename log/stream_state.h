// A stream while it is loaded: where appends go on, and what readers see.
//
// Three owners, each with its fields:
//   the sequencer   (under the committer's lock)  what was given to appends so far
//   the committer   (its leader, no lock)         scratch of the commit being built
//   the readers     (under `mu`)                  what is visible, the newest chunks, who waits
#ifndef EVLOG_LOG_STREAM_STATE_H_
#define EVLOG_LOG_STREAM_STATE_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "evlog/clock.h"
#include "evlog/entry_id.h"
#include "evlog/stream_options.h"
#include "log/base/mutex.h"
#include "log/chunk.h"
#include "log/ids.h"

namespace evlog {

// The end of a partition, as recovered from `dir` or read from a stream.
struct PartitionTail {
  uint64_t next_offset = 0;
  EntryId last_id;  // Min() when nothing was ever appended
};

class StreamState {
 public:
  StreamState(StreamId id, std::string name, StreamOptions options);

  StreamId id() const { return id_; }
  const std::string& name() const { return name_; }
  const StreamOptions& options() const { return options_; }
  uint16_t partitions() const { return static_cast<uint16_t>(options_.partitions); }
  bool partitioned_ids() const { return options_.partitions > 1; }
  bool visible_when_synced() const { return options_.durability == Durability::kSync; }
  PartitionId partition_id(uint16_t partition) const { return {id_, partition}; }

  // The next partition in turn, for a call without a key. Thread-safe.
  uint16_t TakeTurn() {
    if (options_.partitions == 1) return 0;
    return static_cast<uint16_t>(turn_.fetch_add(1, std::memory_order_relaxed) %
                                 options_.partitions);
  }

  // Everything as it was found on the disk; before the first use, and at Reopen.
  void Reset(const std::vector<PartitionTail>& tails) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- of the sequencer, under the lock of the committer
  struct Assigned {
    EntryId last_id;
    std::vector<uint64_t> next_offsets;  // one a partition
  };
  Assigned& assigned() { return assigned_; }

  // ---- of the leader of the committer
  // The builder of this partition's chunks in commit `commit`.
  struct Scratch {
    uint64_t commit = 0;
    uint32_t builder = 0;
  };
  Scratch& scratch(uint16_t partition) { return scratch_[partition]; }

  // Adds a chunk that was written. Readers see it at once, or after Publish.
  void AddChunk(const ChunkRef& chunk, bool keep_in_tail, bool visible) ABSL_LOCKS_EXCLUDED(mu_);
  // Readers of the partition see everything up to here. With several partitions, those that merge
  // them see it after PublishLastId.
  void Publish(uint16_t partition, const PartitionTail& tail) ABSL_LOCKS_EXCLUDED(mu_);
  // All partitions can be read up to `id`.
  void PublishLastId(EntryId id) ABSL_LOCKS_EXCLUDED(mu_);
  // Drops the oldest cached chunk of the partition; returns what it took in memory.
  size_t DropOldest(uint16_t partition) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- of readers
  PartitionTail Tail(uint16_t partition) const ABSL_LOCKS_EXCLUDED(mu_);
  // The last id that readers see; all partitions can be read up to it.
  EntryId LastId() const ABSL_LOCKS_EXCLUDED(mu_);
  // Cached chunks from the one that holds `offset`, at most `max` of them and no invisible ones, in
  // the order of offsets; backwards: up to the one that holds `offset`. False when that one is not
  // cached.
  bool TailChunks(uint16_t partition, uint64_t offset, bool backward, size_t max,
                  std::vector<ChunkRef>* chunks) const ABSL_LOCKS_EXCLUDED(mu_);

  // Blocks until something after `seen` is visible. False: deadline or stop.
  bool AwaitAfter(EntryId seen, Clock* clock, absl::Time deadline, const std::stop_token& stop)
      ABSL_LOCKS_EXCLUDED(mu_);
  // The same for one partition: until it has an entry at `offset`.
  bool AwaitOffset(uint16_t partition, uint64_t offset, Clock* clock, absl::Time deadline,
                   const std::stop_token& stop) ABSL_LOCKS_EXCLUDED(mu_);
  // Wakes all who wait, for good: the log is closed, and nothing will come.
  void Close() ABSL_LOCKS_EXCLUDED(mu_);
  bool closed() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Readable {
    PartitionTail visible;
    // Contiguous, ending with the newest chunk that was written; null when empty.
    std::unique_ptr<std::deque<ChunkRef>> tail;
  };

  void PublishLocked(uint16_t partition, const PartitionTail& tail)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Await(const std::function<bool()>& ready, Clock* clock, absl::Time deadline,
             const std::stop_token& stop) ABSL_LOCKS_EXCLUDED(mu_);

  // Constant after construction.
  const StreamId id_;
  const std::string name_;
  const StreamOptions options_;

  std::atomic<uint32_t> turn_{0};
  Assigned assigned_;
  std::vector<Scratch> scratch_;

  mutable Mutex mu_;
  std::vector<Readable> readable_ ABSL_GUARDED_BY(mu_);
  EntryId last_id_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  int waiters_ ABSL_GUARDED_BY(mu_) = 0;
  // Made by the first who waits: most streams of a log with millions never have one.
  std::unique_ptr<std::condition_variable_any> wake_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog

#endif  // EVLOG_LOG_STREAM_STATE_H_
