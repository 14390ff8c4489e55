#include "log/removals.h"

#include <algorithm>
#include <set>
#include <utility>

#include "evlog/trim.h"
#include "log/trimmer.h"

namespace evlog {

namespace {

class Remover {
 public:
  explicit Remover(StreamOp* op)
      : extras_(*op->extras), stream_(*op->stream), assigned_(stream_.assigned()) {}

  void Run(std::vector<Row>* rows) {
    for (const StreamExtras::Deletion& deletion : extras_.deletions) Delete(deletion);
    if (extras_.max_deleted_id) SetMaxDeleted(*extras_.max_deleted_id);
    for (const StreamExtras::NewHead& head : extras_.heads) {
      StreamState::AssignedPartition& partition = assigned_.partitions[head.partition];
      if (head.near > partition.near && head.offset >= partition.first_offset &&
          head.offset <= std::min(partition.next_offset, HoldOf(head.partition))) {
        partition.near = head.near;
      }
      Advance(head.partition, head.offset);
    }
    if (extras_.max_entries) KeepNewest(*extras_.max_entries);
    for (const uint16_t p : changed_) extras_.records.emplace_back(p, RecordOf(p));
    for (const auto& [p, block] : blocks_) {
      const Holes* const holes = stream_.holes(p);
      // A block below the new start is forgotten already, and so is its row, by compaction.
      if (holes == nullptr || block < Holes::BlockOf(assigned_.partitions[p].first_offset))
        continue;
      rows->push_back({Family::kHoles,
                       std::string(EncodeHolesKey(stream_.partition_id(p), block).view()),
                       holes->Encode(block)});
    }
    if (extras_.drop) assigned_.dropped = true;
  }

 private:
  void Delete(const StreamExtras::Deletion& deletion) {
    StreamState::AssignedPartition& partition = assigned_.partitions[deletion.partition];
    if (deletion.offset < partition.first_offset || deletion.offset >= partition.next_offset) {
      return;
    }
    const Holes* const holes = stream_.holes(deletion.partition);
    if (deletion.offset == partition.first_offset) {
      BeginAt(deletion.partition, deletion.offset + 1);
    } else if (holes != nullptr && holes->Contains(deletion.offset)) {
      return;
    } else {
      stream_.AddHole(deletion.partition, deletion.offset);
      blocks_.emplace(deletion.partition, Holes::BlockOf(deletion.offset));
      changed_.insert(deletion.partition);
    }
    partition.max_deleted_id = std::max(partition.max_deleted_id, deletion.id);
    ++extras_.deleted;
  }

  void SetMaxDeleted(EntryId id) {
    for (uint16_t p = 0; p < stream_.partitions(); ++p) {
      assigned_.partitions[p].max_deleted_id = id;
      changed_.insert(p);
    }
  }

  uint64_t Live(uint16_t p, uint64_t begin, uint64_t end) const {
    const Holes* const holes = stream_.holes(p);
    return end - begin - (holes == nullptr ? 0 : holes->CountIn(begin, end));
  }

  // Where `count` live entries from the start on end.
  uint64_t After(uint16_t p, uint64_t count) const {
    const StreamState::AssignedPartition& partition = assigned_.partitions[p];
    const Holes* const holes = stream_.holes(p);
    uint64_t offset = partition.first_offset;
    if (holes == nullptr) return std::min(offset + count, partition.next_offset);
    for (; count != 0 && offset < partition.next_offset; --count) {
      offset = holes->NextLive(offset + 1);
    }
    return std::min(offset, partition.next_offset);
  }

  uint64_t HoldOf(uint16_t p) const {
    return extras_.holds.empty() ? UINT64_MAX : extras_.holds[p];
  }

  // Removes what is below `offset`, but not more than the limit allows.
  void Advance(uint16_t p, uint64_t offset) {
    StreamState::AssignedPartition& partition = assigned_.partitions[p];
    offset = std::min({offset, partition.next_offset, HoldOf(p)});
    if (offset <= partition.first_offset) return;
    uint64_t removed = Live(p, partition.first_offset, offset);
    const uint64_t left = extras_.trim_limit - extras_.trimmed;
    if (removed > left) {
      offset = After(p, extras_.exact ? left : left - left % kApproximateEntries);
      if (offset <= partition.first_offset) return;
      removed = Live(p, partition.first_offset, offset);
    }
    extras_.trimmed += removed;
    BeginAt(p, offset);
  }

  void KeepNewest(uint64_t entries) {
    const StreamState::AssignedPartition& partition = assigned_.partitions[0];
    const Holes* const holes = stream_.holes(0);
    if (Live(0, partition.first_offset, partition.next_offset) <= entries) return;
    const uint64_t offset =
        holes == nullptr ? partition.next_offset - entries
                         : holes->FromEnd(partition.first_offset, partition.next_offset, entries);
    Advance(0, TrimStep(offset, partition.next_offset, extras_.exact));
  }

  // The partition begins with the first live entry from `offset` on.
  void BeginAt(uint16_t p, uint64_t offset) {
    StreamState::AssignedPartition& partition = assigned_.partitions[p];
    if (const Holes* const holes = stream_.holes(p)) offset = holes->NextLive(offset);
    partition.first_offset = std::min(offset, partition.next_offset);
    stream_.DropHolesBelow(p, partition.first_offset);
    changed_.insert(p);
  }

  TrimRecord RecordOf(uint16_t p) const {
    const StreamState::AssignedPartition& partition = assigned_.partitions[p];
    TrimRecord record;
    record.first_offset = partition.first_offset;
    record.next_offset = partition.next_offset;
    record.next_bytes = partition.next_bytes;
    record.last_id = partition.last_id;
    record.max_deleted_id = partition.max_deleted_id;
    record.near = partition.near;
    record.has_holes = stream_.holes(p) != nullptr;
    return record;
  }

  StreamExtras& extras_;
  StreamState& stream_;
  StreamState::Assigned& assigned_;
  std::set<uint16_t> changed_;
  std::set<std::pair<uint16_t, uint64_t>> blocks_;
};

}  // namespace

void SequenceRemovals(StreamOp* op, std::vector<Row>* rows) { Remover(op).Run(rows); }

}  // namespace evlog
