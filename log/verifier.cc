#include "log/verifier.h"

#include <utility>

#include "log/base/status.h"
#include "log/catalog_codec.h"
#include "log/chunk.h"
#include "log/idempotence_codec.h"
#include "log/row_finder.h"
#include "log/schedule_rows.h"

namespace evlog {

namespace {

constexpr uint64_t kRowsBetweenProgress = 256;

std::string Where(PartitionId id, uint64_t offset) {
  return fmt::format("stream {}, partition {}, offset {}", id.stream.value(), id.partition, offset);
}

std::string Where(LogLocation location) {
  return fmt::format("commit {} slot {} of the log", location.commit, location.slot);
}

// Ends a run that found enough; never leaves the verifier.
absl::Status Enough() { return absl::OutOfRangeError("enough findings"); }

}  // namespace

absl::Status Verifier::Run() {
  absl::Status status = Note(store_->VerifyChecksums());
  if (status.ok()) status = CheckCatalog();
  if (status.ok()) status = CheckTrims();
  if (status.ok()) status = CheckIdempotence();
  if (status.ok()) {
    status = CheckSchedule(*store_, [this](const absl::Status& found) { return Note(found); });
  }
  if (status.ok()) status = CheckLog();
  if (status.ok()) status = CheckDirectory();
  return absl::IsOutOfRange(status) ? absl::OkStatus() : status;
}

absl::Status Verifier::Find(std::string finding) {
  return hooks_.add(std::move(finding)) ? absl::OkStatus() : Enough();
}

absl::Status Verifier::Note(const absl::Status& status) {
  return absl::IsDataLoss(status) ? Find(MessageOf(status)) : status;
}

absl::Status Verifier::CheckCatalog() {
  StoreIterator rows = store_->ScanAll(Family::kCatalog);
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    const absl::StatusOr<StreamId> id = DecodeCatalogKey(rows.key());
    if (!id.ok()) {
      RETURN_IF_ERROR(Note(id.status()));
      continue;
    }
    const absl::StatusOr<StreamRecord> record = DecodeStreamRecord(rows.value());
    if (!record.ok()) {
      RETURN_IF_ERROR(Note(record.status()));
      continue;
    }
    if (record->unfinished) {  // as good as dropped
      dropped_.insert(*id);
      continue;
    }
    ASSIGN_OR_RETURN(const std::optional<std::string> name,
                     rows.Get(Family::kNames, EncodeNameKey(record->database, record->name)));
    if (name != EncodeStreamId(*id)) {
      RETURN_IF_ERROR(Find(fmt::format("stream {} is called {}, but that name {}", id->value(),
                                       Quoted(record->name),
                                       name ? "belongs to another stream" : "is not there")));
    }
    streams_[*id] = record->options.partitions;
    ++counts_.streams;
    counts_.partitions += record->options.partitions;
  }
  return Note(rows.status());
}

absl::Status Verifier::CheckIdempotence() {
  StoreIterator rows = store_->ScanAll(Family::kIdempotence);
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    IdempotenceRecord record;
    RETURN_IF_ERROR(Note(DecodeIdempotenceKey(rows.key()).status()));
    RETURN_IF_ERROR(Note(DecodeIdempotenceRecord(rows.value(), &record)));
  }
  return Note(rows.status());
}

absl::Status Verifier::CheckTrims() {
  StoreIterator rows = store_->ScanAll(Family::kTrims);
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    PartitionId id;
    RETURN_IF_ERROR(Note(DecodeTrimKey(rows.key(), &id)));
    if (id.partition == kDroppedMark) {
      dropped_.insert(id.stream);
      continue;
    }
    TrimRecord record;
    if (absl::Status status = DecodeTrimRecord(rows.value(), &record); !status.ok()) {
      RETURN_IF_ERROR(Note(Annotate(status, Where(id, 0))));
      continue;
    }
    Partition& partition = partitions_[id];
    partition.first_offset = record.first_offset;
    partition.next_offset = record.first_offset;
    partition.trimmed_next = record.next_offset;
  }
  return Note(rows.status());
}

absl::Status Verifier::CheckLog() {
  StoreIterator rows = store_->Scan(Family::kLog, {}, {.bulk = true});
  counts_.commits_total = store_->last_commit();
  uint64_t seen = 0;
  uint64_t commit = 0;
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    const absl::StatusOr<LogLocation> location = DecodeLogKey(rows.key());
    if (!location.ok()) {
      RETURN_IF_ERROR(Note(location.status()));
      continue;
    }
    if (location->commit != commit) ++counts_.commits;
    commit = location->commit;
    RETURN_IF_ERROR(Note(CheckLogRow(*location, rows)));
    if (++seen % kRowsBetweenProgress == 0 && !hooks_.progress(counts_)) {
      return absl::CancelledError("stopped");
    }
  }
  return Note(rows.status());
}

