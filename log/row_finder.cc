#include "log/row_finder.h"

#include <algorithm>

#include "log/base/status.h"
#include "log/chunk.h"

namespace evlog {

namespace {

using Wide = unsigned __int128;

Wide ToWide(EntryId id) { return Wide{id.ms} << 64 | id.seq; }
EntryId FromWide(Wide wide) {
  return {static_cast<uint64_t>(wide >> 64), static_cast<uint64_t>(wide)};
}

// Rows looked at one after the other once the target must be near.
constexpr int kStepsMax = 8;

// Between `low`, whose row ends at offset low_next, and `high`, whose row starts at high_base.
Wide Interpolate(Wide low, Wide high, uint64_t low_next, uint64_t high_base, uint64_t offset) {
  const auto part = static_cast<long double>(offset - low_next) /
                    static_cast<long double>(std::max<uint64_t>(high_base - low_next, 1));
  const auto guess = low + static_cast<Wide>(static_cast<long double>(high - low) * part);
  return std::clamp(guess, low + 1, high - 1);
}

}  // namespace

absl::StatusOr<DirEntry> ReadDirEntry(const StoreIterator& rows) {
  PartitionId partition;
  DirEntry entry;
  RETURN_IF_ERROR(DecodeDirKey(rows.key(), &partition, &entry.first_id));
  ASSIGN_OR_RETURN(entry.extent, DecodeDirExtent(rows.value(), partition.partition));
  return entry;
}

absl::StatusOr<PartitionTail> FindTail(const Store& store, PartitionId partition) {
  StoreIterator rows = store.Scan(Family::kDir, DirRange(partition));
  rows.SeekToLast();
  if (!rows.Valid()) {
    RETURN_IF_ERROR(rows.status());
    return PartitionTail();
  }
  ASSIGN_OR_RETURN(const DirEntry last, ReadDirEntry(rows));
  return PartitionTail{last.extent.next_offset(), last.extent.last_id};
}

absl::StatusOr<bool> SeekToOffset(StoreIterator* rows, PartitionId partition, uint64_t offset) {
  rows->SeekToLast();
  if (!rows->Valid()) {
    RETURN_IF_ERROR(rows->status());
    return false;
  }
  ASSIGN_OR_RETURN(DirEntry entry, ReadDirEntry(*rows));
  if (offset >= entry.extent.next_offset()) return false;
  if (offset >= entry.extent.base_offset) return true;
  Wide high = ToWide(entry.first_id);
  uint64_t high_base = entry.extent.base_offset;

  rows->SeekToFirst();
  if (!rows->Valid()) {
    RETURN_IF_ERROR(rows->status());
    return false;
  }
  ASSIGN_OR_RETURN(entry, ReadDirEntry(*rows));
  if (offset < entry.extent.base_offset) return false;
  Wide low = ToWide(entry.first_id);  // of a row at or before the target
  uint64_t low_next = entry.extent.next_offset();

  for (bool halve = false; offset >= low_next && high - low > 1; halve = !halve) {
    const Wide guess =
        halve ? low + (high - low) / 2 : Interpolate(low, high, low_next, high_base, offset);
    rows->SeekForPrev(EncodeDirKey(partition, FromWide(guess)).view());
    if (!rows->Valid()) break;
    ASSIGN_OR_RETURN(entry, ReadDirEntry(*rows));
    if (offset < entry.extent.base_offset) {
      high = ToWide(entry.first_id);
      high_base = entry.extent.base_offset;
      continue;
    }
    low = guess;
    low_next = entry.extent.next_offset();
    for (int step = 0; step < kStepsMax && offset >= low_next; ++step) {
      rows->Next();
      if (!rows->Valid()) break;
      ASSIGN_OR_RETURN(entry, ReadDirEntry(*rows));
      if (offset < entry.extent.base_offset) break;
      low = std::max(low, ToWide(entry.first_id));
      low_next = entry.extent.next_offset();
    }
  }
  RETURN_IF_ERROR(rows->status());
  if (offset >= low_next) return false;  // a hole: no row holds it
  rows->SeekForPrev(EncodeDirKey(partition, FromWide(low)).view());
  RETURN_IF_ERROR(rows->status());
  return rows->Valid();
}

absl::StatusOr<uint64_t> FindOffset(const Store& store, PartitionId partition, EntryId id) {
  StoreIterator rows = store.Scan(Family::kDir, DirRange(partition));
  rows.SeekForPrev(EncodeDirKey(partition, id).view());
  if (!rows.Valid()) {
    RETURN_IF_ERROR(rows.status());
    rows.SeekToFirst();
    if (!rows.Valid()) {
      RETURN_IF_ERROR(rows.status());
      return 0;
    }
    ASSIGN_OR_RETURN(const DirEntry first, ReadDirEntry(rows));
    return first.extent.base_offset;
  }
  ASSIGN_OR_RETURN(const DirEntry entry, ReadDirEntry(rows));
  if (entry.extent.last_id < id) return entry.extent.next_offset();
  ASSIGN_OR_RETURN(const RowKind kind, KindOf(rows.value()));
  if (kind == RowKind::kChunk) {
    ASSIGN_OR_RETURN(const ChunkRef chunk, Chunk::Decode(rows.value()));
    return entry.extent.base_offset + chunk->CountBelow(id);
  }
  LogReference reference;
  RETURN_IF_ERROR(DecodeLogReference(rows.value(), partition.partition, &reference));
  IdRuns ids = reference.ids;
  if (ids.empty()) {
    ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                     store.Get(Family::kLog, EncodeLogKey(reference.location).view()));
    if (!bytes)
      return DataLoss("commit {} slot {} is missing in the log", reference.location.commit,
                      reference.location.slot);
    ChunkHeader header;
    size_t size;
    RETURN_IF_ERROR(DecodeChunkHeader(*bytes, &header, &size));
    ids = std::move(header.ids);
  }
  return entry.extent.base_offset + CountIdsBelow(ids, id);
}

}  // namespace evlog
