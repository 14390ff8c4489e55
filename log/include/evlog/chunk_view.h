// A run of entries of one partition, as a cursor hands them out.
//
//   for (const evlog::EntryView& entry : view) { ... }
//
// The view shares ownership of the bytes: entries, fields and keys stay valid as long as some copy
// of the view does, also after the cursor and the log are gone. Copies are cheap. A view may be
// read by several threads at once.
#ifndef EVLOG_CHUNK_VIEW_H_
#define EVLOG_CHUNK_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "evlog/entry.h"

namespace evlog {

class Chunk;

namespace internal {
// Shared ownership of an immutable chunk; copies count references, thread-safe.
class ChunkRef {
 public:
  ChunkRef() = default;
  explicit ChunkRef(const Chunk* adopt) : chunk_(adopt) {}
  ChunkRef(const ChunkRef& other);
  ChunkRef(ChunkRef&& other) noexcept : chunk_(other.chunk_) { other.chunk_ = nullptr; }
  ChunkRef& operator=(ChunkRef other) noexcept {
    std::swap(chunk_, other.chunk_);
    return *this;
  }
  ~ChunkRef();
  const Chunk* get() const { return chunk_; }
  const Chunk* operator->() const { return chunk_; }
  const Chunk& operator*() const { return *chunk_; }
  explicit operator bool() const { return chunk_ != nullptr; }

 private:
  const Chunk* chunk_ = nullptr;
};
}  // namespace internal

class ChunkView {
 public:
  // Walks the entries in the direction in which the cursor reads.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = EntryView;
    using difference_type = std::ptrdiff_t;
    using pointer = const EntryView*;
    using reference = const EntryView&;

    reference operator*() const { return entry_; }
    pointer operator->() const { return &entry_; }
    Iterator& operator++() {
      if (--left_ != 0) Advance();
      return *this;
    }
    // Iterators of one view only.
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    friend class ChunkView;
    Iterator() = default;
    Iterator(const ChunkView& view);
    void Advance();      // to the next entry in reading order
    void AdvanceSlow();  // backwards, or over the end of a run of ids
    void Decode();       // the entry at next_, whose names may be those of the entry before
    void DecodeAt(uint32_t index);

    const Chunk* chunk_ = nullptr;
    const char* next_ = nullptr;  // bytes after the current entry
    uint32_t left_ = 0;           // entries left, the current one included
    uint32_t index_ = 0;          // of the current entry in its chunk
    bool backward_ = false;
    uint32_t run_ = 0;       // id run of the current entry
    uint32_t run_left_ = 0;  // entries of that run after the current one
    uint64_t run_step_ = 0;
    EntryView entry_;
  };

  ChunkView() = default;

  Iterator begin() const { return size_ == 0 ? Iterator() : Iterator(*this); }
  Iterator end() const { return Iterator(); }
  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  uint16_t partition() const;
  // How many entries were trimmed before this view that the cursor had not come to yet; see
  // ReadRequest::on_trimmed. Counts deleted ones too.
  uint64_t gap() const { return gap_; }

  // Used by the log itself: entries [first, first + size) of a validated chunk.
  ChunkView(internal::ChunkRef chunk, uint32_t first, uint32_t size, bool backward,
            uint64_t gap = 0)
      : chunk_(std::move(chunk)), first_(first), size_(size), backward_(backward), gap_(gap) {}
  const internal::ChunkRef& chunk() const { return chunk_; }
  uint32_t first() const { return first_; }

 private:
  internal::ChunkRef chunk_;
  uint32_t first_ = 0;
  uint32_t size_ = 0;
  bool backward_ = false;
  uint64_t gap_ = 0;
};

inline void ChunkView::Iterator::Decode() {
  next_ = internal::ReadCheckedEntry(next_, entry_.fields.names(), &entry_.key, &entry_.fields);
}

inline void ChunkView::Iterator::Advance() {
  if (backward_ || run_left_ == 0) return AdvanceSlow();
  --run_left_;
  ++index_;
  ++entry_.offset;
  entry_.id.seq += run_step_;
  Decode();
}

}  // namespace evlog

#endif  // EVLOG_CHUNK_VIEW_H_
