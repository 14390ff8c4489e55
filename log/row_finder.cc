#include "log/row_finder.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "log/base/status.h"
#include "log/chunk.h"
#include "log/trim_codec.h"

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

// Whether all entries below `offset` are.
absl::StatusOr<bool> IsTrimmed(const StoreIterator& rows, PartitionId partition, uint64_t offset) {
  ASSIGN_OR_RETURN(
      const std::optional<std::string> dropped,
      rows.Get(Family::kTrims, EncodeTrimKey({partition.stream, kDroppedMark}).view()));
  if (dropped) return true;
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   rows.Get(Family::kTrims, EncodeTrimKey(partition).view()));
  if (!row) return false;
  TrimRecord record;
  RETURN_IF_ERROR(DecodeTrimRecord(*row, &record));
  return offset <= record.first_offset;
}

absl::Status LoadHoles(const Store& store, PartitionId partition, PartitionState* state) {
  auto holes = std::make_unique<Holes>();
  StoreIterator rows =
      store.Scan(Family::kHoles, HolesRange(partition, Holes::BlockOf(state->head.first_offset)));
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    PartitionId row_partition;
    uint64_t block;
    RETURN_IF_ERROR(DecodeHolesKey(rows.key(), &row_partition, &block));
    RETURN_IF_ERROR(holes->Load(block, rows.value()));
  }
  RETURN_IF_ERROR(rows.status());
  if (!holes->empty()) state->holes = std::move(holes);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DirEntry> ReadDirEntry(const StoreIterator& rows) {
  PartitionId partition;
  DirEntry entry;
  RETURN_IF_ERROR(DecodeDirKey(rows.key(), &partition, &entry.first_id));
  ASSIGN_OR_RETURN(entry.extent, DecodeDirExtent(rows.value(), partition.partition));
  return entry;
}

absl::StatusOr<PartitionState> FindPartition(const Store& store, PartitionId partition) {
  PartitionState state;
  {
    StoreIterator rows = store.Scan(Family::kDir, DirRange(partition));
    rows.SeekToLast();
    RETURN_IF_ERROR(rows.status());
    if (rows.Valid()) {
      ASSIGN_OR_RETURN(const DirEntry last, ReadDirEntry(rows));
      state.tail = {last.extent.next_offset(), last.extent.last_id, last.extent.next_bytes()};
    }
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   store.Get(Family::kTrims, EncodeTrimKey(partition).view()));
  if (!row) return state;
  TrimRecord trim;
  RETURN_IF_ERROR(DecodeTrimRecord(*row, &trim));
  if (trim.next_offset > state.tail.next_offset) {  // those rows are gone
    state.tail = {trim.next_offset, trim.last_id, trim.next_bytes};
  }
  state.head = {trim.first_offset, trim.near, trim.max_deleted_id};
  if (trim.has_holes) {
    RETURN_IF_ERROR(LoadHoles(store, partition, &state));
  }
  return state;
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

absl::StatusOr<Place> FindPlace(const Store& store, PartitionId partition, EntryId id) {
  StoreIterator rows = store.Scan(Family::kDir, DirRange(partition));
  rows.SeekForPrev(EncodeDirKey(partition, id).view());
  if (!rows.Valid()) {
    RETURN_IF_ERROR(rows.status());
    rows.SeekToFirst();
    if (!rows.Valid()) {
      RETURN_IF_ERROR(rows.status());
      return Place();
    }
    ASSIGN_OR_RETURN(const DirEntry first, ReadDirEntry(rows));
    return Place{first.extent.base_offset, first.extent.base_bytes, first.first_id, true, false};
  }
  ASSIGN_OR_RETURN(const DirEntry entry, ReadDirEntry(rows));
  const DirExtent& extent = entry.extent;
  if (extent.last_id < id) {
    return Place{extent.next_offset(), extent.next_bytes(), entry.first_id, true, false};
  }
  ASSIGN_OR_RETURN(const RowKind kind, KindOf(rows.value()));
  IdRuns ids;
  if (kind == RowKind::kChunk) {
    ChunkHeader header;
    size_t size;
    RETURN_IF_ERROR(DecodeChunkHeader(rows.value(), &header, &size));
    ids = std::move(header.ids);
  } else {
    LogReference reference;
    RETURN_IF_ERROR(DecodeLogReference(rows.value(), partition.partition, &reference));
    if (reference.ids.empty()) {
      ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                       rows.Get(Family::kLog, EncodeLogKey(reference.location).view()));
      if (!bytes) {
        // Rows of trimmed entries may be gone from one family before they go from the other.
        ASSIGN_OR_RETURN(const bool trimmed, IsTrimmed(rows, partition, extent.next_offset()));
        if (trimmed) {
          return Place{extent.next_offset(), extent.next_bytes(), entry.first_id, true, false};
        }
        return DataLoss("commit {} slot {} is missing in the log", reference.location.commit,
                        reference.location.slot);
      }
      ChunkHeader header;
      size_t size;
      RETURN_IF_ERROR(DecodeChunkHeader(*bytes, &header, &size));
      reference.ids = std::move(header.ids);
    }
    ids = std::move(reference.ids);
  }
  const uint32_t below = CountIdsBelow(ids, id);
  return Place{extent.base_offset + below, extent.base_bytes, entry.first_id, below == 0,
               HasId(ids, id)};
}

absl::StatusOr<uint64_t> FindOffset(const Store& store, PartitionId partition, EntryId id) {
  ASSIGN_OR_RETURN(const Place place, FindPlace(store, partition, id));
  return place.offset;
}

absl::StatusOr<std::optional<DirEntry>> FindRow(const Store& store, PartitionId partition,
                                                uint64_t offset) {
  StoreIterator rows = store.Scan(Family::kDir, DirRange(partition));
  ASSIGN_OR_RETURN(const bool found, SeekToOffset(&rows, partition, offset));
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(const DirEntry entry, ReadDirEntry(rows));
  return entry;
}

}  // namespace evlog
