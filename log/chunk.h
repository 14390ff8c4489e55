// A chunk in memory: the bytes as they are stored, and their header read.
//
// `ChunkBuffer` is a chunk while it is written, with one owner; `Seal` makes it a `Chunk`, which is
// immutable and shared (ChunkRef). Object and bytes are one allocation.
#ifndef EVLOG_LOG_CHUNK_H_
#define EVLOG_LOG_CHUNK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "evlog/chunk_view.h"
#include "log/chunk_codec.h"

namespace evlog {

using internal::ChunkRef;

// A new chunk is begun once one holds this many bytes; only a larger entry makes a larger chunk.
inline constexpr size_t kChunkBytesTarget = size_t{64} << 10;

class Chunk {
 public:
  // Reads and validates the bytes of a stored chunk, of which it takes a copy. Errors: DATA_LOSS.
  static absl::StatusOr<ChunkRef> Decode(std::string_view bytes);

  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  const ChunkHeader& header() const { return header_; }
  uint32_t count() const { return header_.count; }
  // The whole chunk as it is stored; and its entries alone.
  std::string_view bytes() const { return {data() + begin_, end_ - begin_}; }
  std::string_view entries() const { return {data() + entries_, end_ - entries_}; }
  // What it costs in memory.
  size_t memory() const { return sizeof(Chunk) + capacity_; }

  // Where an entry starts, and the names that it shares; null for one that has its own.
  struct EntryStart {
    const char* entry;
    const char* names;
  };
  EntryStart EntryAt(uint32_t index) const;
  // The id of entry `index`.
  EntryId IdAt(uint32_t index) const;
  // The number of entries whose id is below `id`.
  uint32_t CountBelow(EntryId id) const { return CountIdsBelow(header_.ids, id); }

  void Ref() const { refs_.fetch_add(1, std::memory_order_relaxed); }
  void Unref() const;

 private:
  friend class ChunkBuffer;

  Chunk() = default;
  ~Chunk();
  static Chunk* Allocate(size_t capacity);
  void Free() const;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  // Starts of all entries and of the names that hold for each, relative to data(); made when first
  // asked for.
  struct Position {
    uint32_t entry;
    uint32_t names;
  };
  const Position* Positions() const;

  mutable std::atomic<uint32_t> refs_{1};
  uint32_t capacity_ = 0;  // bytes behind this object
  uint32_t begin_ = 0;     // of the header, within data()
  uint32_t entries_ = 0;   // of the first entry
  uint32_t end_ = 0;
  ChunkHeader header_;
  mutable std::atomic<Position*> positions_{nullptr};
};

// Takes entries; move-only.
class ChunkBuffer {
 public:
  ChunkBuffer() = default;
  explicit ChunkBuffer(size_t entry_bytes);
  ChunkBuffer(ChunkBuffer&&) noexcept = default;
  ChunkBuffer& operator=(ChunkBuffer&&) noexcept = default;

  // Room for `bytes` more at the end of the entries; grows the buffer by doubling. What is written
  // there counts after Commit.
  char* Extend(size_t bytes);
  void Commit(size_t bytes) { chunk_->end_ += static_cast<uint32_t>(bytes); }
  void Append(std::string_view bytes);

  // Bytes of entries so far.
  size_t size() const { return chunk_ ? chunk_->end_ - chunk_->entries_ : 0; }
  std::string_view entries() const { return chunk_ ? chunk_->entries() : std::string_view(); }

  // Puts the header before the entries, which are `header.count`, and gives the chunk away.
  ChunkRef Seal(ChunkHeader header) &&;

 private:
  struct Deleter {
    void operator()(Chunk* chunk) const { chunk->Free(); }
  };
  std::unique_ptr<Chunk, Deleter> chunk_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_CHUNK_H_
