// What is pending of 4,096 entries in a row, as runs of entries that have the same.
//
// Beside that the ids of these entries, so that an entry can be acknowledged by its id, and still
// has it when the entry itself is trimmed, without a look at the log.
#ifndef EVLOG_GROUPS_PENDING_BLOCK_H_
#define EVLOG_GROUPS_PENDING_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "evlog/entry_id.h"
#include "groups/pending.h"
#include "log/chunk_codec.h"

namespace evlog {

inline constexpr uint32_t kBlockOffsets = 4096;

// Offsets [begin, end) within a block, all pending with the same.
struct PendingRun {
  uint32_t begin = 0;
  uint32_t end = 0;
  Pending pending;

  uint32_t count() const { return end - begin; }
  friend bool operator==(const PendingRun&, const PendingRun&) = default;
};

// The ids of the entries [begin, end), of those that `ids` has, the first of which is at `base`.
IdRuns CutIds(const IdRuns& ids, uint64_t base, uint64_t begin, uint64_t end);

// Not thread-safe. Offsets are relative to the block.
class PendingBlock {
 public:
  bool empty() const { return runs_.empty(); }
  size_t runs() const { return runs_.size(); }
  // What it takes in memory, about.
  size_t memory() const;

  // The run at or after `offset`; nullopt: none. Its begin is cut to `offset`.
  std::optional<PendingRun> RunAt(uint32_t offset) const;
  std::optional<Pending> Find(uint32_t offset) const;

  // What stood in [begin, end) is gone, each of its runs told to `was`; then it is `to`, if that is
  // something.
  void Assign(uint32_t begin, uint32_t end, const std::optional<Pending>& to,
              absl::FunctionRef<void(const PendingRun&)> was);

  // The ids of the entries from `offset` on, given before they are assigned. Known ids stay.
  void SetIds(uint32_t offset, const IdRuns& ids);
  // Of an offset that is or was pending since the block was last empty.
  EntryId IdAt(uint32_t offset) const;
  // The offset with that id, pending or not; nullopt: none known.
  std::optional<uint32_t> OffsetOf(EntryId id) const;
  // The first known offset whose id is at least `id`; nullopt: none.
  std::optional<uint32_t> LowerBound(EntryId id) const;
  bool has_ids() const { return !ids_.empty(); }
  EntryId first_id() const { return ids_.front().first; }

  // Forgets ids that nothing pending has, once they are many.
  void TrimIds();
  // What is pending has an id.
  bool HasAllIds() const;

  // value := count:varint { gap:varint size:varint owner:varint count:varint ms:varint }
  //          count:varint { gap:varint size:varint ms:varint seq:varint step:varint }
  // `gap` is from the end of the run before; times and ms as zigzag difference to the one before.
  void Encode(std::string* out) const;
  // Errors: DATA_LOSS saying what is malformed.
  static absl::Status Decode(std::string_view value, PendingBlock* block);

 private:
  // 16 bytes: ten million pending entries are as many of these at worst.
  struct Run {
    uint64_t ms : 48;
    uint64_t owner : 16;
    uint32_t count;
    uint16_t begin;
    uint16_t last;  // inclusive, as an end would not fit

    uint32_t end() const { return uint32_t{last} + 1; }
    bool Same(const Pending& pending) const {
      return ms == pending.ms && owner == pending.owner && count == pending.count;
    }
  };
  struct Ids {
    EntryId first;
    uint32_t step;
    uint16_t begin;
    uint16_t last;

    EntryId at(uint32_t offset) const {
      return {first.ms, first.seq + uint64_t{step} * (offset - begin)};
    }
  };

  static Run MakeRun(uint32_t begin, uint32_t end, const Pending& pending);
  static PendingRun Show(const Run& run);
  // Index of the first run that ends after `offset`.
  size_t FirstRun(uint32_t offset) const;
  void Insert(size_t index, const Run& run);
  void AddIds(uint32_t begin, uint32_t end, EntryId first, uint32_t step);

  std::vector<Run> runs_;  // by offset, apart
  std::vector<Ids> ids_;   // by offset, apart
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_PENDING_BLOCK_H_
