#include "log/stream_copier.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "log/base/status.h"
#include "log/chunk.h"
#include "log/row_codec.h"

namespace evlog {

StreamCopier::StreamCopier(const Store* store, Committer* committer,
                           std::shared_ptr<StreamState> from, std::shared_ptr<StreamState> to)
    : store_(store), committer_(committer), from_(std::move(from)), to_(std::move(to)) {
  // Up to it all partitions can be read; what is above it is left out.
  last_id_ = from_->LastId();
  std::vector<PartitionState> states(from_->partitions());
  for (uint16_t p = 0; p < from_->partitions(); ++p) {
    const StreamState::Extent extent = from_->Look(p);
    progress_.push_back({extent.head.first_offset, extent.head.near, from_->Tail(p)});
    states[p].head.max_deleted_id = extent.head.max_deleted_id;
  }
  to_->LoadFloor(from_->floor());
  to_->Reset(std::move(states));
}

absl::StatusOr<ChunkRef> StreamCopier::ReadRow(const StoreIterator& rows) const {
  ASSIGN_OR_RETURN(const RowKind kind, KindOf(rows.value()));
  if (kind == RowKind::kChunk) return Chunk::Decode(rows.value());
  PartitionId partition;
  EntryId first_id;
  LogReference reference;
  RETURN_IF_ERROR(DecodeDirKey(rows.key(), &partition, &first_id));
  RETURN_IF_ERROR(DecodeLogReference(rows.value(), partition.partition, &reference));
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                   rows.Get(Family::kLog, EncodeLogKey(reference.location).view()));
  if (bytes) return Chunk::Decode(*bytes);
  // Of the two rows of what was trimmed either may be dropped before the other.
  const bool trimmed = reference.next_offset() <= from_->Head(partition.partition).first_offset;
  if (trimmed || from_->dropped()) return ChunkRef();
  return DataLoss("stream {} partition {} offset {}: commit {} slot {} is missing in the log",
                  Quoted(from_->name()), partition.partition, reference.base_offset,
                  reference.location.commit, reference.location.slot);
}

absl::StatusOr<bool> StreamCopier::AddSlice(uint16_t partition, Request* request) {
  Progress& progress = progress_[partition];
  const PartitionId id = from_->partition_id(partition);
  StoreIterator rows = store_->Scan(Family::kDir, DirRange(id), {.bulk = true});
  rows.SeekForPrev(EncodeDirKey(id, progress.next_id).view());
  if (!rows.Valid()) {
    RETURN_IF_ERROR(rows.status());
    rows.SeekToFirst();
  }
  for (; rows.Valid() && request->bytes < kCommitBytesMax; rows.Next()) {
    ASSIGN_OR_RETURN(const ChunkRef chunk, ReadRow(rows));
    if (!chunk) continue;
    const ChunkHeader& header = chunk->header();
    if (header.base_offset >= progress.end.next_offset) return false;
    if (header.first_id() > last_id_) {
      progress.end = {progress.next_offset, EntryId::Min(), 0};
      return false;
    }
    if (header.next_offset() <= progress.next_offset) continue;
    RequestPart& part = request->parts.emplace_back();
    part.partition = partition;
    part.count = header.count;
    part.ids = header.ids;
    part.base_offset = header.base_offset;
    part.base_bytes = header.base_bytes;
    part.entries = ChunkBuffer(chunk->entries().size());
    part.entries.Append(chunk->entries());
    request->count += header.count;
    request->bytes += chunk->entries().size();
    request->last_explicit = header.last_id();
    progress.next_offset = header.next_offset();
    progress.next_id = header.last_id();
  }
  RETURN_IF_ERROR(rows.status());
  return request->count != 0;
}

absl::Status StreamCopier::Run(const std::stop_token& stop, const Told& told) {
  uint64_t all = 0, copied = 0;
  for (const Progress& progress : progress_) all += progress.end.next_offset - progress.next_offset;
  for (uint16_t p = 0; p < from_->partitions(); ++p) {
    for (bool more = progress_[p].next_offset < progress_[p].end.next_offset; more;) {
      if (stop.stop_requested()) return absl::CancelledError("the copy was stopped");
      Request request;
      request.stream = to_;
      request.explicit_ids = request.copies = true;
      request.first_partition = request.last_partition = p;
      const uint64_t before = progress_[p].next_offset;
      ASSIGN_OR_RETURN(more, AddSlice(p, &request));
      if (from_->dropped()) {
        return Error(absl::StatusCode::kNotFound, "stream {} was dropped while it was copied",
                     Quoted(from_->name()));
      }
      if (request.count == 0) continue;
      request.first_explicit = request.parts.front().ids.front().first;
      RETURN_IF_ERROR(committer_->Run(&request));
      last_commit_ = request.result.position.commit;
      copied += progress_[p].next_offset - before;
      if (told) told(copied, all);
    }
    EndWithoutRows(p);
  }
  return absl::OkStatus();
}

// Of a partition that has no rows at its end, because they are trimmed and gone, the end is known
// from the stream only. No request of the copy is under way here, so nobody else looks at it.
void StreamCopier::EndWithoutRows(uint16_t partition) {
  const PartitionTail& end = progress_[partition].end;
  StreamState::Assigned& assigned = to_->assigned();
  StreamState::AssignedPartition& there = assigned.partitions[partition];
  if (there.next_offset >= end.next_offset) return;
  there.next_offset = end.next_offset;
  there.next_bytes = end.next_bytes;
  there.last_id = end.last_id;
  assigned.last_id = std::max(assigned.last_id, end.last_id);
  to_->Publish(partition, end);
}

// No request of the copy is under way here either.
std::vector<PartitionTail> StreamCopier::Ends() const {
  std::vector<PartitionTail> ends;
  for (const StreamState::AssignedPartition& partition : to_->assigned().partitions) {
    ends.push_back({partition.next_offset, partition.last_id, partition.next_bytes});
  }
  return ends;
}

void StreamCopier::Finish(Request* request) const {
  request->stream = to_;
  StreamExtras& extras = request->Extras();
  for (uint16_t p = 0; p < from_->partitions(); ++p) {
    const PartitionHead head = from_->Head(p);
    const uint64_t end = progress_[p].end.next_offset;
    uint64_t offset = std::min(head.first_offset, end);
    if (offset != 0) extras.heads.push_back({p, offset, head.near});
    while (offset < end) {
      const StreamState::LiveRun run = from_->NextLive(p, offset, end, false);
      for (; offset < run.begin; ++offset) {
        extras.deletions.push_back({p, offset, head.max_deleted_id});
      }
      offset = run.end;
    }
  }
}

}  // namespace evlog
