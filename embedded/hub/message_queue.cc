#include "embedded/hub/message_queue.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "embedded/hub/processor.h"

namespace evlog::internal {

namespace {

struct InlineFrame {
  uint32_t bytes;  // of the frame, with this header
  uint32_t count;  // 0
  uint16_t channel;
  uint16_t reply;
  uint32_t payload;

  size_t size() const { return size_t{channel} + reply + payload; }
};

struct BlockFrame {
  uint32_t bytes;
  uint32_t count;
  uint32_t first;
  uint32_t unused;
  Block* block;
};
static_assert(sizeof(InlineFrame) == 16 && sizeof(BlockFrame) == 24);

uint32_t FrameBytes(size_t bytes) { return static_cast<uint32_t>((bytes + 7) & ~size_t{7}); }

constexpr uint32_t kCacheLineBytes = 64;

// Segments grow by four, so that a queue that never holds much costs little.
constexpr uint32_t kSegmentBytesMin = 1024 - 40;
constexpr uint32_t kSegmentBytesMax = 16384 - 40;

// A consumer takes an eighth of what may wait, this many at most: what is taken can no longer be
// dropped for something newer.
constexpr size_t kTakeMax = 256;
// A run of so many messages ends its segment, so that a consumer can take it without counting.
constexpr size_t kSealMin = 32;

}  // namespace

struct MessageQueue::Segment {
  Segment* next;
  uint32_t capacity;
  uint32_t begin;     // of what is not taken
  uint32_t end;       // of what is there
  uint32_t messages;  // not taken
  size_t message_bytes;
  uint32_t pins;  // runs that are taken and not given back
  bool detached;  // no longer in the list

