// The bytes of one publish, shared by all who get it: channel, reply channel, one or more payloads.
#ifndef EVLOG_EMBEDDED_HUB_BLOCK_H_
#define EVLOG_EMBEDDED_HUB_BLOCK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "evlog/message.h"

namespace evlog::internal {

// One allocation. Constant but for its count of owners.
class Block {
 public:
  // With one owner: the caller.
  static Block* Make(std::string_view channel, std::string_view reply_to,
                     std::span<const std::string_view> payloads);

  void Ref(uint32_t owners = 1) { owners_.fetch_add(owners, std::memory_order_relaxed); }
  void Unref() {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) Destroy();
  }

  uint32_t count() const { return count_; }
  std::string_view channel() const { return {bytes_, channel_bytes_}; }
  std::string_view reply_to() const { return {bytes_ + channel_bytes_, reply_bytes_}; }
  std::string_view payload(uint32_t i) const {
    return {bytes_ + ends()[i], ends()[i + 1] - ends()[i]};
  }
  // Bytes of the payloads [first, end), and the names once for each.
  size_t BytesOf(uint32_t first, uint32_t end) const {
    return ends()[end] - ends()[first] +
           (end - first) * (size_t{channel_bytes_} + size_t{reply_bytes_});
  }

 private:
  Block() = default;
  void Destroy();
  // ends()[0] is where the payloads begin; they follow each other.
  const size_t* ends() const { return reinterpret_cast<const size_t*>(this + 1); }

  std::atomic<uint32_t> owners_{1};
  uint32_t count_ = 0;
  uint32_t channel_bytes_ = 0;
  uint32_t reply_bytes_ = 0;
  const char* bytes_ = nullptr;  // behind the table of ends, in the same allocation
};

// Fills messages, which users only read.
class MessageAccess {
 public:
  using Pattern = std::shared_ptr<const std::string>;

  static bool FitsInline(size_t channel, size_t reply_to, size_t payload) {
    return channel + reply_to + payload <= Message::kInlineBytes;
  }
  // Makes `message` the i-th of the block. Costs no count when it was of the same one before.
  static void FillShared(Block* block, uint32_t i, const Pattern& pattern, Message* message);
  // `bytes` are channel, reply channel and payload in a row, kInlineBytes at most.
  static void FillInline(const char* bytes, size_t channel, size_t reply_to, size_t payload,
                         const Pattern& pattern, Message* message);

 private:
  static void SetPattern(const Pattern& pattern, Message* message) {
    if (message->pattern_ != pattern) message->pattern_ = pattern;
  }
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_BLOCK_H_
