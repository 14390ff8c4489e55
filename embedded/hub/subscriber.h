// One subscription: its queue, who empties it, and how it ends.
#ifndef EVLOG_EMBEDDED_HUB_SUBSCRIBER_H_
#define EVLOG_EMBEDDED_HUB_SUBSCRIBER_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "embedded/hub/block.h"
#include "embedded/hub/channel_probe.h"
#include "embedded/hub/crew.h"
#include "embedded/hub/dispatcher.h"
#include "embedded/hub/duplicate_filter.h"
#include "embedded/hub/end_wait.h"
#include "embedded/hub/key_order.h"
#include "embedded/hub/message_queue.h"
#include "embedded/hub/processor.h"
#include "evlog/channels.h"
#include "evlog/subscription.h"
#include "log/base/mutex.h"

namespace evlog::internal {

class SubscriberTable;

// One publish on its way to its receivers.
struct Publication {
  std::string_view channel;
  std::string_view reply_to;
  std::span<const std::string_view> payloads;
  // All of the above, shared. Null when there is one payload, small enough to be copied.
  Block* block = nullptr;
};

// Thread-safe, but for polling. Shared by its Subscription, by the table, by caches of publishers
// and by the threads that run it; so it has ended before it is destroyed.
class Subscriber : public std::enable_shared_from_this<Subscriber> {
 public:
  enum class Mode : uint8_t {
    kPolled,   // by the caller
    kPooled,   // by the dispatcher, in order
    kWorkers,  // by threads of its own
    kInline,   // by publishers, without a queue
  };
  struct House {
    Clock* clock;
    std::shared_ptr<Dispatcher> dispatcher;
    std::shared_ptr<Crew> crew;
    std::weak_ptr<SubscriberTable> table;
    std::shared_ptr<ChannelProbe> probe;  // null: nobody asks
  };

  // `options` are valid.
  Subscriber(const Topic& topic, SubscribeOptions options, Mode mode, MessageHandler handler,
             House house);
  ~Subscriber();
  // Starts its workers.
  void Start();

  Topic::Kind kind() const { return kind_; }
  const std::string& name() const { return *name_; }
  Mode mode() const { return mode_; }
  Overflow overflow() const { return options_.overflow; }
  bool open() const { return !ended() && !queue_.closed(); }  // takes messages

  // ---- publishers
  // It is offered something soon.
  void Announce() const { FetchForWriting(&queue_); }
  // Never waits. `*offered` is fresh; where it is full, the rest must be offered again, waiting.
  void Offer(const Publication& publication, MessageQueue::Pushed* offered);
  // Waits for room and offers the messages from `first` on. Gives how many were received: all of
  // them, unless it ends meanwhile.
  uint32_t OfferWaiting(const Publication& publication, uint32_t first);

  // ---- dispatcher
  // Handles some of what waits. True when there is more, and it must be scheduled again.
  bool Drain();

  // ---- its owner
  // Leaves the table, and ends.
  void Unsubscribe() ABSL_LOCKS_EXCLUDED(run_mu_);
  // Takes no more messages, forgets those that wait, and wakes everyone who waits for it.
  void Shut();
  // The same; then waits until the handler is not running any more, and destroys it. Within the
  // handler itself, and where the wait must yield to another one: does not wait, and the thread
  // that leaves last destroys it.
  void End(EndWait::Way way) ABSL_LOCKS_EXCLUDED(run_mu_);

  absl::StatusOr<bool> Next(Message* message, absl::Time deadline, const std::stop_token& stop);
  absl::StatusOr<bool> NextBatch(std::vector<Message>* messages, size_t most, absl::Time deadline,
                                 const std::stop_token& stop);
  absl::Status status() const;
  SubscriptionStats stats() const;

 private:
  // Where threads sleep. Only for those modes in which some do.
  struct Parking {
    std::atomic<uint32_t> wakes{0};       // consumers without a deadline or a stop wait on it
    std::atomic<bool> with_clock{false};  // a consumer waits by the clock, on `messages`
    std::mutex mu;
    std::condition_variable_any messages;
    std::condition_variable_any room;  // publishers
  };

  bool ended() const { return ended_.load(std::memory_order_acquire); }
  void Push(const Publication& publication, uint32_t first, bool force,
            MessageQueue::Pushed* pushed);
  uint32_t Run(const Publication& publication);  // kInline
  void WakeConsumers(uint32_t count);
  void WakePublishers();
  size_t TakeMore(size_t most, MessageQueue::Taken* taken);
  bool Pause();
  bool TakeGathered();
  bool IsDuplicate(const Message& message);
  void Handle(const Message& message);
  void CountDelivered();
  void Leave() ABSL_LOCKS_EXCLUDED(run_mu_);
  bool Busy() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  void DestroyHandler() ABSL_LOCKS_EXCLUDED(run_mu_);
  MessageHandler TakeHandler() ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  void Destroy(MessageHandler handler) ABSL_LOCKS_EXCLUDED(run_mu_);

  // Workers: a lone one, or each of several.
  void WorkAlone();
  void WorkTogether();
  bool TakeNext(Message* message, uint64_t* key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(take_mu_);
  bool TakeNextOrWait(Message* message, std::optional<uint64_t>* key) ABSL_LOCKS_EXCLUDED(take_mu_);
  void WaitForMessages();
  void SleepUntilWoken();

  // Polling.
  bool TryNext(Message* message);
  absl::StatusOr<bool> AwaitMessages(absl::Time deadline, const std::stop_token& stop);
  bool AwaitBusily(absl::Time deadline, const std::stop_token& stop);

  // Constant after construction.
  const Topic::Kind kind_;
  const Mode mode_;
  const SubscribeOptions options_;
  const MessageAccess::Pattern name_;
  const MessageAccess::Pattern pattern_;  // null: not subscribed by pattern
  const House house_;

  MessageHandler handler_;  // destroyed once it has ended and nobody runs it
  MessageQueue queue_;
  std::unique_ptr<Parking> parking_;
  std::atomic<bool> ended_{false};
  std::atomic<uint64_t> delivered_{0};
  std::atomic<uint64_t> duplicates_{0};

  // Of the one consumer, where there is one; else under take_mu_.
  std::unique_ptr<DuplicateFilter> filter_;
  MessageQueue::Taken taken_;
  int pauses_ = 0;        // before it takes again
  uint32_t in_vain_ = 0;  // how often it has paused for as long as it may
  bool crowded_ = false;  // others want its processor
  bool parked_ = true;    // kPooled: a push has to schedule it

  Mutex take_mu_;
  CondVar key_free_;
  std::unique_ptr<KeyOrder> order_;  // kWorkers with order_key; under take_mu_

  std::atomic<uint32_t> inline_runs_{0};  // publishers that run the handler, or are about to
  Mutex run_mu_;
  CondVar left_;
  // Threads that may run the handler, or destroy it.
  uint32_t running_ ABSL_GUARDED_BY(run_mu_) = 0;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_SUBSCRIBER_H_
