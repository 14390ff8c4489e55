#include "server/reply_queue.h"

namespace evlog::server {

namespace {

constexpr size_t kCompactAt = 64;

}  // namespace

uint64_t ReplyQueue::Take(int protocol, bool muted) {
  const uint64_t slot = first_ + open();
  slots_.push_back({{}, static_cast<uint8_t>(protocol), muted});
  return slot;
}

void ReplyQueue::Close(uint64_t slot, size_t before) {
  Slot& closed = At(slot);
  closed.complete = true;
  if (!IsFirst(slot)) {
    if (closed.muted) closed.bytes.clear();
    held_bytes_ += closed.bytes.size();
    return;
  }
  if (closed.muted) {
    out_.resize(before);
    out_.append(closed.bytes);
  }
  closed.bytes = {};
  for (;;) {
    ++head_;
    ++first_;
    if (idle()) {
      slots_.clear();
      head_ = 0;
      return;
    }
    Slot& next = slots_[head_];
    if (!next.complete) break;
    out_.append(next.bytes);
    held_bytes_ -= next.bytes.size();
    next.bytes = {};
  }
  if (head_ >= kCompactAt && 2 * head_ >= slots_.size()) {
    slots_.erase(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

}  // namespace evlog::server
