// The bounded queue between publishers and one subscriber.
//
// Messages lie in segments, one behind the other: small ones whole, others as a reference to their
// block. A publisher appends under a lock that is held for a few dozen instructions; a consumer
// takes a run of messages at a time and reads it without the lock, while publishers append behind
// it. An idle queue holds no memory when it is frugal, and a segment otherwise.
//
//   segment:  frame*                                       (8-byte aligned)
//   frame:    bytes:u32 count:u32=0 channel:u16 reply:u16 payload:u32 bytes...      a small message
//           | bytes:u32 count:u32 first:u32 unused:u32 block:ptr                    of a block
#ifndef EVLOG_EMBEDDED_HUB_MESSAGE_QUEUE_H_
#define EVLOG_EMBEDDED_HUB_MESSAGE_QUEUE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "embedded/hub/block.h"
#include "embedded/hub/spin_mutex.h"
#include "evlog/subscription.h"

namespace evlog::internal {

struct QueueBounds {
  size_t messages;
  size_t bytes;
  Overflow overflow;
};

class alignas(64) MessageQueue {
  struct Segment;

 public:
  // What became of a push. Handed out through a pointer: returned, it would be put together in
  // memory and read back in one piece, which waits until all writes before it have left the
  // processor, those to other cores' cache lines among them.
  struct Pushed {
    uint32_t queued = 0;        // messages that wait now, or have pushed out others
    uint32_t wake = 0;          // so many parked consumers must be woken
    bool full = false;          // kBlock: the rest is not queued; wait for room and go on
    bool disconnected = false;  // kDisconnect: this push closed the queue
  };

  // A run of messages that a consumer has taken, and reads without the lock.
  class Taken {
   public:
    Taken() = default;
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;

    bool empty() const { return block_ == nullptr && at_ == end_; }
    // The next message; false when there is none left.
    bool Next(const MessageAccess::Pattern& pattern, Message* message);
    void Discard();  // of what is left

   private:
    friend class MessageQueue;
    Segment* segment_ = nullptr;  // pinned
    uint32_t at_ = 0, end_ = 0;
    Block* block_ = nullptr;  // the messages [next_, stop_) of it come first; owns one count
    uint32_t next_ = 0, stop_ = 0;
  };

  // `frugal`: gives all memory back whenever it is empty. Its consumers count as parked at first
  // when `parked` says so.
  MessageQueue(const QueueBounds& bounds, bool frugal, uint32_t parked);
  ~MessageQueue();  // nobody uses it any more, and nothing of it is taken

  // ---- publishers
  // The three together fit into a message (MessageAccess::FitsInline). `force`: whatever the bounds
  // say. `*pushed` is fresh.
  void PushInline(std::string_view channel, std::string_view reply_to, std::string_view payload,
                  bool force, Pushed* pushed) ABSL_LOCKS_EXCLUDED(mu_);
  // The messages of the block from `first` on. Takes a count of its own.
  void PushBlock(Block* block, uint32_t first, bool force, Pushed* pushed) ABSL_LOCKS_EXCLUDED(mu_);
  // kBlock: true when a message of so many bytes must still wait; TakeMore will say when to look
  // again.
  bool MustWaitForRoom(size_t bytes) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- consumers
  // Gives back what `taken` held and takes the next run, of at most `most` messages (0: as many as
  // the bounds allow at a time). Gives how many; 0 when nothing waits. `*room`: wake publishers
  // that wait.
  size_t TakeMore(size_t most, Taken* taken, bool* room) ABSL_LOCKS_EXCLUDED(mu_);
  // Gives back what `taken` held; it has been read to its end, or discarded.
  void Return(Taken* taken) ABSL_LOCKS_EXCLUDED(mu_);
  // True when the consumer may sleep: nothing waits, the queue is open, and a push will ask to wake
  // it. Then it says Unpark once it is awake.
  bool Park() ABSL_LOCKS_EXCLUDED(mu_);
  void Unpark() ABSL_LOCKS_EXCLUDED(mu_);

  // Takes no more messages. `discard`: forgets those that wait. Gives how many were forgotten.
  size_t Close(bool discard) ABSL_LOCKS_EXCLUDED(mu_);

  // Without the lock: what a consumer that waits may look at.
  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  bool closed() const { return closed_.load(std::memory_order_acquire); }
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  bool HasRoom(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // How many messages of the block from `first` on there is room for.
  uint32_t Fitting(const Block& block, uint32_t first) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void DropOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AddBlock(Block* block, uint32_t first, uint32_t count) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  char* AddFrame(uint32_t frame_bytes, uint32_t messages, size_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool TakeFrame(size_t most, Taken* taken, size_t* messages, size_t* bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AddSegment() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void FreeIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void SkipEmptyHead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void GiveBack(Taken* taken) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Recycle(Segment* segment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  uint32_t ClaimWakes(uint32_t messages) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool ClaimRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CountDropped(uint64_t n) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void SetWaiting(size_t n) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    waiting_.store(n, std::memory_order_relaxed);
  }

  // The first line has all that a push touches.
  SpinMutex mu_;
  std::atomic<bool> closed_{false};
  const Overflow overflow_;
  const bool frugal_;
  bool room_wanted_ ABSL_GUARDED_BY(mu_) = false;
  uint16_t segments_made_ ABSL_GUARDED_BY(mu_) = 0;
  uint32_t parked_ ABSL_GUARDED_BY(mu_);
  uint32_t wakes_ ABSL_GUARDED_BY(mu_) = 0;  // asked for, and not followed by Unpark
  std::atomic<size_t> waiting_{0};           // written under mu_
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  Segment* tail_ ABSL_GUARDED_BY(mu_) = nullptr;
  Segment* head_ ABSL_GUARDED_BY(mu_) = nullptr;
  Segment* spare_ ABSL_GUARDED_BY(mu_) = nullptr;
  std::atomic<uint64_t> dropped_{0};  // written under mu_
  const size_t messages_max_;
  const size_t bytes_max_;
  const size_t take_max_;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_MESSAGE_QUEUE_H_
