// What a Batch holds: entries encoded in order, cut into segments of about the size of a chunk.
#ifndef EVLOG_LOG_BATCH_DATA_H_
#define EVLOG_LOG_BATCH_DATA_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "evlog/batch.h"
#include "evlog/entry.h"
#include "evlog/limits.h"
#include "log/chunk.h"
#include "log/entry_codec.h"

namespace evlog::internal {

class BatchData {
 public:
  struct Segment {
    ChunkBuffer entries;
    NamesInBuffer names;
    uint32_t count = 0;
  };

  BatchData() = default;
  // With room for so many bytes of entries, up to a chunk.
  explicit BatchData(size_t bytes) {
    segments_.emplace_back().entries = ChunkBuffer(std::min(bytes, kChunkBytesTarget));
  }

  // The data of `batch`, which is empty afterwards.
  static BatchData Take(Batch&& batch);

  absl::Status Add(const Fields& fields, const Batch::EntryOptions& options);
  // A segment of entries that were in a batch before and passed its limits, validated. Nothing can
  // be added after it.
  void AddEncoded(std::string_view entries, uint32_t count);

  // INVALID_ARGUMENT naming the limit that is passed.
  absl::Status CheckLimits(const Limits& limits) const;

  uint32_t count() const { return count_; }
  size_t bytes() const { return bytes_; }
  bool has_keys() const { return has_keys_; }
  // One id an entry; empty when none has one. A batch in which only some have one fails
  // CheckLimits.
  const std::vector<EntryId>& ids() const { return ids_; }
  absl::InlinedVector<Segment, 1>& segments() { return segments_; }

 private:
  absl::InlinedVector<Segment, 1> segments_;
  std::vector<EntryId> ids_;
  uint32_t count_ = 0;
  bool has_keys_ = false;
  size_t bytes_ = 0;
  // The largest there is of each.
  size_t entry_bytes_ = 0;
  size_t fields_ = 0;
  size_t key_bytes_ = 0;
  bool empty_entry_ = false;
};

}  // namespace evlog::internal

#endif  // EVLOG_LOG_BATCH_DATA_H_
