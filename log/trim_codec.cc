#include "log/trim_codec.h"

#include "log/base/bytes.h"
#include "log/base/status.h"

namespace evlog {

namespace {

constexpr size_t kBitmapBytes = kHolesPerBlock / 8;

void AppendId(EntryId id, std::string* out) {
  AppendVarint(out, id.ms);
  AppendVarint(out, id.seq);
}

EntryId ReadId(ByteReader* reader) {
  EntryId id;
  id.ms = reader->ReadVarint();
  id.seq = reader->ReadVarint();
  return id;
}

}  // namespace

void EncodeTrimRecord(const TrimRecord& record, std::string* out) {
  AppendVarint(out, record.first_offset);
  AppendVarint(out, record.next_offset);
  AppendVarint(out, record.next_bytes);
  AppendId(record.last_id, out);
  AppendId(record.max_deleted_id, out);
  AppendId(record.near, out);
  out->push_back(record.has_holes ? 1 : 0);
  AppendVarint(out, record.commit);
}

absl::Status DecodeTrimRecord(std::string_view value, TrimRecord* record) {
  ByteReader reader(value);
  record->first_offset = reader.ReadVarint();
  record->next_offset = reader.ReadVarint();
  record->next_bytes = reader.ReadVarint();
  record->last_id = ReadId(&reader);
  record->max_deleted_id = ReadId(&reader);
  record->near = ReadId(&reader);
  const uint8_t has_holes = reader.ReadByte();
  record->has_holes = has_holes != 0;
  record->commit = reader.ReadVarint();
  if (!reader.ok() || reader.left() != 0 || has_holes > 1 ||
      record->first_offset > record->next_offset) {
    return DataLoss("malformed row of the trims: {}", Quoted(value));
  }
  return absl::OkStatus();
}

void EncodeDroppedMark(uint64_t commit, std::string* out) { AppendVarint(out, commit); }

absl::Status DecodeDroppedMark(std::string_view value, uint64_t* commit) {
  ByteReader reader(value);
  *commit = reader.ReadVarint();
  if (!reader.ok() || reader.left() != 0) {
    return DataLoss("malformed mark of a dropped stream: {}", Quoted(value));
  }
  return absl::OkStatus();
}

std::string EncodeHoles(const HolesBitmap& bitmap) {
  std::string value(kBitmapBytes, '\0');
  for (size_t i = 0; i < kBitmapBytes; ++i) {
    value[i] = static_cast<char>(bitmap[i / 8] >> i % 8 * 8);
  }
  value.resize(value.find_last_not_of('\0') + 1);
  return value;
}

absl::Status DecodeHoles(std::string_view value, HolesBitmap* bitmap) {
  if (value.empty() || value.size() > kBitmapBytes || value.back() == '\0') {
    return DataLoss("malformed row of the holes: {}", Quoted(value));
  }
  bitmap->fill(0);
  for (size_t i = 0; i < value.size(); ++i) {
    (*bitmap)[i / 8] |= uint64_t{static_cast<unsigned char>(value[i])} << i % 8 * 8;
  }
  return absl::OkStatus();
}

}  // namespace evlog
