// What a subscriber of a channel asks for, and the handle that it holds.
#ifndef EVLOG_SUBSCRIPTION_H_
#define EVLOG_SUBSCRIPTION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/message.h"

namespace evlog {

namespace internal {
class Subscriber;
}

// What happens to a message when the queue of a subscriber is full. It happens to this subscriber
// only, and is counted.
enum class Overflow : uint8_t {
  kDropOldest,  // the messages that have waited longest give way
  kDropNewest,  // the message itself is dropped
  kDisconnect,  // the subscription ends: it gets what it has in the queue, and nothing after
  kBlock,       // the publisher waits until half of the queue is free; nothing is lost
};

// How a consumer waits for messages.
enum class Wait : uint8_t {
  kSpin,   // burns a processor; the least latency
  kYield,  // gives its time slice away again and again
  kPark,   // sleeps; publishers wake it
};

// Part of a message, or of something that lives as long as the process. Called with a lock held: it
// only looks.
using MessageKey = std::function<std::string_view(const Message&)>;

struct SubscribeOptions {
  // The bounds of the queue; bytes of channels and payloads. What a consumer has taken out ahead
  // (an eighth of the messages, 256 at most, at a time) no longer counts, and is not dropped. A
  // message larger than `queue_bytes` is queued when nothing else is.
  size_t queue_messages = 8192;
  size_t queue_bytes = size_t{4} << 20;
  Overflow overflow = Overflow::kDropOldest;

  // For subscriptions that are polled, and those with workers.
  Wait wait = Wait::kPark;

  // Threads of its own that run the handler: in order with one, else in parallel. 0: the threads
  // that all handlers share run it, one message at a time, in order.
  int workers = 0;
  // With several workers: messages with equal keys are handled one after the other, in order. Null:
  // no order among them. Runs on one worker at a time.
  MessageKey order_key = nullptr;

  // Skips a message whose key was among the last so many different ones; 0: none is skipped. It
  // remembers 64-bit hashes, seeded anew in each process: 16 bytes or so for each.
  size_t duplicate_window = 0;
  // Null: the payload.
  MessageKey duplicate_key = nullptr;

  // INVALID_ARGUMENT naming the field that is out of its range.
  absl::Status Validate() const;
};

struct SubscriptionStats {
  uint64_t delivered = 0;   // handed to the handler or the poller
  uint64_t dropped = 0;     // by the overflow policy
  uint64_t duplicates = 0;  // skipped
  size_t queued = 0;        // waiting; without what is taken out ahead
};

// A subscription. Ends with its object. Move-only. May outlive its Channels.
//
// Unsubscribe, stats and status are thread-safe; polling is for one thread at a time, and not while
// the object is moved or destroyed.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::shared_ptr<internal::Subscriber> subscriber);
  Subscription(Subscription&&) noexcept = default;
  Subscription& operator=(Subscription&& other) noexcept;
  ~Subscription() { Unsubscribe(); }

  // Ends it: what waits is forgotten, and once this returns the handler is neither running nor will
  // it run again. Called from within the handler itself it returns at once: no further message
  // is handled, though another worker may be about to finish one. So does the call that would close
  // a circle of handlers which end each other: the one that it ended may still run. Idempotent.
  void Unsubscribe();

  // Polling, for a subscription without a handler: true and the next message; false when there is
  // none by `deadline` (of the clock of the Channels), by default at once.
  //
  // Errors, once what is queued has been read:
  //   CANCELLED           unsubscribed, the Channels are gone, or `stop` was requested
  //   RESOURCE_EXHAUSTED  disconnected by Overflow::kDisconnect
  //   FAILED_PRECONDITION it has a handler
  absl::StatusOr<bool> Next(Message* message, absl::Time deadline = absl::InfinitePast(),
                            std::stop_token stop = {});
  // The same for up to `most` messages at once; waits for the first one only. `*messages` is as
  // long as there were; its old content is used again, which saves allocations.
  absl::StatusOr<bool> NextBatch(std::vector<Message>* messages, size_t most,
                                 absl::Time deadline = absl::InfinitePast(),
                                 std::stop_token stop = {});

  // OK, or why it ended: as for Next.
  absl::Status status() const;
  SubscriptionStats stats() const;

 private:
  std::shared_ptr<internal::Subscriber> subscriber_;
};

}  // namespace evlog

#endif  // EVLOG_SUBSCRIPTION_H_