  char* at(uint32_t offset) { return reinterpret_cast<char*>(this + 1) + offset; }
  const InlineFrame& frame(uint32_t offset) {
    return *reinterpret_cast<const InlineFrame*>(at(offset));
  }
  BlockFrame& block_frame(uint32_t offset) { return *reinterpret_cast<BlockFrame*>(at(offset)); }
};

bool MessageQueue::Taken::Next(const MessageAccess::Pattern& pattern, Message* message) {
  if (block_ == nullptr) {
    if (at_ == end_) return false;
    const InlineFrame& frame = segment_->frame(at_);
    if (frame.count == 0) {
      MessageAccess::FillInline(reinterpret_cast<const char*>(&frame + 1), frame.channel,
                                frame.reply, frame.payload, pattern, message);
      at_ += frame.bytes;
      return true;
    }
    const BlockFrame& of_block = segment_->block_frame(at_);
    block_ = of_block.block;
    next_ = of_block.first;
    stop_ = of_block.first + of_block.count;
    at_ += of_block.bytes;
  }
  MessageAccess::FillShared(block_, next_++, pattern, message);
  if (next_ == stop_) {
    block_->Unref();
    block_ = nullptr;
  }
  return true;
}

void MessageQueue::Taken::Discard() {
  if (block_ != nullptr) block_->Unref();
  block_ = nullptr;
  while (at_ != end_) {
    const InlineFrame& frame = segment_->frame(at_);
    if (frame.count != 0) segment_->block_frame(at_).block->Unref();
    at_ += frame.bytes;
  }
}

MessageQueue::MessageQueue(const QueueBounds& bounds, bool frugal, uint32_t parked)
    : overflow_(bounds.overflow),
      frugal_(frugal),
      parked_(parked),
      messages_max_(bounds.messages),
      bytes_max_(bounds.bytes),
      take_max_(std::clamp<size_t>(bounds.messages / 8, 1, kTakeMax)) {}

MessageQueue::~MessageQueue() {
  Close(true);
  if (head_ != nullptr) ::operator delete(head_);
  if (spare_ != nullptr) ::operator delete(spare_);
}

bool MessageQueue::HasRoom(size_t bytes) const {
  const size_t now = waiting();
  return now < messages_max_ && (now == 0 || bytes_ + bytes <= bytes_max_);
}

void MessageQueue::CountDropped(uint64_t n) {
  dropped_.store(dropped() + n, std::memory_order_relaxed);
}

uint32_t MessageQueue::ClaimWakes(uint32_t messages) {
  const uint32_t wakes = std::min(parked_ - wakes_, messages);
  wakes_ += wakes;
  return wakes;
}

// Publishers wake when half of the queue is free: one wake for many messages.
bool MessageQueue::ClaimRoom() {
  if (!room_wanted_ || waiting() > messages_max_ / 2 || bytes_ > bytes_max_ / 2) return false;
  room_wanted_ = false;
  return true;
}

void MessageQueue::PushInline(std::string_view channel, std::string_view reply_to,
                              std::string_view payload, bool force, Pushed* pushed) {
  const size_t bytes = channel.size() + reply_to.size() + payload.size();
  SpinLock lock(mu_);
  if (closed()) return;
  if (!force && !HasRoom(bytes)) {
    switch (overflow_) {
      case Overflow::kBlock:
        pushed->full = true;
        return;
      case Overflow::kDropNewest:
        CountDropped(1);
        return;
      case Overflow::kDisconnect:
        CountDropped(1);
        closed_.store(true, std::memory_order_release);
        pushed->disconnected = true;
        pushed->wake = ClaimWakes(UINT32_MAX);
        return;
      case Overflow::kDropOldest:
        while (!HasRoom(bytes)) DropOldest();
        break;
    }
  }
  const uint32_t frame_bytes = FrameBytes(sizeof(InlineFrame) + bytes);
  char* const at = AddFrame(frame_bytes, 1, bytes);
  new (at)
      InlineFrame{frame_bytes, 0, static_cast<uint16_t>(channel.size()),
                  static_cast<uint16_t>(reply_to.size()), static_cast<uint32_t>(payload.size())};
  char* to = at + sizeof(InlineFrame);
  std::memcpy(to, channel.data(), channel.size());
  to += channel.size();
  if (!reply_to.empty()) std::memcpy(to, reply_to.data(), reply_to.size());
  to += reply_to.size();
  if (!payload.empty()) std::memcpy(to, payload.data(), payload.size());
  pushed->queued = 1;
  pushed->wake = ClaimWakes(1);
}

uint32_t MessageQueue::Fitting(const Block& block, uint32_t first) const {
  const uint32_t end = block.count();
  const size_t now = waiting();
  uint32_t fit = first;
  while (fit != end && now + (fit - first) < messages_max_ &&
         (now + (fit - first) == 0 || bytes_ + block.BytesOf(first, fit + 1) <= bytes_max_)) {
    ++fit;
  }
  return fit - first;
}

void MessageQueue::PushBlock(Block* block, uint32_t first, bool force, Pushed* pushed) {
  SpinLock lock(mu_);
  if (closed()) return;
  const uint32_t left = block->count() - first;
  const size_t bytes = block->BytesOf(first, block->count());
  uint32_t fit = left;
  if (force) {
    // All of it.
  } else if (waiting() + left > messages_max_ || bytes_ + bytes > bytes_max_) {
    if (overflow_ == Overflow::kDropOldest) {
      // Of a block larger than the queue, the newest that fit; what waits is older than the rest.
      uint32_t keep = first;
      while (keep + 1 < block->count() && (block->count() - keep > messages_max_ ||
                                           block->BytesOf(keep, block->count()) > bytes_max_)) {
        ++keep;
      }
      while (waiting() != 0 &&
             (keep != first || Fitting(*block, first) != block->count() - first)) {
        DropOldest();
      }
      CountDropped(keep - first);
      first = keep;
      fit = block->count() - first;
    } else {
      fit = Fitting(*block, first);
    }
  }
  if (fit != 0) AddBlock(block, first, fit);
  pushed->queued = overflow_ == Overflow::kDropOldest ? left : fit;
  if (pushed->queued != left) {
    pushed->full = overflow_ == Overflow::kBlock;
    if (!pushed->full) CountDropped(left - fit);
    if (overflow_ == Overflow::kDisconnect) {
      closed_.store(true, std::memory_order_release);
      pushed->disconnected = true;
      pushed->wake = ClaimWakes(UINT32_MAX);
      return;
    }
  }
  pushed->wake = ClaimWakes(fit);
}

void MessageQueue::AddBlock(Block* block, uint32_t first, uint32_t count) {
  const size_t bytes = block->BytesOf(first, first + count);
  block->Ref();
  new (AddFrame(sizeof(BlockFrame), count, bytes))
      BlockFrame{sizeof(BlockFrame), count, first, 0, block};
}

char* MessageQueue::AddFrame(uint32_t frame_bytes, uint32_t messages, size_t bytes) {
  if (tail_ != nullptr && tail_->begin == tail_->end && tail_->pins == 0) {
    tail_->begin = tail_->end = 0;  // from its start again, while that is in the cache
  }
  if (tail_ == nullptr || tail_->capacity - tail_->end < frame_bytes ||
      (take_max_ >= kSealMin && tail_->messages >= take_max_)) {
    AddSegment();
  }
  char* const at = tail_->at(tail_->end);
  tail_->end += frame_bytes;
  tail_->messages += messages;
  tail_->message_bytes += bytes;
  SetWaiting(waiting() + messages);
  bytes_ += bytes;
  // Of the next frame, which begins where this one ends: the consumer's processor has it, and will
  // have given it away by the time other queues have been served.
  FetchForWriting(at + frame_bytes + kCacheLineBytes);
  return at;
}

void MessageQueue::AddSegment() {
  Segment* segment = spare_;
  spare_ = nullptr;
  if (segment == nullptr) {
    const uint32_t capacity = std::min(kSegmentBytesMin << (2 * segments_made_), kSegmentBytesMax);
    if (segments_made_ < 3) ++segments_made_;
    segment = static_cast<Segment*>(::operator new(sizeof(Segment) + capacity));
    segment->capacity = capacity;
  }
  segment->next = nullptr;
  segment->begin = segment->end = segment->messages = segment->pins = 0;
  segment->message_bytes = 0;
  segment->detached = false;
  if (tail_ == nullptr) {
    head_ = segment;
  } else {
    tail_->next = segment;
  }
  tail_ = segment;
}

void MessageQueue::Recycle(Segment* segment) {
  if (spare_ == nullptr && !frugal_) {
    spare_ = segment;
  } else if (spare_ != nullptr && spare_->capacity < segment->capacity) {
    ::operator delete(spare_);
    spare_ = segment;
  } else {
    ::operator delete(segment);
  }
}

// Nothing waits.
void MessageQueue::FreeIdle() {
  if (head_ != nullptr && head_ == tail_ && head_->pins == 0) {
    ::operator delete(head_);
    head_ = tail_ = nullptr;
  }
  if (spare_ != nullptr) ::operator delete(spare_);
  spare_ = nullptr;
  segments_made_ = 0;
}

// Afterwards the head has something, or is the tail.
void MessageQueue::SkipEmptyHead() {
  while (head_ != tail_ && head_->begin == head_->end) {
    Segment* const empty = head_;
    head_ = empty->next;
    empty->detached = true;
    if (empty->pins == 0) Recycle(empty);
  }
}

void MessageQueue::DropOldest() {
  SkipEmptyHead();
  const InlineFrame& frame = head_->frame(head_->begin);
  size_t bytes;
  if (frame.count == 0) {
    bytes = frame.size();
    head_->begin += frame.bytes;
  } else {
    BlockFrame& of_block = head_->block_frame(head_->begin);
    bytes = of_block.block->BytesOf(of_block.first, of_block.first + 1);
    ++of_block.first;
    if (--of_block.count == 0) {
      of_block.block->Unref();
      head_->begin += of_block.bytes;
    }
  }
  --head_->messages;
  head_->message_bytes -= bytes;
  bytes_ -= bytes;
  SetWaiting(waiting() - 1);
  CountDropped(1);
}

bool MessageQueue::MustWaitForRoom(size_t bytes) {
  SpinLock lock(mu_);
  if (closed() || HasRoom(bytes)) return false;
  room_wanted_ = true;
  return true;
}

void MessageQueue::GiveBack(Taken* taken) {
  Segment* const segment = taken->segment_;
  if (segment == nullptr) return;
  taken->segment_ = nullptr;
  if (--segment->pins == 0 && segment->detached) Recycle(segment);
}

size_t MessageQueue::TakeMore(size_t most, Taken* taken, bool* room) {
  most = most == 0 ? take_max_ : std::min(most, take_max_);
  SpinLock lock(mu_);
  GiveBack(taken);
  if (waiting() == 0) {
    if (frugal_) FreeIdle();
    *room = ClaimRoom();
    return 0;
  }
  SkipEmptyHead();
  Segment* const head = head_;
  taken->segment_ = head;
  ++head->pins;
  taken->at_ = head->begin;
  size_t messages = head->messages;
  size_t bytes = head->message_bytes;
  if (messages <= most) {
    head->begin = head->end;
  } else {
    messages = bytes = 0;
    while (TakeFrame(most - messages, taken, &messages, &bytes)) {
    }
  }
  taken->end_ = head->begin;
  head->messages -= static_cast<uint32_t>(messages);
  head->message_bytes -= bytes;
  SetWaiting(waiting() - messages);
  bytes_ -= bytes;
  *room = ClaimRoom();
  return messages;
}

// Moves the next frame of the head into the run if it has `most` messages at most. Of a block that
// has more, takes so many where the run is empty: it is then all there is in the run.
bool MessageQueue::TakeFrame(size_t most, Taken* taken, size_t* messages, size_t* bytes) {
  if (most == 0 || head_->begin == head_->end) return false;
  const InlineFrame& frame = head_->frame(head_->begin);
  if (frame.count == 0) {
    ++*messages;
    *bytes += frame.size();
    head_->begin += frame.bytes;
    return true;
  }
  BlockFrame& of_block = head_->block_frame(head_->begin);
  const bool whole = of_block.count <= most;
  if (!whole && *messages != 0) return false;
  const uint32_t count = whole ? of_block.count : static_cast<uint32_t>(most);
  *messages += count;
  *bytes += of_block.block->BytesOf(of_block.first, of_block.first + count);
  if (whole) {
    head_->begin += of_block.bytes;
    return true;
  }
  of_block.block->Ref();
  taken->block_ = of_block.block;
  taken->next_ = of_block.first;
  taken->stop_ = of_block.first + count;
  of_block.first += count;
  of_block.count -= count;
  return false;
}

bool MessageQueue::Park() {
  SpinLock lock(mu_);
  if (waiting() != 0 || closed()) return false;
  ++parked_;
  return true;
}

void MessageQueue::Unpark() {
  SpinLock lock(mu_);
  --parked_;
  if (wakes_ != 0) --wakes_;
}

void MessageQueue::Return(Taken* taken) {
  SpinLock lock(mu_);
  GiveBack(taken);
}

size_t MessageQueue::Close(bool discard) {
  SpinLock lock(mu_);
  closed_.store(true, std::memory_order_release);
  if (!discard) return 0;
  Taken rest;
  for (Segment* segment = head_; segment != nullptr; segment = segment->next) {
    rest.segment_ = segment;
    rest.at_ = segment->begin;
    rest.end_ = segment->end;
    rest.Discard();
    segment->begin = segment->end;
    segment->messages = 0;
    segment->message_bytes = 0;
  }
  SkipEmptyHead();
  bytes_ = 0;
  const size_t forgotten = waiting();
  SetWaiting(0);
  FreeIdle();
  return forgotten;
}

}  // namespace evlog::internal
