#include "log/chunk_codec.h"

#include "evlog/entry.h"
#include "log/base/bytes.h"
#include "log/base/status.h"

namespace evlog {

namespace {

constexpr uint8_t kFlagPartitionedIds = 1;

// The sequence number as runs hold it.
uint64_t Stored(uint64_t seq, bool partitioned_ids) {
  return partitioned_ids ? seq >> kPartitionBits : seq;
}

}  // namespace

void AppendRun(IdRuns* runs, const IdRun& run) {
  if (!runs->empty()) {
    IdRun& last = runs->back();
    if (last.first.ms == run.first.ms && run.first.seq > last.last().seq) {
      const uint64_t gap = run.first.seq - last.last().seq;
      const bool last_fits = last.count == 1 || last.step == gap;
      const bool run_fits = run.count == 1 || run.step == gap;
      if (last_fits && run_fits) {
        last.step = gap;
        last.count += run.count;
        return;
      }
    }
  }
  runs->push_back(run);
}

uint32_t CountIdsBelow(const IdRuns& ids, EntryId id) {
  uint32_t below = 0;
  for (const IdRun& run : ids) {
    if (run.last() < id) {
      below += run.count;
      continue;
    }
    if (run.first < id) {
      // Here run.first.ms == id.ms, as last() >= id and a run has one ms.
      below += static_cast<uint32_t>((id.seq - run.first.seq - 1) / run.step + 1);
    }
    break;
  }
  return below;
}

bool HasId(const IdRuns& ids, EntryId id) {
  for (const IdRun& run : ids) {
    if (run.last() < id) continue;
    return run.first <= id && (id.seq - run.first.seq) % run.step == 0;
  }
  return false;
}

void EncodeRuns(const IdRuns& ids, bool partitioned_ids, std::string* out) {
  AppendVarint(out, ids.size());
  EntryId before;
  for (size_t i = 0; i < ids.size(); ++i) {
    const IdRun& run = ids[i];
    const uint64_t seq = Stored(run.first.seq, partitioned_ids);
    const uint64_t ms_step = i == 0 ? run.first.ms : run.first.ms - before.ms;
    const bool relative = i != 0 && ms_step == 0;
    AppendVarint(out, run.count);
    AppendVarint(out, ms_step);
    AppendVarint(out, relative ? seq - Stored(before.seq, partitioned_ids) : seq);
    if (run.count > 1) AppendVarint(out, Stored(run.step, partitioned_ids));
    before = run.last();
  }
}

bool DecodeRuns(ByteReader* reader, uint16_t partition, bool partitioned_ids, uint32_t count,
                IdRuns* ids) {
  const uint64_t runs = reader->ReadVarint();
  if (!reader->ok() || runs == 0 || runs > count) return false;
  const uint64_t seq_max = Stored(UINT64_MAX, partitioned_ids);
  const int shift = partitioned_ids ? kPartitionBits : 0;
  const uint64_t low = partitioned_ids ? partition : 0;
  uint64_t left = count;
  uint64_t ms = 0;
  uint64_t seq = 0;  // in stored form; of the last id so far
  for (uint64_t i = 0; i < runs; ++i) {
    const uint64_t n = reader->ReadVarint();
    const uint64_t ms_step = reader->ReadVarint();
    const uint64_t seq_read = reader->ReadVarint();
    const uint64_t step = n > 1 ? reader->ReadVarint() : 1;
    if (!reader->ok() || n == 0 || n > left || step == 0) return false;
    if (ms_step > UINT64_MAX - ms) return false;
    const bool relative = i != 0 && ms_step == 0;
    if (relative && (seq_read == 0 || seq_read > seq_max - seq)) return false;
    ms += ms_step;
    seq = relative ? seq + seq_read : seq_read;
    if (seq > seq_max || step > seq_max || (n - 1) > (seq_max - seq) / step) return false;
    ids->push_back({{ms, seq << shift | low}, static_cast<uint32_t>(n), step << shift});
    if (n == 1) ids->back().step = 1;
    seq += (n - 1) * step;
    left -= n;
  }
  return left == 0;
}

void EncodeChunkHeader(const ChunkHeader& header, std::string* out) {
  out->push_back(static_cast<char>(RowKind::kChunk));
  out->push_back(static_cast<char>(header.partitioned_ids ? kFlagPartitionedIds : 0));
  AppendVarint(out, header.partition.stream.value());
  AppendVarint(out, header.partition.partition);
  AppendVarint(out, header.base_offset);
  AppendVarint(out, header.base_bytes);
  AppendVarint(out, header.count);
  EncodeRuns(header.ids, header.partitioned_ids, out);
}

absl::Status DecodeChunkHeader(std::string_view bytes, ChunkHeader* header, size_t* size) {
  ByteReader reader(bytes);
  if (reader.ReadByte() != static_cast<uint8_t>(RowKind::kChunk)) {
    return DataLoss("not a chunk: {}", Quoted(bytes, 16));
  }
  const uint8_t flags = reader.ReadByte();
  const uint64_t stream = reader.ReadVarint();
  const uint64_t partition = reader.ReadVarint();
  header->base_offset = reader.ReadVarint();
  header->base_bytes = reader.ReadVarint();
  header->count = reader.ReadVarint32();
  if (!reader.ok() || (flags & ~kFlagPartitionedIds) != 0 || partition >= kPartitionsMax ||
      header->count == 0 || header->base_offset > UINT64_MAX - header->count ||
      header->base_bytes > UINT64_MAX - bytes.size()) {
    return DataLoss("malformed chunk header: {}", Quoted(bytes, 32));
  }
  header->partition = PartitionId{StreamId(stream), static_cast<uint16_t>(partition)};
  header->partitioned_ids = flags & kFlagPartitionedIds;
  header->ids.clear();
  if (!DecodeRuns(&reader, header->partition.partition, header->partitioned_ids, header->count,
                  &header->ids)) {
    return DataLoss("malformed id runs in a chunk of stream {}, partition {}, offset {}", stream,
                    partition, header->base_offset);
  }
  *size = reader.position() - bytes.data();
  return absl::OkStatus();
}

namespace {

// Checks the bodies of a chunk in their order; plain loops, because they run over every entry that
// is read from the store.
class BodyChecker {
 public:
  bool Check(std::string_view body) {
    ByteReader reader(body);
    const uint32_t head = reader.ReadVarint32();
    const uint32_t fields = head >> internal::kEntryFieldsShift;
    if (head & internal::kEntryHasKey) reader.ReadBytes(reader.ReadVarint32());
    if (!reader.ok() || fields == 0) return false;
    if (head & internal::kEntrySharesNames) {
      if (fields != named_) return false;
    } else {
      if (!Skip(&reader, fields)) return false;
      named_ = fields;
    }
    return Skip(&reader, fields - 1);
  }

 private:
  // Over so many strings; false where there are not as many.
  static bool Skip(ByteReader* reader, uint32_t strings) {
    if (strings > reader->left()) return false;
    for (; strings != 0 && reader->ok(); --strings) reader->ReadBytes(reader->ReadVarint32());
    return reader->ok();
  }

  uint32_t named_ = 0;  // fields of the last entry with names of its own
};

}  // namespace

absl::Status ValidateEntries(std::string_view bytes, uint32_t count) {
  ByteReader reader(bytes);
  BodyChecker checker;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t size = reader.ReadVarint32();
    const std::string_view body = reader.ReadBytes(size);
    if (!reader.ok() || !checker.Check(body)) {
      return DataLoss("entry {} of {} in a chunk is malformed", i, count);
    }
  }
  if (reader.left() != 0) {
    return DataLoss("{} bytes follow the {} entries of a chunk", reader.left(), count);
  }
  return absl::OkStatus();
}

}  // namespace evlog
