// Writes RocksDB's log format, as its documentation says: a second opinion for the reader's tests.
#ifndef EVLOG_TESTS_SUPPORT_WAL_BYTES_H_
#define EVLOG_TESTS_SUPPORT_WAL_BYTES_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "log/base/crc32c.h"
#include "log/store/commit_mark.h"

namespace evlog {

class WalBytes {
 public:
  // Returns the offset at which the record begins.
  uint64_t Add(std::string_view record) {
    constexpr size_t kBlock = 32768;
    constexpr size_t kHeader = 7;
    uint64_t begin = 0;
    for (bool first = true;; first = false) {
      const size_t left = kBlock - bytes_.size() % kBlock;
      if (left < kHeader) bytes_.append(left, '\0');
      const size_t room = kBlock - bytes_.size() % kBlock - kHeader;
      const size_t size = std::min(room, record.size());
      const bool last = size == record.size();
      if (first) begin = bytes_.size();
      AddFragment(first ? (last ? 1 : 2) : (last ? 4 : 3), record.substr(0, size));
      if (last) return begin;
      record.remove_prefix(size);
    }
  }

  // A WriteBatch with this mark and `filler` bytes behind it.
  uint64_t AddMarked(const CommitMark& mark, size_t filler = 0) {
    std::string batch(12, '\0');
    const bool is_commit = mark.kind == MarkKind::kCommit;
    for (int i = 0; i < 8; ++i) batch[i] = static_cast<char>(sequence_ >> (8 * i));
    if (is_commit) ++sequence_;
    batch[8] = is_commit ? 1 : 0;
    batch += '\x03';
    batch += static_cast<char>(kCommitMarkBytes);
    batch += EncodedCommitMark(mark).bytes();
    return Add(batch + std::string(filler, 'f'));
  }

  void AddFragment(int type, std::string_view payload) {
    const std::string typed = static_cast<char>(type) + std::string(payload);
    const uint32_t crc = MaskCrc32c(Crc32c(typed));
    for (int i = 0; i < 4; ++i) bytes_ += static_cast<char>(crc >> (8 * i));
    bytes_ += static_cast<char>(payload.size());
    bytes_ += static_cast<char>(payload.size() >> 8);
    bytes_ += typed;
  }

  void AddRaw(std::string_view bytes) { bytes_ += bytes; }

  std::string& bytes() { return bytes_; }
  uint64_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
  uint64_t sequence_ = 1;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_WAL_BYTES_H_
