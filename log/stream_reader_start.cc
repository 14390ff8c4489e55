// Where a reader begins and ends: bounds as offsets and ids.

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/row_finder.h"
#include "log/stream_reader.h"

namespace evlog {

bool StreamReader::GoOnWithParked() {
  if (!parks()) return false;
  generation_ = context_.parked->generation();
  if (from_id_ == EntryId::Min()) return false;
  std::optional<PartitionReader> parked =
      context_.parked->Take(*stream_, readers_[0].partition(), from_id_);
  if (!parked) return false;
  readers_.clear();
  readers_.push_back(*std::move(parked));
  went_on_ = true;
  return true;
}

absl::Status StreamReader::Start(const ReadRequest& request) {
  horizon_ = stream_->LastId();
  drained_.clear();
  RETURN_IF_ERROR(SetFrom(request));
  RETURN_IF_ERROR(SetUntil(request));
  if (GoOnWithParked()) return absl::OkStatus();
  for (PartitionReader& reader : readers_) {
    RETURN_IF_ERROR(StartPartition(request, &reader));
    drained_.push_back(&reader);
  }
  return absl::OkStatus();
}

absl::Status StreamReader::SetFrom(const ReadRequest& request) {
  const Bound& from = request.from;
  switch (from.kind()) {
    case Bound::Kind::kBegin:
      return absl::OkStatus();
    case Bound::Kind::kEnd:
      if (readers_.size() == 1) {
        from_offset_ = stream_->Tail(readers_[0].partition()).next_offset;
      } else {
        from_id_ = horizon_.Successor();
      }
      return absl::OkStatus();
    case Bound::Kind::kId:
    case Bound::Kind::kTime:
      from_id_ = from.id();
      return absl::OkStatus();
    case Bound::Kind::kExclusiveId:
      if (from.id() == EntryId::Max()) ended_ = true;
      from_id_ = from.id().Successor();
      return absl::OkStatus();
    case Bound::Kind::kOffset:
      if (readers_.size() != 1) {
        return InvalidArgument("an offset is a place in one partition, but stream {} has {}",
                               Quoted(stream_->name()), readers_.size());
      }
      from_offset_ = from.number();
      return absl::OkStatus();
    case Bound::Kind::kLast:
      if (readers_.size() == 1) {
        from_offset_ = stream_->OffsetOfLast(readers_[0].partition(), from.number());
      } else if (from.number() == 0) {
        from_id_ = horizon_.Successor();
      } else {
        ASSIGN_OR_RETURN(from_id_, IdOfLast(from.number()));
      }
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status StreamReader::SetUntil(const ReadRequest& request) {
  if (!request.until) return absl::OkStatus();
  const Bound& until = *request.until;
  switch (until.kind()) {
    case Bound::Kind::kBegin:
      ended_ = true;
      return absl::OkStatus();
    case Bound::Kind::kEnd:
      if (readers_.size() == 1) {
        until_offset_ = stream_->Tail(readers_[0].partition()).next_offset;
      } else {
        until_id_ = horizon_;
      }
      return absl::OkStatus();
    case Bound::Kind::kId:
      until_id_ = until.id();
      return absl::OkStatus();
    case Bound::Kind::kExclusiveId:
    case Bound::Kind::kTime:
      if (until.id() == EntryId::Min()) ended_ = true;
      until_id_ = until.id().Predecessor();
      return absl::OkStatus();
    case Bound::Kind::kOffset:
      if (readers_.size() != 1) {
        return InvalidArgument("an offset is a place in one partition, but stream {} has {}",
                               Quoted(stream_->name()), readers_.size());
      }
      until_offset_ = until.number() == UINT64_MAX ? UINT64_MAX : until.number() + 1;
      return absl::OkStatus();
    case Bound::Kind::kLast:
      return InvalidArgument("\"the last n\" can only be where reading begins, not its end");
  }
  return absl::OkStatus();
}

absl::Status StreamReader::StartPartition(const ReadRequest& request,
                                          PartitionReader* reader) const {
  uint64_t begin = stream_->Head(reader->partition()).first_offset;
  if (from_offset_) {
    begin = *from_offset_;
  } else if (from_id_ != EntryId::Min()) {
    ASSIGN_OR_RETURN(const uint64_t offset, OffsetOf(reader->partition(), from_id_));
    begin = std::max(begin, offset);
  }
  if (request.direction == Direction::kForward) {
    reader->Start(begin);
    return absl::OkStatus();
  }
  const EntryId last = std::min(until_id_, horizon_);
  uint64_t end = stream_->Tail(reader->partition()).next_offset;
  // No id is above the last one that there can be.
  if (last != EntryId::Max()) {
    ASSIGN_OR_RETURN(end, OffsetOf(reader->partition(), last.Successor()));
  }
  reader->StopAt(begin);
  reader->Start(std::min(end, until_offset_));
  return absl::OkStatus();
}

// The offset of the first entry of the partition at or after `id`, among those that readers see.
absl::StatusOr<uint64_t> StreamReader::OffsetOf(uint16_t partition, EntryId id) const {
  const std::optional<uint64_t> in_tail = stream_->OffsetInTail(partition, id);
  if (in_tail) return *in_tail;
  if (in_memory_) return absl::UnavailableError("that is in the store");
  return FindOffset(*context_.store, stream_->partition_id(partition), id);
}

absl::StatusOr<EntryId> StreamReader::IdOfLast(uint64_t n) const {
  ReadRequest request;
  request.direction = Direction::kBackward;
  request.limit = n;
  ASSIGN_OR_RETURN(const std::unique_ptr<StreamReader> reader, Make(context_, stream_, request));
  EntryId id = EntryId::Min();
  ChunkView view;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, reader->NextVisible(&view));
    if (!more) return id;
    id = view.chunk()->IdAt(view.first());
  }
}

}  // namespace evlog
