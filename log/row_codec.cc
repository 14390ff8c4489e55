#include "log/row_codec.h"

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/trim_codec.h"

namespace evlog {

namespace {

constexpr uint8_t kFlagPartitionedIds = 1;
constexpr uint8_t kFlagRuns = 2;

}  // namespace

absl::StatusOr<RowKind> KindOf(std::string_view value) {
  if (!value.empty()) {
    switch (static_cast<RowKind>(value.front())) {
      case RowKind::kChunk:
        return RowKind::kChunk;
      case RowKind::kReference:
        return RowKind::kReference;
    }
  }
  return DataLoss("a row is neither a chunk nor a reference: {}", Quoted(value, 16));
}

void EncodeLogReference(const ChunkHeader& header, LogLocation location, uint64_t bytes,
                        std::string* out) {
  out->push_back(static_cast<char>(RowKind::kReference));
  const size_t flags_at = out->size();
  uint8_t flags = header.partitioned_ids ? kFlagPartitionedIds : 0;
  out->push_back(0);
  AppendVarint(out, header.base_offset);
  AppendVarint(out, header.base_bytes);
  AppendVarint(out, header.count);
  AppendVarint(out, bytes);
  AppendVarint(out, location.commit);
  AppendVarint(out, location.slot);
  AppendVarint(out, header.last_id().ms);
  AppendVarint(out, header.last_id().seq);
  const size_t runs_at = out->size();
  EncodeRuns(header.ids, header.partitioned_ids, out);
  if (out->size() - runs_at <= kReferenceRunsBytesMax) {
    flags |= kFlagRuns;
  } else {
    out->resize(runs_at);
  }
  (*out)[flags_at] = static_cast<char>(flags);
}

absl::Status DecodeLogReference(std::string_view value, uint16_t partition, LogReference* row) {
  ByteReader reader(value);
  const uint8_t kind = reader.ReadByte();
  const uint8_t flags = reader.ReadByte();
  row->partitioned_ids = flags & kFlagPartitionedIds;
  row->base_offset = reader.ReadVarint();
  row->base_bytes = reader.ReadVarint();
  row->count = reader.ReadVarint32();
  row->bytes = reader.ReadVarint();
  row->location.commit = reader.ReadVarint();
  row->location.slot = reader.ReadVarint32();
  row->last_id.ms = reader.ReadVarint();
  row->last_id.seq = reader.ReadVarint();
  row->ids.clear();
  bool good = kind == static_cast<uint8_t>(RowKind::kReference) &&
              (flags & ~(kFlagPartitionedIds | kFlagRuns)) == 0 && reader.ok() && row->count != 0 &&
              row->base_offset <= UINT64_MAX - row->count &&
              row->base_bytes <= UINT64_MAX - row->bytes;
  if (good && (flags & kFlagRuns) != 0) {
    good = DecodeRuns(&reader, partition, row->partitioned_ids, row->count, &row->ids) &&
           row->ids.back().last() == row->last_id;
  }
  if (!good || reader.left() != 0) {
    return DataLoss("malformed reference to the log: {}", Quoted(value));
  }
  return absl::OkStatus();
}

void EncodeDirReference(const ChunkHeader& header, std::string* out) {
  out->push_back(static_cast<char>(RowKind::kReference));
  AppendVarint(out, header.partition.stream.value());
  AppendVarint(out, header.partition.partition);
  AppendVarint(out, header.first_id().ms);
  AppendVarint(out, header.first_id().seq);
  AppendVarint(out, header.base_offset);
  AppendVarint(out, header.count);
}

absl::Status DecodeDirReference(std::string_view value, DirReference* row) {
  ByteReader reader(value);
  const uint8_t kind = reader.ReadByte();
  const uint64_t stream = reader.ReadVarint();
  const uint64_t partition = reader.ReadVarint();
  row->first_id.ms = reader.ReadVarint();
  row->first_id.seq = reader.ReadVarint();
  row->base_offset = reader.ReadVarint();
  row->count = reader.ReadVarint32();
  if (kind != static_cast<uint8_t>(RowKind::kReference) || !reader.ok() || reader.left() != 0 ||
      partition >= kPartitionsMax || row->count == 0 ||
      row->base_offset > UINT64_MAX - row->count) {
    return DataLoss("malformed reference to the directory: {}", Quoted(value));
  }
  row->partition = PartitionId{StreamId(stream), static_cast<uint16_t>(partition)};
  return absl::OkStatus();
}

absl::StatusOr<DirExtent> DecodeDirExtent(std::string_view value, uint16_t partition) {
  ASSIGN_OR_RETURN(const RowKind kind, KindOf(value));
  if (kind == RowKind::kChunk) {
    ChunkHeader header;
    size_t size;
    RETURN_IF_ERROR(DecodeChunkHeader(value, &header, &size));
    return DirExtent{header.base_offset, header.base_bytes, header.count, value.size() - size,
                     header.last_id()};
  }
  LogReference row;
  RETURN_IF_ERROR(DecodeLogReference(value, partition, &row));
  return DirExtent{row.base_offset, row.base_bytes, row.count, row.bytes, row.last_id};
}

std::optional<RowExtent> ExtentOfRow(Family family, std::string_view key, std::string_view value) {
  RowExtent row;
  if (family == Family::kHoles) {
    uint64_t block;
    if (!DecodeHolesKey(key, &row.partition, &block).ok()) return std::nullopt;
    row.base_offset = block * kHolesPerBlock;
    row.next_offset = row.base_offset + kHolesPerBlock;
    return row;
  }
  if (family == Family::kDir) {
    EntryId first_id;
    if (!DecodeDirKey(key, &row.partition, &first_id).ok()) return std::nullopt;
    const absl::StatusOr<DirExtent> extent = DecodeDirExtent(value, row.partition.partition);
    if (!extent.ok()) return std::nullopt;
    row.base_offset = extent->base_offset;
    row.next_offset = extent->next_offset();
    return row;
  }
  const absl::StatusOr<RowKind> kind = KindOf(value);
  if (!kind.ok()) return std::nullopt;
  if (*kind == RowKind::kReference) {
    DirReference reference;
    if (!DecodeDirReference(value, &reference).ok()) return std::nullopt;
    return RowExtent{reference.partition, reference.base_offset,
                     reference.base_offset + reference.count};
  }
  ChunkHeader header;
  size_t size;
  if (!DecodeChunkHeader(value, &header, &size).ok()) return std::nullopt;
  return RowExtent{header.partition, header.base_offset, header.next_offset()};
}

}  // namespace evlog
