// Reads one file in RocksDB's log format (the write-ahead log, and the MANIFEST).
//
//   file   := block*                    32 KiB each; the last may be shorter
//   block  := fragment* trailer?        trailer: zeros, where less than 7 bytes are left
//   fragment := crc length type payload
//   crc    := fixed32, little-endian    masked crc32c of type and payload
//   length := fixed16, little-endian
//   type   := 1 full | 2 first | 3 middle | 4 last
//
// A record is the payload of one `full`, or of `first middle* last`. RocksDB's other types
// (recycled and compressed logs) are damage here: evlog never enables them.
//
// After damage the reader looks for the next fragment whose checksum is right, at any byte, and
// goes on from there, so that its caller learns what lies behind.
#ifndef EVLOG_LOG_STORE_WAL_READER_H_
#define EVLOG_LOG_STORE_WAL_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "rocksdb/file_system.h"

namespace evlog {

inline constexpr size_t kWalBlockBytes = 32768;
inline constexpr size_t kWalHeaderBytes = 7;

struct WalEvent {
  enum class Kind {
    kRecord,
    // Bytes that are no record. All damage up to the next record is one event.
    kDamage,
    // Nothing but zeros up to the end of the file: preallocated, or never written back.
    kZeroTail,
    kEnd,
  };
  Kind kind = Kind::kEnd;
  // Of the first byte of the record, of what is damaged, of the zeros; the size of the file at the
  // end. When a record of several fragments is damaged, its beginning, as all of it is lost.
  uint64_t offset = 0;
  uint64_t length = 0;  // kRecord: bytes of the payload
  std::string_view
      head;             // kRecord: its first bytes, as many as asked for; valid until the next call
  std::string problem;  // kDamage: what is wrong, and at which byte
  // kDamage: nothing is wrong but that the file ends too early, as when its writer was killed.
  bool cut_short = false;
};

class WalReader {
 public:
  // Reads from the start. Of each record it keeps the first `head_bytes` bytes.
  WalReader(std::unique_ptr<rocksdb::FSSequentialFile> file, size_t head_bytes);
  WalReader(const WalReader&) = delete;
  WalReader& operator=(const WalReader&) = delete;

  // After kEnd, kEnd again. UNAVAILABLE: the file cannot be read.
  absl::StatusOr<WalEvent> Next();

 private:
  struct Fragment {
    unsigned type = 0;
    std::string_view payload;
    std::string_view problem;  // why there is none here
    bool good() const { return problem.empty(); }
    size_t size() const { return kWalHeaderBytes + payload.size(); }
  };

  uint64_t position() const { return block_offset_ + pos_; }
  bool is_last_block() const { return block_.size() < kWalBlockBytes; }

  // False at the end of the file.
  absl::StatusOr<bool> LoadBlock();
  Fragment ParseAt(size_t pos) const;
  // Goes to the next block where no header fits; false when there is nothing more to parse.
  absl::StatusOr<bool> HasHeader();
  // True when there are zeros from here to the end of the file. Else it stands behind them, with
  // what they destroyed noted as damage.
  absl::StatusOr<bool> SkipZeros();
  // Takes the good fragment at `pos_`; true when it completes the record.
  bool Take(const Fragment& fragment);
  // Notes damage, unless there is already some: from then on, Next searches for a good fragment.
  void Damage(std::string_view problem, uint64_t offset);
  // From bytes that are no fragment to where the next may begin.
  void StepOver();
  WalEvent AtEnd();

  const std::unique_ptr<rocksdb::FSSequentialFile> file_;
  const size_t head_bytes_;

  const std::unique_ptr<char[]> buffer_;
  std::string_view block_;
  uint64_t block_offset_ = 0;
  size_t pos_ = 0;  // within the block
  bool at_end_ = false;

  // The record whose first fragments were read.
  bool in_record_ = false;
  uint64_t record_offset_ = 0;
  uint64_t record_length_ = 0;
  std::string head_;

  // What was found damaged and is not yet reported: the search for a good fragment goes on.
  std::optional<WalEvent> damage_;
  // Where zeros to the end of the file begin.
  std::optional<uint64_t> zeros_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_WAL_READER_H_
