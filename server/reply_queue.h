// The replies of a connection, in the order of its requests.
//
// Each request takes a slot. Slots are completed in any order, by whatever the requests wait for,
// and written in the order in which they were taken: the first open slot holds back those behind
// it. What may be sent stands in out().
#ifndef EVLOG_SERVER_REPLY_QUEUE_H_
#define EVLOG_SERVER_REPLY_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/wire/resp_writer.h"

namespace evlog::server {

// Of one thread.
class ReplyQueue {
 public:
  // Takes the next slot. `muted`: its reply is thrown away.
  uint64_t Take(int protocol, bool muted);
  // The slot that will be taken next.
  uint64_t next() const { return first_ + open(); }

  // Whether no slot is open; and how many are taken and not yet in out().
  bool idle() const { return head_ == slots_.size(); }
  size_t open() const { return slots_.size() - head_; }
  // Bytes of replies that wait for one before them.
  size_t held_bytes() const { return held_bytes_; }

  // Completes a slot with what `write(RespWriter&)` writes.
  template <typename Write>
  void Complete(uint64_t slot, Write write) {
    Slot& taken = At(slot);
    std::string& bytes = IsFirst(slot) ? out_ : taken.bytes;
    const size_t before = bytes.size();
    RespWriter writer(&bytes, taken.protocol);
    write(writer);
    Close(slot, before);
  }

  // What is to go out of the first slot's reply where that is muted.
  void Keep(uint64_t slot, std::string_view bytes) { At(slot).bytes.append(bytes); }

  // Changes what Take was told, until the slot is complete.
  void SetMuted(uint64_t slot, bool muted) { At(slot).muted = muted; }

  std::string& out() { return out_; }
  const std::string& out() const { return out_; }

 private:
  struct Slot {
    std::string bytes;  // of the first one: what was kept; its reply stands in out_
    uint8_t protocol;
    bool muted;
    bool complete = false;
  };

  Slot& At(uint64_t slot) { return slots_[head_ + (slot - first_)]; }
  bool IsFirst(uint64_t slot) const { return slot == first_; }
  // `before`: how long the bytes were before the reply was written.
  void Close(uint64_t slot, size_t before);

  uint64_t first_ = 0;  // the number of the first slot that is not yet in out_
  size_t head_ = 0;     // its place in slots_
  std::vector<Slot> slots_;
  size_t held_bytes_ = 0;
  std::string out_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_REPLY_QUEUE_H_
