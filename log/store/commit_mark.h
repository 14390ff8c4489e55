// The mark that every commit carries in the write-ahead log, so that a damaged log is not taken for
// a shorter one.
//
// RocksDB's recovery ends at the first damaged record and opens without a word. So each commit puts
// a mark first in its WriteBatch (PutLogData: written to the WAL, to nothing else); wal_scan reads
// the marks back before RocksDB sees the log.
//
//   mark           := magic kind commit synced_through
//   magic          := 0xE7                1 byte; RocksDB's other log data does not begin so
//   kind           := 0x01 commit | 0x02 watermark
//   commit         := fixed64, little-endian
//   synced_through := fixed64, little-endian
//
// A `commit` mark begins the batch of commit number `commit`; numbers are dense: each is the one
// before plus one. `synced_through` is the newest commit that was known to be on disk when the mark
// was made, so it is below `commit`; 0: none yet.
// A `watermark` mark stands in a batch of its own, written after a sync that no commit followed,
// and at close. It takes no number: it repeats that of the last commit and carries the newest
// `synced_through`, which is at most `commit`.
#ifndef EVLOG_LOG_STORE_COMMIT_MARK_H_
#define EVLOG_LOG_STORE_COMMIT_MARK_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace evlog {

enum class MarkKind : uint8_t { kCommit = 1, kWatermark = 2 };

struct CommitMark {
  MarkKind kind = MarkKind::kCommit;
  uint64_t commit = 0;
  uint64_t synced_through = 0;

  bool operator==(const CommitMark&) const = default;
};

inline constexpr size_t kCommitMarkBytes = 18;

// The bytes for PutLogData; no allocation, as this is on the commit path.
class EncodedCommitMark {
 public:
  explicit EncodedCommitMark(const CommitMark& mark);
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, kCommitMarkBytes> bytes_;
};

// Nothing where the bytes are no mark: another length, magic or kind, or a synced_through that the
// kind does not allow.
std::optional<CommitMark> DecodeCommitMark(std::string_view bytes);

// A record of the WAL is a WriteBatch: sequence (fixed64), count (fixed32), items.
struct BatchHead {
  uint64_t sequence = 0;           // RocksDB's number of the first row
  uint32_t count = 0;              // rows
  std::optional<CommitMark> mark;  // when the first item is one
  bool malformed_mark = false;     // the first item begins as one, but is none
};

// So many bytes from the start of a record hold all that DecodeBatchHead looks at.
inline constexpr size_t kBatchHeadBytes = 8 + 4 + 1 + 1 + kCommitMarkBytes;

// `head`: the first bytes of a record, kBatchHeadBytes or all there are. Nothing when it is too
// short for a WriteBatch.
std::optional<BatchHead> DecodeBatchHead(std::string_view head);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_COMMIT_MARK_H_
