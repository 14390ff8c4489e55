#include "log/partition_reader.h"

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/row_finder.h"

namespace evlog {

namespace {

// Windows begin small, for the reader of one small aggregate, and double up to what a long replay
// wants.
constexpr size_t kWindowBytesMin = size_t{64} << 10;
constexpr size_t kWindowBytesMax = size_t{1} << 20;
constexpr size_t kWindowRowsMax = 4096;
// A window of at least this many bytes is part of a long scan.
constexpr size_t kBulkBytes = size_t{256} << 10;
constexpr size_t kTailChunksMax = 64;

}  // namespace

std::string PartitionReader::Where(uint64_t offset) const {
  return fmt::format("stream {}, partition {}, offset {}", Quoted(stream_->name()), partition_,
                     offset);
}

absl::Status PartitionReader::Lost(uint64_t offset, const std::string& what) const {
  return DataLoss("{}: {}", Where(offset), what);
}

uint32_t PartitionReader::left() const {
  const ChunkHeader& header = chunk()->header();
  return static_cast<uint32_t>(backward_ ? offset_ - std::max(edge_, header.base_offset)
                                         : std::min(edge_, header.next_offset()) - offset_);
}

size_t PartitionReader::window_memory() const {
  size_t bytes = 0;
  for (const ChunkRef& chunk : window_) bytes += chunk->memory();
  return bytes;
}

void PartitionReader::Skip(uint32_t count) {
  offset_ = backward_ ? offset_ - count : offset_ + count;
  LeaveChunks();
}

// Drops the chunks of the window that lie behind.
void PartitionReader::LeaveChunks() {
  while (!window_.empty()) {
    const ChunkHeader& header = window_.front()->header();
    if (backward_ ? offset_ > header.base_offset : offset_ < header.next_offset()) return;
    near_ = backward_ ? header.first_id().Predecessor() : header.last_id().Successor();
    window_.pop_front();
  }
}

// Moves on over what is trimmed or deleted. False: nothing is left that readers see now.
bool PartitionReader::StepOver(const StreamState::Extent& extent) {
  const uint64_t first = extent.head.first_offset;
  const uint64_t from = offset_;
  uint64_t limit = extent.next_offset;
  if (backward_) {
    limit = low_ = std::max(low_, first);
    if (offset_ <= limit) return false;
  } else {
    if (offset_ < first) {
      gap_ += first - offset_;
      offset_ = first;
      near_.reset();
    }
    if (offset_ == first && !near_ && extent.head.near != EntryId::Min()) near_ = extent.head.near;
    if (offset_ >= limit) {
      if (offset_ != from) window_.clear();
      return false;
    }
  }
  const StreamState::LiveRun run = stream_->NextLive(partition_, offset_, limit, backward_);
  offset_ = backward_ ? run.end : run.begin;
  edge_ = backward_ ? run.begin : run.end;
  if (offset_ != from) LeaveChunks();
  return offset_ != edge_;
}

absl::StatusOr<bool> PartitionReader::Load() {
  for (;;) {
    const StreamState::Extent extent = stream_->Look(partition_);
    if (!StepOver(extent)) {
      window_bytes_ = 0;  // caught up: what comes next comes in small portions
      return false;
    }
    if (!window_.empty()) return true;
    std::vector<ChunkRef> cached;
    const uint64_t wanted = backward_ ? offset_ - 1 : offset_;
    if (stream_->TailChunks(partition_, wanted, backward_, kTailChunksMax, &cached)) {
      if (backward_) std::reverse(cached.begin(), cached.end());
      window_.insert(window_.end(), cached.begin(), cached.end());
      return true;
    }
    const absl::Status status = ReadWindow(extent.next_offset);
    if (status.ok()) return true;
    // Rows may be gone by now that were there when the extent was read.
    if (!absl::IsDataLoss(status) || stream_->Head(partition_).first_offset <= wanted) {
      return status;
    }
  }
}

std::optional<uint64_t> PartitionReader::Ready(uint64_t count) const {
  const StreamState::Extent extent = stream_->Look(partition_);
  const uint64_t from = std::max(offset_, extent.head.first_offset);
  if (from >= extent.next_offset) return 0;
  const uint64_t there = std::min(count, extent.next_offset - from);
  const uint64_t read = window_.empty() ? from : window_.back()->header().next_offset();
  // Where there are deleted entries, more than `count` are passed.
  const uint64_t wanted = stream_->has_holes() ? extent.next_offset : from + there;
  // The tail goes on to the end.
  if (read >= wanted || stream_->InTail(partition_, std::max(read, from))) return there;
  return std::nullopt;
}

// Moves `rows` to the row that holds the current entry.
absl::Status PartitionReader::Position(StoreIterator* rows) {
  const uint64_t wanted = backward_ ? offset_ - 1 : offset_;
  if (near_) {
    const DirKey near = EncodeDirKey(stream_->partition_id(partition_), *near_);
    // In the direction in which rows are read from here: turning an iterator costs more than a
    // seek.
    backward_ ? rows->SeekForPrev(near.view()) : rows->Seek(near.view());
    if (!rows->Valid() && rows->status().ok()) {
      backward_ ? rows->SeekToFirst() : rows->SeekToLast();
    }
    // At most one row beside.
    for (int step = 0; step < 2 && rows->Valid(); ++step) {
      ASSIGN_OR_RETURN(const DirEntry entry, ReadDirEntry(*rows));
      if (wanted >= entry.extent.next_offset()) {
        rows->Next();
      } else if (wanted < entry.extent.base_offset) {
        rows->Prev();
      } else {
        return absl::OkStatus();
      }
    }
    RETURN_IF_ERROR(rows->status());
  }
  ASSIGN_OR_RETURN(const bool found, SeekToOffset(rows, stream_->partition_id(partition_), wanted));
  return found ? absl::OkStatus() : Lost(wanted, "the directory has no row for it");
}

absl::Status PartitionReader::CheckNext(const DirExtent& extent, uint64_t expected) const {
  const uint64_t edge = backward_ ? extent.next_offset() : extent.base_offset;
  if (edge == expected) return absl::OkStatus();
  return Lost(expected, fmt::format("the next row of the directory holds offsets {}..{}",
                                    extent.base_offset, extent.next_offset() - 1));
}

absl::Status PartitionReader::ReadDirectory(uint64_t visible_end, std::vector<Slot>* slots) {
  StoreIterator rows = store_->Scan(Family::kDir, DirRange(stream_->partition_id(partition_)),
                                    {.bulk = window_bytes_ >= kBulkBytes});
  RETURN_IF_ERROR(Position(&rows));
  size_t bytes = 0;
  std::optional<uint64_t> expected;
  while (rows.Valid() && bytes < window_bytes_ && slots->size() < kWindowRowsMax) {
    Slot slot;
    PartitionId partition;
    RETURN_IF_ERROR(DecodeDirKey(rows.key(), &partition, &slot.first_id));
    ASSIGN_OR_RETURN(const RowKind kind, KindOf(rows.value()));
    DirExtent extent;
    if (kind == RowKind::kChunk) {
      absl::StatusOr<ChunkRef> chunk = Chunk::Decode(rows.value());
      if (!chunk.ok()) return Annotate(chunk.status(), Where(expected.value_or(offset_)));
      slot.chunk = *std::move(chunk);
      const ChunkHeader& header = slot.chunk->header();
      extent = {header.base_offset, header.base_bytes, header.count, slot.chunk->entries().size(),
                header.last_id()};
      bytes += slot.chunk->bytes().size();
    } else {
      RETURN_IF_ERROR(DecodeLogReference(rows.value(), partition_, &slot.reference));
      const LogReference& reference = slot.reference;
      extent = {reference.base_offset, reference.base_bytes, reference.count, reference.bytes,
                reference.last_id};
      bytes += reference.bytes;
    }
    if (!backward_ && extent.next_offset() > visible_end) break;
    if (expected) RETURN_IF_ERROR(CheckNext(extent, *expected));
    expected = backward_ ? extent.base_offset : extent.next_offset();
    slots->push_back(std::move(slot));
    if (backward_ ? *expected <= low_ : *expected >= visible_end) break;
    backward_ ? rows.Prev() : rows.Next();
  }
  RETURN_IF_ERROR(rows.status());
  if (slots->empty()) return Lost(offset_, "the directory ends before it");
  return absl::OkStatus();
}

absl::Status PartitionReader::FetchReferences(std::vector<Slot>* slots) {
  // In the order in which they stand in the log, whatever the direction of reading.
  std::vector<Slot*> wanted;
  for (Slot& slot : *slots) {
    if (!slot.chunk) wanted.push_back(&slot);
  }
  if (wanted.empty()) return absl::OkStatus();
  if (backward_) std::reverse(wanted.begin(), wanted.end());
  const LogLocation first = wanted.front()->reference.location;
  const LogLocation last = wanted.back()->reference.location;
  // Hardly anything between them: then reading on is cheaper than a seek for each.
  const bool dense = last.commit - first.commit < wanted.size() * 2;
  StoreIterator rows =
      store_->Scan(Family::kLog,
                   {std::string(EncodeLogKey(first).view()),
                    std::string(EncodeLogKey({last.commit, last.slot + 1}).view())},
                   {.bulk = dense && window_bytes_ >= kBulkBytes});
  bool positioned = false;
  for (Slot* slot : wanted) {
    const LogKey key = EncodeLogKey(slot->reference.location);
    if (positioned && dense) rows.Next();
    if (!positioned || !dense || !rows.Valid() || rows.key() != key.view()) rows.Seek(key.view());
    positioned = true;
    const LogReference& reference = slot->reference;
    if (!rows.Valid() || rows.key() != key.view()) {
      RETURN_IF_ERROR(rows.status());
      return Lost(reference.base_offset,
                  fmt::format("commit {} slot {} is missing in the log", reference.location.commit,
                              reference.location.slot));
    }
    absl::StatusOr<ChunkRef> chunk = Chunk::Decode(rows.value());
    if (!chunk.ok()) return Annotate(chunk.status(), Where(reference.base_offset));
    slot->chunk = *std::move(chunk);
    const ChunkHeader& header = slot->chunk->header();
    if (header.partition != stream_->partition_id(partition_) ||
        header.base_offset != reference.base_offset || header.count != reference.count ||
        header.first_id() != slot->first_id) {
      return Lost(reference.base_offset,
                  fmt::format("commit {} slot {} of the log holds something else",
                              reference.location.commit, reference.location.slot));
    }
  }
  return absl::OkStatus();
}

absl::Status PartitionReader::ReadWindow(uint64_t visible_end) {
  window_bytes_ = std::clamp(window_bytes_ * 2, kWindowBytesMin, kWindowBytesMax);
  std::vector<Slot> slots;
  RETURN_IF_ERROR(ReadDirectory(visible_end, &slots));
  RETURN_IF_ERROR(FetchReferences(&slots));
  if (!backward_ && offset_ == stream_->Head(partition_).first_offset) {
    stream_->NoteNear(partition_, {offset_, slots.front().first_id, {}});
  }
  for (Slot& slot : slots) window_.push_back(std::move(slot.chunk));
  return absl::OkStatus();
}

}  // namespace evlog
