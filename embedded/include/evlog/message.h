// A message of a channel.
//
// A value that owns what it shows: keep it, copy it, send it to another thread. Small messages lie
// within it; larger ones, and those published as a batch, are shared, and a copy costs a count.
// Const calls are thread-safe.
#ifndef EVLOG_MESSAGE_H_
#define EVLOG_MESSAGE_H_

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace evlog {

namespace internal {
class Block;
class MessageAccess;
}  // namespace internal

class Message {
 public:
  // Up to so many bytes of channel, reply channel and payload together are copied, not shared.
  static constexpr size_t kInlineBytes = 128;

  Message() = default;
  ~Message() { ReleaseBlock(); }
  Message(const Message& other) { Assign(other); }
  Message& operator=(const Message& other) {
    if (this != &other) Assign(other);
    return *this;
  }
  // The moved-from message is left as it is or empty.
  Message(Message&& other) noexcept { Take(other); }
  Message& operator=(Message&& other) noexcept {
    if (this != &other) Take(other);
    return *this;
  }

  // Any bytes. They live as long as this message stays as it is.
  std::string_view channel() const { return channel_; }
  std::string_view payload() const { return payload_; }
  // The pattern by which its subscriber got it; empty for one subscribed to the channel itself.
  std::string_view pattern() const { return pattern_ == nullptr ? std::string_view() : *pattern_; }
  // Where an answer goes (see Channels::Request); empty when none is asked for.
  std::string_view reply_to() const { return reply_to_; }

  // Equal for all that receive one published message, as long as one of them keeps it; null where
  // it was copied. A session that encodes messages for the wire can so encode each of them once.
  const void* identity() const { return block_ == nullptr ? nullptr : payload_.data(); }

 private:
  friend class internal::MessageAccess;

  void Assign(const Message& other);
  void Take(Message& other) noexcept;
  void CopyInline(std::string_view channel, std::string_view reply_to, std::string_view payload);
  void ReleaseBlock();

  std::string_view channel_;
  std::string_view reply_to_;
  std::string_view payload_;
  internal::Block* block_ = nullptr;  // null: the bytes lie in inline_
  std::shared_ptr<const std::string> pattern_;
  std::array<char, kInlineBytes> inline_;
};

}  // namespace evlog

#endif  // EVLOG_MESSAGE_H_
