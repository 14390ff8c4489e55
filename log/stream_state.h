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
#include "log/holes.h"
#include "log/ids.h"

namespace evlog {

// The end of a partition, as recovered from `dir` or read from a stream.
struct PartitionTail {
  uint64_t next_offset = 0;
  EntryId last_id;          // Min() when nothing was ever appended
  uint64_t next_bytes = 0;  // what all its entries took so far
};

// The end of the partition of which `chunk` is the last one.
PartitionTail TailAfter(const Chunk& chunk);

// Its beginning.
struct PartitionHead {
  uint64_t first_offset = 0;
  EntryId near;            // at or below the id of the first entry
  EntryId max_deleted_id;  // the largest that was deleted by its id
};

// Where ids of a stream go on and what it counts, where that is not what its entries say: set by
// hand (Catalog::SetLastId).
struct IdFloor {
  EntryId last_id;    // ids to come are above it
  int64_t added = 0;  // counted as appended, beside those that were

  friend bool operator==(const IdFloor&, const IdFloor&) = default;
};

// What the first cached chunk of a partition takes beside its own bytes, about: a deque, and a
// stream that is not forgotten meanwhile.
inline constexpr size_t kTailBytes = 2048;

// A partition as the store has it.
struct PartitionState {
  PartitionTail tail;
  PartitionHead head;
  std::unique_ptr<Holes> holes;  // null: none
};

// Is told that something of a stream changed for readers: entries, or its end.
class StreamWatcher {
 public:
  virtual ~StreamWatcher() = default;
  // Under the stream's lock, by the thread that shows entries: must be quick, and call nothing of
  // the stream.
  virtual void StreamChanged() = 0;
};

class StreamState {
 public:
  StreamState(StreamId id, uint8_t database, std::string name, StreamOptions options);

  StreamId id() const { return id_; }
  // Where it is found now, and how it is set up now.
  uint8_t database() const ABSL_LOCKS_EXCLUDED(mu_);
  std::string name() const ABSL_LOCKS_EXCLUDED(mu_);
  StreamOptions options() const ABSL_LOCKS_EXCLUDED(mu_);
  void Rename(uint8_t database, std::string name) ABSL_LOCKS_EXCLUDED(mu_);
  // The number of partitions stays.
  void Alter(const StreamOptions& options) ABSL_LOCKS_EXCLUDED(mu_);
  uint16_t partitions() const { return partitions_; }
  bool partitioned_ids() const { return partitions_ > 1; }
  Durability durability() const { return durability_.load(std::memory_order_relaxed); }
  bool visible_when_synced() const { return durability() == Durability::kSync; }
  PartitionId partition_id(uint16_t partition) const { return {id_, partition}; }
  // Up to this commit its entries are copies of another stream's.
  uint64_t copied_through() const { return copied_through_.load(std::memory_order_relaxed); }
  void SetCopiedThrough(uint64_t commit) {
    copied_through_.store(commit, std::memory_order_relaxed);
  }

  IdFloor floor() const ABSL_LOCKS_EXCLUDED(mu_);
  void ShowFloor(const IdFloor& floor) ABSL_LOCKS_EXCLUDED(mu_);
  // As it was found on the disk; before Reset.
  void LoadFloor(const IdFloor& floor) ABSL_LOCKS_EXCLUDED(mu_);

  // The next partition in turn, for a call without a key. Thread-safe.
  uint16_t TakeTurn() {
    if (partitions_ == 1) return 0;
    return static_cast<uint16_t>(turn_.fetch_add(1, std::memory_order_relaxed) % partitions_);
  }

