// All that is pending in a group, in blocks (pending_block.h).
//
// Found by place, by id, by delivery time and by when it is due. The orders by time are kept by
// block and may name a time that is too early: who asks corrects it. So an acknowledgment leaves
// them alone, and a claim costs a block or two whatever else is pending.
#ifndef EVLOG_GROUPS_PENDING_SET_H_
#define EVLOG_GROUPS_PENDING_SET_H_

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/functional/function_ref.h"
#include "evlog/entry_id.h"
#include "groups/pending.h"
#include "groups/pending_block.h"
#include "groups/place.h"

namespace evlog {

struct BlockKey {
  uint16_t partition = 0;
  uint64_t block = 0;  // its first offset is block * kBlockOffsets

  uint64_t base() const { return block * kBlockOffsets; }
  friend auto operator<=>(const BlockKey&, const BlockKey&) = default;
};

// Not thread-safe.
class PendingSet {
 public:
  // `partitions`: of the stream.
  explicit PendingSet(uint16_t partitions) : partitions_(partitions) {}

  // What is due goes by it from now on.
  void SetPolicy(const PendingPolicy& policy);
  const PendingPolicy& policy() const { return policy_; }

  uint64_t count() const { return count_; }
  uint64_t CountOf(ConsumerNumber owner) const {
    return owner < counts_.size() ? counts_[owner] : 0;
  }
  uint64_t released() const { return released_; }
  size_t memory() const;

  std::optional<Pending> Find(EntryPlace place) const;
  // Of an entry that is pending.
  EntryId IdAt(EntryPlace place) const;
  // Where a pending entry with that id is.
  std::optional<EntryPlace> PlaceOf(EntryId id) const;
  // The first that is pending in the partition, at or after an offset or an id.
  std::optional<PlaceRun> At(uint16_t partition, uint64_t offset) const;
  std::optional<PlaceRun> AtId(uint16_t partition, EntryId id) const;
  // Tells the pending runs within the range, in order, until `see` says false.
  void Visit(const PlaceRange& range, absl::FunctionRef<bool(const PlaceRun&)> see) const;
  // The same over all partitions from an id on, in the order of ids.
  void VisitById(EntryId from, absl::FunctionRef<bool(const PlaceRun&, EntryId first)> see) const;

  // At most `limit` entries that were delivered (released: that may be delivered) at `until_ms` or
  // before, the longest ago first.
  std::vector<PlaceRun> Oldest(uint64_t until_ms, uint64_t limit);
  // The same of what is released.
  std::vector<PlaceRun> Released(uint64_t until_ms, uint64_t limit);
  // At most `limit` that are due at `now_ms`, those first that have been so the longest.
  std::vector<PlaceRun> Due(uint64_t now_ms, uint64_t limit);
  // When the next is due, or before; PendingPolicy::kNever.
  uint64_t NextDueMs() const;
  // When the longest pending one was delivered, or before; kNever: nothing is pending.
  uint64_t OldestMs() const;
  // When the first that is released may be delivered, or before; kNever: nothing is.
  uint64_t ReleasedMs() const;
  // The last that is pending in the partition.
  std::optional<EntryPlace> Last(uint16_t partition) const;

  // The entries of the range are `to`, or no longer pending. `ids`: theirs, where they may not be
  // known yet. `touch` is told the blocks that it changes.
  void Assign(const PlaceRange& range, const std::optional<Pending>& to, const IdRuns& ids,
              absl::FunctionRef<void(BlockKey)> touch);

  // As they are stored. An empty block has no row.
  const PendingBlock* block(BlockKey key) const;
  void Load(BlockKey key, PendingBlock block);
  void VisitBlocks(absl::FunctionRef<void(BlockKey, const PendingBlock&)> see) const;

 private:
  struct Block {
    PendingBlock pending;
    // Nothing in it was delivered, is due, or is released and may be delivered, before.
    uint64_t oldest_ms = PendingPolicy::kNever;
    uint64_t due_ms = PendingPolicy::kNever;
    uint64_t released_ms = PendingPolicy::kNever;
  };
  using Order = absl::btree_set<std::pair<uint64_t, BlockKey>>;
  using Times = uint64_t Block::*;

  uint16_t PartitionOf(EntryId id) const {
    return partitions_ == 1 ? uint16_t{0} : static_cast<uint16_t>(id.seq & (kPartitionsMax - 1));
  }
  uint64_t TimeOf(const Pending& pending, Times times) const {
    if (times == &Block::due_ms) return DueMs(pending, policy_);
    return times == &Block::released_ms && pending.owned() ? PendingPolicy::kNever : pending.ms;
  }
  Order& OrderOf(Times times) {
    if (times == &Block::due_ms) return by_due_;
    return times == &Block::oldest_ms ? by_age_ : by_release_;
  }
  void Note(BlockKey key, Block* block, Times times, uint64_t ms);
  void NoteTimes(BlockKey key, Block* block, const Pending& pending);
  void Forget(BlockKey key, const Block& block);
  void Count(const Pending& pending, uint64_t count, bool more);
  void AssignIn(BlockKey key, Block* block, uint32_t begin, uint32_t end,
                const std::optional<Pending>& to);
  std::vector<PlaceRun> Take(Times times, uint64_t until_ms, uint64_t limit);
  static PlaceRun Show(BlockKey key, const PendingRun& run);

  const uint16_t partitions_;
  PendingPolicy policy_;
  uint64_t count_ = 0;
  uint64_t released_ = 0;
  std::vector<uint64_t> counts_;                              // by owner
  absl::btree_map<BlockKey, std::unique_ptr<Block>> blocks_;  // none is empty
  Order by_age_;
  Order by_due_;      // without what is never due
  Order by_release_;  // without what has an owner
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_PENDING_SET_H_
