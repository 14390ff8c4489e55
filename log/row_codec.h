// Values of the `log` and `dir` families. Golden bytes: tests/golden/rows.txt.
//
//   value of `log` := chunk (log/chunk_codec.h) | dir_ref
//   value of `dir` := chunk                      | log_ref
//   log_ref := 0x02 flags:u8 base_offset:varint base_bytes:varint count:varint bytes:varint
//              commit:varint slot:varint last_ms:varint last_seq:varint [runs:varint run{runs}]
//   dir_ref := 0x02 stream:varint partition:varint ms:varint seq:varint base_offset:varint
//              count:varint
//
// bytes: what the entries take, without the header of the chunk. flags of log_ref: bit 0 as in a
// chunk; bit 1: the runs of ids follow. They are left out where they take more than
// kReferenceRunsBytesMax bytes, that is, where ids were interleaved over partitions.
//
// A chunk of kInlineBytesMax bytes or more stands in `log`, so that large data is written once and
// in order; a smaller one stands in `dir`, so that reading one small stream is one seek.
#ifndef EVLOG_LOG_ROW_CODEC_H_
#define EVLOG_LOG_ROW_CODEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "log/chunk_codec.h"
#include "log/key_codec.h"

namespace evlog {

inline constexpr size_t kInlineBytesMax = 1024;
inline constexpr size_t kReferenceRunsBytesMax = 64;

// A row of `dir` that refers to `log`.
struct LogReference {
  bool partitioned_ids = false;
  uint64_t base_offset = 0;
  uint64_t base_bytes = 0;
  uint32_t count = 0;
  uint64_t bytes = 0;
  LogLocation location;
  EntryId last_id;
  IdRuns ids;  // empty when left out

  uint64_t next_offset() const { return base_offset + count; }
};

// A row of `log` that refers to `dir`.
struct DirReference {
  PartitionId partition;
  EntryId first_id;
  uint64_t base_offset = 0;
  uint32_t count = 0;

  friend bool operator==(const DirReference&, const DirReference&) = default;
};

// What kind of value it is. Errors: DATA_LOSS.
absl::StatusOr<RowKind> KindOf(std::string_view value);

// `bytes`: of the entries.
void EncodeLogReference(const ChunkHeader& header, LogLocation location, uint64_t bytes,
                        std::string* out);
// `partition` is that of the row's key. Errors: DATA_LOSS.
absl::Status DecodeLogReference(std::string_view value, uint16_t partition, LogReference* row);

void EncodeDirReference(const ChunkHeader& header, std::string* out);
absl::Status DecodeDirReference(std::string_view value, DirReference* row);

// Which entries a value of `dir` holds, whichever kind it is.
struct DirExtent {
  uint64_t base_offset = 0;
  uint64_t base_bytes = 0;
  uint32_t count = 0;
  uint64_t bytes = 0;
  EntryId last_id;

  uint64_t next_offset() const { return base_offset + count; }
  uint64_t next_bytes() const { return base_bytes + bytes; }
};
absl::StatusOr<DirExtent> DecodeDirExtent(std::string_view value, uint16_t partition);

// Which entries a row of `log`, `dir` or `holes` is about.
struct RowExtent {
  PartitionId partition;
  uint64_t base_offset = 0;
  uint64_t next_offset = 0;
};
// Nullopt for a row that cannot be read.
std::optional<RowExtent> ExtentOfRow(Family family, std::string_view key, std::string_view value);

}  // namespace evlog

#endif  // EVLOG_LOG_ROW_CODEC_H_