absl::Status Verifier::CheckLogRow(LogLocation location, const StoreIterator& rows) {
  const std::string_view value = rows.value();
  const std::string where = Where(location);
  absl::StatusOr<RowKind> kind = KindOf(value);
  if (!kind.ok()) return Annotate(kind.status(), where);
  PartitionId id;
  EntryId first_id;
  ChunkRef chunk;
  DirReference reference;
  if (*kind == RowKind::kChunk) {
    absl::StatusOr<ChunkRef> decoded = Chunk::Decode(value);
    if (!decoded.ok()) return Annotate(decoded.status(), where);
    chunk = *std::move(decoded);
    id = chunk->header().partition;
    first_id = chunk->header().first_id();
  } else {
    if (absl::Status status = DecodeDirReference(value, &reference); !status.ok()) {
      return Annotate(status, where);
    }
    id = reference.partition;
    first_id = reference.first_id;
  }
  const uint64_t next_offset =
      chunk ? chunk->header().next_offset() : reference.base_offset + reference.count;
  // Gone: of its two rows either may be dropped before the other.
  if (dropped_.contains(id.stream)) return absl::OkStatus();
  if (const auto it = partitions_.find(id);
      it != partitions_.end() && next_offset <= it->second.first_offset) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   rows.Get(Family::kDir, EncodeDirKey(id, first_id).view()));
  if (!row) return DataLoss("{}: the directory has no row of {}", where, Where(id, 0));
  if (*kind == RowKind::kReference) {
    absl::StatusOr<ChunkRef> decoded = Chunk::Decode(*row);
    if (!decoded.ok()) return Annotate(decoded.status(), where);
    chunk = *std::move(decoded);
    if (chunk->header().base_offset != reference.base_offset ||
        chunk->header().count != reference.count) {
      return DataLoss("{}: the directory holds other entries at {}", where,
                      Where(id, reference.base_offset));
    }
  } else {
    LogReference back;
    if (absl::Status status = DecodeLogReference(*row, id.partition, &back); !status.ok()) {
      return Annotate(status, where);
    }
    if (back.location != location || back.base_offset != chunk->header().base_offset ||
        back.count != chunk->header().count) {
      return DataLoss("{}: the directory refers to {} instead", where, Where(back.location));
    }
  }
  const ChunkHeader& header = chunk->header();
  counts_.entries += header.count;
  counts_.bytes += chunk->bytes().size();
  return Follow(id, first_id, header.last_id(), header.base_offset, header.count, where);
}

// The chunk goes on where the one before it in the same partition ended.
absl::Status Verifier::Follow(PartitionId id, EntryId first_id, EntryId last_id,
                              uint64_t base_offset, uint32_t count, const std::string& where) {
  const auto stream = streams_.find(id.stream);
  if (stream == streams_.end() || id.partition >= stream->second) {
    return DataLoss("{}: belongs to {}, which the catalog does not know", where,
                    Where(id, base_offset));
  }
  Partition& partition = partitions_[id];
  // The first row after a trim may hold entries from before it.
  uint64_t expected = std::exchange(partition.next_offset, base_offset + count);
  if (expected == partition.first_offset && base_offset < expected) expected = base_offset;
  const EntryId before = std::exchange(partition.last_id, last_id);
  ++partition.rows;
  if (base_offset != expected) {
    return DataLoss("{}: holds {}, but {} comes next", where, Where(id, base_offset), expected);
  }
  if (first_id <= before) {
    return DataLoss("{}: {} has the id {}, which is not above {}", where, Where(id, base_offset),
                    first_id.ToString(), before.ToString());
  }
  return absl::OkStatus();
}

absl::Status Verifier::CheckDirectory() {
  for (const auto& [id, partition] : partitions_) {
    if (dropped_.contains(id.stream)) continue;  // known from what was trimmed of it
    RETURN_IF_ERROR(Note(CheckPartition(id, partition)));
  }
  return absl::OkStatus();
}

// Every row of the log has one in the directory; as many rows, so the other way round too.
absl::Status Verifier::CheckPartition(PartitionId id, const Partition& partition) {
  StoreIterator rows = store_->Scan(Family::kDir, DirRange(id));
  uint64_t found = 0;
  uint64_t next_offset = partition.first_offset;
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    ASSIGN_OR_RETURN(const DirEntry entry, ReadDirEntry(rows));
    if (entry.extent.next_offset() <= partition.first_offset) continue;  // trimmed
    if (found == 0 && entry.extent.base_offset < next_offset) {
      next_offset = entry.extent.base_offset;
    }
    if (entry.extent.base_offset != next_offset) {
      return DataLoss("{}: the directory goes on with offset {}", Where(id, next_offset),
                      entry.extent.base_offset);
    }
    next_offset = entry.extent.next_offset();
    ++found;
  }
  RETURN_IF_ERROR(rows.status());
  if (next_offset < partition.trimmed_next) {
    return DataLoss("{}: the partition ends there, but {} came next when it was trimmed",
                    Where(id, next_offset), partition.trimmed_next);
  }
  if (found != partition.rows) {
    return DataLoss("{}: the directory has {} rows, the log has {}", Where(id, next_offset), found,
                    partition.rows);
  }
  return absl::OkStatus();
}

}  // namespace evlog
