#include "log/chunk.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>

#include "log/base/status.h"

namespace evlog {

namespace {

// Room before the entries for the header of a chunk with one run of ids: 2 bytes, 5 varints of at
// most 10, 3, 10, 10, 5 bytes, and 1 + 5 + 10 + 10 + 10 for the run.
constexpr size_t kHeadroom = 80;
constexpr size_t kEntryBytesInitial = 256;

}  // namespace

namespace internal {

ChunkRef::ChunkRef(const ChunkRef& other) : chunk_(other.chunk_) {
  if (chunk_ != nullptr) chunk_->Ref();
}

ChunkRef::~ChunkRef() {
  if (chunk_ != nullptr) chunk_->Unref();
}

}  // namespace internal

Chunk* Chunk::Allocate(size_t capacity) {
  void* memory = ::operator new(sizeof(Chunk) + capacity);
  Chunk* chunk = new (memory) Chunk();
  chunk->capacity_ = static_cast<uint32_t>(capacity);
  return chunk;
}

Chunk::~Chunk() { delete[] positions_.load(std::memory_order_acquire); }

void Chunk::Free() const {
  this->~Chunk();
  ::operator delete(const_cast<Chunk*>(this));
}

void Chunk::Unref() const {
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) Free();
}

absl::StatusOr<ChunkRef> Chunk::Decode(std::string_view bytes) {
  Chunk* chunk = Allocate(bytes.size());
  ChunkRef ref(chunk);
  size_t header_size = 0;
  RETURN_IF_ERROR(DecodeChunkHeader(bytes, &chunk->header_, &header_size));
  std::memcpy(chunk->data(), bytes.data(), bytes.size());
  chunk->entries_ = static_cast<uint32_t>(header_size);
  chunk->end_ = static_cast<uint32_t>(bytes.size());
  if (absl::Status status = ValidateEntries(chunk->entries(), chunk->count()); !status.ok()) {
    const ChunkHeader& header = chunk->header_;
    return Annotate(
        status, fmt::format("stream {}, partition {}, offset {}", header.partition.stream.value(),
                            header.partition.partition, header.base_offset));
  }
  return ref;
}

const Chunk::Position* Chunk::Positions() const {
  Position* positions = positions_.load(std::memory_order_acquire);
  if (positions != nullptr) return positions;
  auto made = std::make_unique<Position[]>(count());
  const char* p = data() + entries_;
  std::optional<std::string_view> key;
  EncodedFields fields;
  for (uint32_t i = 0; i < count(); ++i) {
    made[i].entry = static_cast<uint32_t>(p - data());
    p = internal::ReadCheckedEntry(p, fields.names(), &key, &fields);
    made[i].names = static_cast<uint32_t>(fields.names() - data());
  }
  if (positions_.compare_exchange_strong(positions, made.get(), std::memory_order_acq_rel)) {
    return made.release();
  }
  return positions;  // another thread was first
}

Chunk::EntryStart Chunk::EntryAt(uint32_t index) const {
  if (index == 0) return {data() + entries_, nullptr};
  const Position& position = Positions()[index];
  return {data() + position.entry, data() + position.names};
}

EntryId Chunk::IdAt(uint32_t index) const {
  for (const IdRun& run : header_.ids) {
    if (index < run.count) return run.at(index);
    index -= run.count;
  }
  return header_.last_id();
}

ChunkBuffer::ChunkBuffer(size_t entry_bytes) {
  chunk_.reset(Chunk::Allocate(kHeadroom + entry_bytes));
  chunk_->begin_ = chunk_->entries_ = chunk_->end_ = kHeadroom;
}

char* ChunkBuffer::Extend(size_t bytes) {
  if (chunk_ == nullptr || chunk_->capacity_ - chunk_->end_ < bytes) {
    const size_t wanted =
        chunk_ == nullptr ? bytes : std::max({kEntryBytesInitial, size() * 2, size() + bytes});
    ChunkBuffer grown(wanted);
    if (chunk_ != nullptr) {
      std::memcpy(grown.chunk_->data() + kHeadroom, entries().data(), size());
      grown.chunk_->end_ += static_cast<uint32_t>(size());
    }
    *this = std::move(grown);
  }
  return chunk_->data() + chunk_->end_;
}

void ChunkBuffer::Append(std::string_view bytes) {
  std::memcpy(Extend(bytes.size()), bytes.data(), bytes.size());
  Commit(bytes.size());
}

ChunkRef ChunkBuffer::Seal(ChunkHeader header) && {
  std::string encoded;
  encoded.reserve(kHeadroom);
  EncodeChunkHeader(header, &encoded);
  if (encoded.size() > chunk_->entries_) {  // many runs of ids: move to where there is room
    Chunk* moved = Chunk::Allocate(encoded.size() + size());
    moved->entries_ = static_cast<uint32_t>(encoded.size());
    moved->end_ = static_cast<uint32_t>(encoded.size() + size());
    std::memcpy(moved->data() + moved->entries_, entries().data(), size());
    chunk_.reset(moved);
  }
  chunk_->begin_ = chunk_->entries_ - static_cast<uint32_t>(encoded.size());
  std::memcpy(chunk_->data() + chunk_->begin_, encoded.data(), encoded.size());
  chunk_->header_ = std::move(header);
  return ChunkRef(chunk_.release());
}

uint16_t ChunkView::partition() const { return chunk_ ? chunk_->header().partition.partition : 0; }

ChunkView::Iterator::Iterator(const ChunkView& view)
    : chunk_(view.chunk_.get()),
      left_(view.size_),
      index_(view.backward_ ? view.first_ + view.size_ - 1 : view.first_),
      backward_(view.backward_) {
  const ChunkHeader& header = chunk_->header();
  entry_.partition = header.partition.partition;
  entry_.offset = header.base_offset + index_;
  uint32_t in_run = index_;
  while (in_run >= header.ids[run_].count) in_run -= header.ids[run_++].count;
  const IdRun& run = header.ids[run_];
  entry_.id = run.at(in_run);
  run_left_ = run.count - in_run - 1;
  run_step_ = run.step;
  DecodeAt(index_);
}

void ChunkView::Iterator::DecodeAt(uint32_t index) {
  const Chunk::EntryStart start = chunk_->EntryAt(index);
  next_ = internal::ReadCheckedEntry(start.entry, start.names, &entry_.key, &entry_.fields);
}

void ChunkView::Iterator::AdvanceSlow() {
  if (backward_) {
    --index_;
    --entry_.offset;
    entry_.id = chunk_->IdAt(index_);
    DecodeAt(index_);
  } else {
    ++index_;
    ++entry_.offset;
    const IdRun& run = chunk_->header().ids[++run_];
    entry_.id = run.first;
    run_left_ = run.count - 1;
    run_step_ = run.step;
    Decode();
  }
}

}  // namespace evlog
