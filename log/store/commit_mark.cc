#include "log/store/commit_mark.h"

#include <cstring>

#include "log/base/bytes.h"

namespace evlog {
namespace {

constexpr unsigned char kMagic = 0xe7;
// RocksDB's tag of PutLogData in a WriteBatch; a varint32 length and the bytes follow.
constexpr unsigned char kLogDataTag = 0x03;

static_assert(kCommitMarkBytes < 0x80, "so that its length is a varint of one byte");

uint64_t GetLittle64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

}  // namespace

EncodedCommitMark::EncodedCommitMark(const CommitMark& mark) {
  bytes_[0] = static_cast<char>(kMagic);
  bytes_[1] = static_cast<char>(mark.kind);
  std::memcpy(&bytes_[2], &mark.commit, sizeof mark.commit);
  std::memcpy(&bytes_[10], &mark.synced_through, sizeof mark.synced_through);
}

std::optional<CommitMark> DecodeCommitMark(std::string_view bytes) {
  if (bytes.size() != kCommitMarkBytes) return std::nullopt;
  if (static_cast<unsigned char>(bytes[0]) != kMagic) return std::nullopt;
  const auto kind = static_cast<MarkKind>(bytes[1]);
  if (kind != MarkKind::kCommit && kind != MarkKind::kWatermark) return std::nullopt;
  const CommitMark mark{kind, GetLittle64(&bytes[2]), GetLittle64(&bytes[10])};
  const bool plausible = kind == MarkKind::kCommit ? mark.synced_through < mark.commit
                                                   : mark.synced_through <= mark.commit;
  if (!plausible) return std::nullopt;
  return mark;
}

std::optional<BatchHead> DecodeBatchHead(std::string_view head) {
  constexpr size_t kBatchHeaderBytes = sizeof(uint64_t) + sizeof(uint32_t);
  if (head.size() < kBatchHeaderBytes) return std::nullopt;
  BatchHead result;
  result.sequence = GetLittle64(head.data());
  std::memcpy(&result.count, head.data() + sizeof(uint64_t), sizeof result.count);
  const std::string_view items = head.substr(kBatchHeaderBytes);
  if (items.size() >= 2 + kCommitMarkBytes && static_cast<unsigned char>(items[0]) == kLogDataTag &&
      static_cast<size_t>(items[1]) == kCommitMarkBytes) {
    const std::string_view mark = items.substr(2, kCommitMarkBytes);
    result.mark = DecodeCommitMark(mark);
    result.malformed_mark =
        !result.mark.has_value() && static_cast<unsigned char>(mark[0]) == kMagic;
  }
  return result;
}

}  // namespace evlog