  // Everything as it was found on the disk; before the first use, and at Reopen.
  void Reset(std::vector<PartitionState> partitions) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- of the sequencer, under the lock of the committer
  struct AssignedPartition {
    uint64_t first_offset = 0;
    uint64_t next_offset = 0;
    uint64_t next_bytes = 0;
    EntryId last_id;
    EntryId max_deleted_id;
    EntryId near;  // see PartitionHead
  };
  struct Assigned {
    EntryId last_id;
    IdFloor floor;
    std::vector<AssignedPartition> partitions;
    bool dropped = false;
  };
  Assigned& assigned() { return assigned_; }
  // Holes are shared with readers: an entry is gone for them as soon as its deletion is ordered.
  // False: it was a hole already.
  bool AddHole(uint16_t partition, uint64_t offset) ABSL_LOCKS_EXCLUDED(mu_);
  // What the partition's holes are now; null when there are none. Only the sequencer changes them.
  const Holes* holes(uint16_t partition) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return readable_[partition].holes.get();
  }
  // Read-only logs: as the store has them now.
  void ReplaceHoles(uint16_t partition, std::unique_ptr<Holes> holes) ABSL_LOCKS_EXCLUDED(mu_);
  void DropHolesBelow(uint16_t partition, uint64_t offset) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- of the leader of the committer
  // The builder of this partition's chunks in commit `commit`.
  struct Scratch {
    uint64_t commit = 0;
    uint32_t builder = 0;
  };
  Scratch& scratch(uint16_t partition) { return scratch_[partition]; }
  // Nothing is shown before this commit is on the disk.
  uint64_t held_until() const { return held_until_; }
  void HoldUntil(uint64_t commit) { held_until_ = commit; }

  // Whether something was appended since the last call. Thread-safe.
  bool TakeAppended() { return appended_.exchange(false, std::memory_order_relaxed); }
  // As if something had been.
  void LookAgain() { appended_.store(true, std::memory_order_relaxed); }
  bool appended() const { return appended_.load(std::memory_order_relaxed); }

  // Adds a chunk that was written. Readers see it at once, or after Publish. Returns what it takes
  // in memory as a part of the tail: with the first one, also what the tail and the stream take,
  // as it stays loaded for it.
  size_t AddChunk(const ChunkRef& chunk, bool keep_in_tail, bool visible) ABSL_LOCKS_EXCLUDED(mu_);
  // Readers of the partition see everything up to here. With several partitions, those that merge
  // them see it after PublishLastId.
  void Publish(uint16_t partition, const PartitionTail& tail) ABSL_LOCKS_EXCLUDED(mu_);
  // All partitions can be read up to `id`.
  void PublishLastId(EntryId id) ABSL_LOCKS_EXCLUDED(mu_);
  // The partition begins here now.
  void PublishHead(uint16_t partition, const PartitionHead& head) ABSL_LOCKS_EXCLUDED(mu_);
  // A reader found where the first entry is: spares the next one the search.
  void NoteNear(uint16_t partition, const PartitionHead& head) ABSL_LOCKS_EXCLUDED(mu_);
  // Drops the oldest cached chunk of the partition; returns what it took, as AddChunk did.
  size_t DropOldest(uint16_t partition) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- of readers
  PartitionTail Tail(uint16_t partition) const ABSL_LOCKS_EXCLUDED(mu_);
  PartitionHead Head(uint16_t partition) const ABSL_LOCKS_EXCLUDED(mu_);
  // Both at once.
  struct Extent {
    PartitionHead head;
    uint64_t next_offset = 0;
  };
  Extent Look(uint16_t partition) const ABSL_LOCKS_EXCLUDED(mu_);
  // Where the newest `count` visible entries that are there begin.
  uint64_t OffsetOfLast(uint16_t partition, uint64_t count) const ABSL_LOCKS_EXCLUDED(mu_);
  // Entries that are there of those in [begin, end), which is cut to what is visible.
  uint64_t CountLive(uint16_t partition, uint64_t begin, uint64_t end) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // A run of live entries next to `offset` in reading order: forwards [begin, end) with begin at or
  // after it, backwards with end at or below it. Deleted ones in between are stepped over; the run
  // does not go past `limit`, and is empty where there is none before it.
  struct LiveRun {
    uint64_t begin = 0;
    uint64_t end = 0;
  };
  LiveRun NextLive(uint16_t partition, uint64_t offset, uint64_t limit, bool backward) const
      ABSL_LOCKS_EXCLUDED(mu_);
  bool has_holes() const { return has_holes_.load(std::memory_order_acquire); }
  // The last id that readers see; all partitions can be read up to it.
  EntryId LastId() const ABSL_LOCKS_EXCLUDED(mu_);
  // Cached chunks from the one that holds `offset`, at most `max` of them and no invisible ones, in
  // the order of offsets; backwards: up to the one that holds `offset`. False when that one is not
  // cached.
  bool TailChunks(uint16_t partition, uint64_t offset, bool backward, size_t max,
                  std::vector<ChunkRef>* chunks) const ABSL_LOCKS_EXCLUDED(mu_);

