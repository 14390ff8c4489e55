// Every key of every column family. Golden bytes: tests/golden/keys.txt.
//
// One kind of row per family; integers are big-endian, so keys sort as the numbers do.
//
//   family       key                                               value
//   default      name (ASCII)                                      see log/row_codec.h, "meta"
//   names        database:u8 name:bytes                            stream:u64
//   catalog      stream:u64                                        StreamMeta (log/meta.proto)
//   log          commit:u64 slot:u32                               chunk | dir reference
//   dir          stream:u64 partition:u16 ms:u64 seq:u64           chunk | log reference
//
// `log` is the log in commit order, `dir` in id order within a partition; the bytes of a chunk
// stand in one of them and the other refers to it (log/row_codec.h). The ms and seq of a `dir` key
// are the first id of its chunk. The other families have no rows in this format version; they are
// made at the first open because a family added later breaks read-only instances that are open at
// the time.
#ifndef EVLOG_LOG_KEY_CODEC_H_
#define EVLOG_LOG_KEY_CODEC_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "evlog/entry_id.h"
#include "log/ids.h"

namespace evlog {

// On disk by name (FamilyName); the numbers are only indexes.
enum class Family : uint8_t {
  kMeta,
  kNames,
  kCatalog,
  kLog,
  kDir,
  kHoles,
  kGroups,
  kTimers,
  kSchedule,
  kIdempotence,
  kState,
  kRoutes,
  kSpare0,
  kSpare1,
  kSpare2,
  kSpare3,
};
inline constexpr size_t kFamilies = 16;

const char* FamilyName(Family family);

// A key of fixed size.
template <size_t N>
struct FixedKey {
  std::array<char, N> bytes;
  std::string_view view() const { return {bytes.data(), N}; }
};
using LogKey = FixedKey<12>;
using DirKey = FixedKey<26>;
using CatalogKey = FixedKey<8>;

// A half-open range of keys: [begin, end).
struct KeyRange {
  std::string begin;
  std::string end;
};

// Where a row of `log` stands.
struct LogLocation {
  uint64_t commit = 0;
  uint32_t slot = 0;

  friend auto operator<=>(const LogLocation&, const LogLocation&) = default;
};

LogKey EncodeLogKey(LogLocation location);
DirKey EncodeDirKey(PartitionId partition, EntryId first_id);
CatalogKey EncodeCatalogKey(StreamId stream);
std::string EncodeNameKey(uint8_t database, std::string_view name);

// Errors: DATA_LOSS when the key has not the form of its family.
absl::StatusOr<LogLocation> DecodeLogKey(std::string_view key);
absl::Status DecodeDirKey(std::string_view key, PartitionId* partition, EntryId* first_id);
absl::StatusOr<StreamId> DecodeCatalogKey(std::string_view key);
absl::Status DecodeNameKey(std::string_view key, uint8_t* database, std::string_view* name);

// All rows of `dir` of one partition.
KeyRange DirRange(PartitionId partition);
// The names of one database that are above `after` (from the first one when it is empty).
KeyRange NameRange(uint8_t database, std::string_view after);

// Rows of the default family.
inline constexpr std::string_view kMetaLogId = "log_id";  // varint: random, of this log for ever
inline constexpr std::string_view kMetaNextStream = "next_stream";  // varint: id of the next stream
inline constexpr std::string_view kMetaLastCommit =
    "last_commit";  // varint: last commit without `log` rows

}  // namespace evlog

#endif  // EVLOG_LOG_KEY_CODEC_H_
