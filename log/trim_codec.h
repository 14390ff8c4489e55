// Values of the `trims` and `holes` families: what is no longer there of a partition. Golden bytes:
// tests/golden/trims.txt.
//
//   value of `trims` := first_offset:varint next_offset:varint next_bytes:varint
//                       last_ms:varint last_seq:varint deleted_ms:varint deleted_seq:varint
//                       near_ms:varint near_seq:varint has_holes:u8 commit:varint
//   value of `holes` := byte{1..128}      bit i % 8 of byte i / 8: entry (block << 10) + i is
//   deleted;
//                                         zeros at the end are left out
//
// A trim raises first_offset and writes nothing else; rows below it are dropped when RocksDB
// compacts the files they are in. So that they may all be gone, the row repeats what recovery reads
// from the last row of `dir` otherwise: next_offset, next_bytes and the last id, as they were.
#ifndef EVLOG_LOG_TRIM_CODEC_H_
#define EVLOG_LOG_TRIM_CODEC_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "evlog/entry_id.h"

namespace evlog {

inline constexpr uint64_t kHolesPerBlock = 1024;

struct TrimRecord {
  uint64_t first_offset = 0;  // of the first entry that is there
  uint64_t next_offset = 0;
  uint64_t next_bytes = 0;
  EntryId last_id = {};
  EntryId max_deleted_id = {};  // the largest that was deleted by its id; Min() when none was
  // At or below the id of entry first_offset: where a search for it may begin.
  EntryId near = {};
  bool has_holes = false;  // `holes` may have rows of the partition
  uint64_t commit = 0;     // the one that wrote this row

  friend bool operator==(const TrimRecord&, const TrimRecord&) = default;
};

void EncodeTrimRecord(const TrimRecord& record, std::string* out);
// Errors: DATA_LOSS.
absl::Status DecodeTrimRecord(std::string_view value, TrimRecord* record);

// The value of the mark of a dropped stream: the commit that dropped it, as a varint.
void EncodeDroppedMark(uint64_t commit, std::string* out);
absl::Status DecodeDroppedMark(std::string_view value, uint64_t* commit);

using HolesBitmap = std::array<uint64_t, kHolesPerBlock / 64>;

std::string EncodeHoles(const HolesBitmap& bitmap);
absl::Status DecodeHoles(std::string_view value, HolesBitmap* bitmap);

}  // namespace evlog

#endif  // EVLOG_LOG_TRIM_CODEC_H_