  // Whether TailChunks, forwards from there, has something.
  bool InTail(uint16_t partition, uint64_t offset) const ABSL_LOCKS_EXCLUDED(mu_);
  // The offset of the first entry at or after `id`, of those that readers see; nothing where the
  // cache does not tell.
  std::optional<uint64_t> OffsetInTail(uint16_t partition, EntryId id) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Blocks until something after `seen` is visible. False: deadline or stop.
  bool AwaitAfter(EntryId seen, Clock* clock, absl::Time deadline, const std::stop_token& stop)
      ABSL_LOCKS_EXCLUDED(mu_);
  // The same for one partition: until it has an entry at `offset`.
  bool AwaitOffset(uint16_t partition, uint64_t offset, Clock* clock, absl::Time deadline,
                   const std::stop_token& stop) ABSL_LOCKS_EXCLUDED(mu_);
  // `watcher` is told until it is taken away again. Once Unwatch has returned, it is not any more.
  void Watch(StreamWatcher* watcher) ABSL_LOCKS_EXCLUDED(mu_);
  void Unwatch(StreamWatcher* watcher) ABSL_LOCKS_EXCLUDED(mu_);
  // Wakes all who wait, for good: the log is closed, or the stream dropped, and nothing will come.
  void Close(bool dropped = false) ABSL_LOCKS_EXCLUDED(mu_);
  // Tells who waits or watches that the stream may have another name now.
  void TellRenamed() ABSL_LOCKS_EXCLUDED(mu_);
  bool closed() const ABSL_LOCKS_EXCLUDED(mu_);
  bool dropped() const { return dropped_.load(std::memory_order_acquire); }

 private:
  struct Readable {
    PartitionTail visible;
    PartitionHead head;
    std::unique_ptr<Holes> holes;
    // Contiguous, ending with the newest chunk that was written; null when empty.
    std::unique_ptr<std::deque<ChunkRef>> tail;
  };

  void PublishLocked(uint16_t partition, const PartitionTail& tail)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Await(const std::function<bool()>& ready, Clock* clock, absl::Time deadline,
             const std::stop_token& stop) ABSL_LOCKS_EXCLUDED(mu_);
  void Announce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Constant after construction.
  const StreamId id_;
  const uint16_t partitions_;

  std::atomic<Durability> durability_;
  std::atomic<bool> has_holes_{false};
  std::atomic<bool> appended_{false};
  std::atomic<bool> dropped_{false};
  std::atomic<uint32_t> turn_{0};
  std::atomic<uint64_t> copied_through_{0};
  Assigned assigned_;
  std::vector<Scratch> scratch_;
  uint64_t held_until_ = 0;

  mutable Mutex mu_;
  uint8_t database_ ABSL_GUARDED_BY(mu_);
  std::string name_ ABSL_GUARDED_BY(mu_);
  StreamOptions options_ ABSL_GUARDED_BY(mu_);
  IdFloor floor_ ABSL_GUARDED_BY(mu_);
  std::vector<Readable> readable_ ABSL_GUARDED_BY(mu_);
  EntryId last_id_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  int waiters_ ABSL_GUARDED_BY(mu_) = 0;
  // Made by the first who waits: most streams of a log with millions never have one.
  std::unique_ptr<std::condition_variable_any> wake_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<std::vector<StreamWatcher*>> watchers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog

#endif  // EVLOG_LOG_STREAM_STATE_H_
