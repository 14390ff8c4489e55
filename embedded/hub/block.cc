#include "embedded/hub/block.h"

#include <cstring>
#include <new>
#include <utility>

namespace evlog::internal {

namespace {

char* Copy(char* to, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

}  // namespace

Block* Block::Make(std::string_view channel, std::string_view reply_to,
                   std::span<const std::string_view> payloads) {
  size_t bytes = channel.size() + reply_to.size();
  for (const std::string_view payload : payloads) bytes += payload.size();
  const size_t table = (payloads.size() + 1) * sizeof(size_t);
  void* memory = ::operator new(sizeof(Block) + table + bytes);
  Block* block = new (memory) Block;
  block->count_ = static_cast<uint32_t>(payloads.size());
  block->channel_bytes_ = static_cast<uint32_t>(channel.size());
  block->reply_bytes_ = static_cast<uint32_t>(reply_to.size());
  auto* end = reinterpret_cast<size_t*>(block + 1);
  char* const begin = reinterpret_cast<char*>(block + 1) + table;
  block->bytes_ = begin;
  char* to = Copy(Copy(begin, channel), reply_to);
  *end++ = static_cast<size_t>(to - begin);
  for (const std::string_view payload : payloads) {
    to = Copy(to, payload);
    *end++ = static_cast<size_t>(to - begin);
  }
  return block;
}

void Block::Destroy() {
  this->~Block();
  ::operator delete(this);
}

void MessageAccess::FillShared(Block* block, uint32_t i, const Pattern& pattern, Message* message) {
  if (message->block_ != block) {
    block->Ref();
    message->ReleaseBlock();
    message->block_ = block;
    message->channel_ = block->channel();
    message->reply_to_ = block->reply_to();
  }
  message->payload_ = block->payload(i);
  SetPattern(pattern, message);
}

void MessageAccess::FillInline(const char* bytes, size_t channel, size_t reply_to, size_t payload,
                               const Pattern& pattern, Message* message) {
  message->ReleaseBlock();
  char* const to = message->inline_.data();
  std::memcpy(to, bytes, channel + reply_to + payload);
  message->channel_ = {to, channel};
  message->reply_to_ = {to + channel, reply_to};
  message->payload_ = {to + channel + reply_to, payload};
  SetPattern(pattern, message);
}

}  // namespace evlog::internal

namespace evlog {

void Message::ReleaseBlock() {
  if (block_ == nullptr) return;
  block_->Unref();
  block_ = nullptr;
}

void Message::CopyInline(std::string_view channel, std::string_view reply_to,
                         std::string_view payload) {
  char* to = inline_.data();
  for (const std::string_view part : {channel, reply_to, payload}) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  to = inline_.data();
  channel_ = {to, channel.size()};
  reply_to_ = {to + channel.size(), reply_to.size()};
  payload_ = {to + channel.size() + reply_to.size(), payload.size()};
}

void Message::Assign(const Message& other) {
  pattern_ = other.pattern_;
  if (other.block_ != nullptr) {
    other.block_->Ref();
    ReleaseBlock();
    block_ = other.block_;
    channel_ = other.channel_;
    reply_to_ = other.reply_to_;
    payload_ = other.payload_;
    return;
  }
  ReleaseBlock();
  CopyInline(other.channel_, other.reply_to_, other.payload_);
}

void Message::Take(Message& other) noexcept {
  pattern_ = std::move(other.pattern_);
  ReleaseBlock();
  if (other.block_ == nullptr) return CopyInline(other.channel_, other.reply_to_, other.payload_);
  block_ = std::exchange(other.block_, nullptr);
  channel_ = std::exchange(other.channel_, {});
  reply_to_ = std::exchange(other.reply_to_, {});
  payload_ = std::exchange(other.payload_, {});
}

}  // namespace evlog
