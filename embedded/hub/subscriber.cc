#include "embedded/hub/subscriber.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "embedded/hub/running.h"
#include "embedded/hub/subscriber_table.h"
#include "log/base/status.h"

namespace evlog::internal {

namespace {

QueueBounds BoundsOf(const SubscribeOptions& options) {
  return {options.queue_messages, options.queue_bytes, options.overflow};
}

}  // namespace

Subscriber::Subscriber(const Topic& topic, SubscribeOptions options, Mode mode,
                       MessageHandler handler, House house)
    : kind_(topic.kind),
      mode_(mode),
      options_(std::move(options)),
      name_(std::make_shared<const std::string>(topic.name)),
      pattern_(topic.kind == Topic::Kind::kPattern ? name_ : nullptr),
      house_(std::move(house)),
      handler_(std::move(handler)),
      queue_(BoundsOf(options_), mode == Mode::kPooled, mode == Mode::kPooled ? 1 : 0) {
  if (mode == Mode::kPolled || mode == Mode::kWorkers) parking_ = std::make_unique<Parking>();
  if (options_.duplicate_window != 0) {
    filter_ = std::make_unique<DuplicateFilter>(options_.duplicate_window);
  }
  if (options_.order_key != nullptr && options_.workers > 1) order_ = std::make_unique<KeyOrder>();
}

Subscriber::~Subscriber() {
  if (house_.probe != nullptr) house_.probe->Leave(this);
  taken_.Discard();
  queue_.Return(&taken_);
}

void Subscriber::Start() {
  if (mode_ != Mode::kWorkers) return;
  {
    MutexLock lock(run_mu_);
    running_ = static_cast<uint32_t>(options_.workers);
  }
  for (int i = 0; i < options_.workers; ++i) {
    house_.crew->Spawn([self = shared_from_this()] {
      self->options_.workers == 1 ? self->WorkAlone() : self->WorkTogether();
      self->Leave();
    });
  }
}

void Subscriber::Push(const Publication& publication, uint32_t first, bool force,
                      MessageQueue::Pushed* pushed) {
  if (publication.block == nullptr) {
    queue_.PushInline(publication.channel, publication.reply_to, publication.payloads.front(),
                      force, pushed);
  } else {
    queue_.PushBlock(publication.block, first, force, pushed);
  }
  if (pushed->wake != 0) WakeConsumers(pushed->wake);
}

void Subscriber::Offer(const Publication& publication, MessageQueue::Pushed* offered) {
  if (mode_ == Mode::kInline) {
    offered->queued = Run(publication);
  } else {
    Push(publication, 0, false, offered);
  }
}

uint32_t Subscriber::OfferWaiting(const Publication& publication, uint32_t first) {
  const uint32_t end = static_cast<uint32_t>(publication.payloads.size());
  // Its own handler would wait for itself.
  if (Running::Here(this)) {
    MessageQueue::Pushed pushed;
    Push(publication, first, true, &pushed);
    return pushed.queued;
  }
  uint32_t received = 0;
  while (first != end) {
    const size_t bytes = publication.channel.size() + publication.reply_to.size() +
                         publication.payloads[first].size();
    {
      std::unique_lock<std::mutex> lock(parking_->mu);
      while (queue_.MustWaitForRoom(bytes)) parking_->room.wait(lock);
    }
    if (queue_.closed()) break;
    MessageQueue::Pushed pushed;
    Push(publication, first, false, &pushed);
    received += pushed.queued;
    first += pushed.queued;
  }
  return received;
}

uint32_t Subscriber::Run(const Publication& publication) {
  uint32_t received = 0;
  inline_runs_.fetch_add(1, std::memory_order_seq_cst);
  {
    Running running(this);
    Message message;
    for (uint32_t i = 0; i != publication.block->count(); ++i) {
      if (ended_.load(std::memory_order_seq_cst)) break;
      MessageAccess::FillShared(publication.block, i, pattern_, &message);
      handler_(message);
      ++received;
    }
  }
  delivered_.fetch_add(received, std::memory_order_relaxed);
  if (inline_runs_.fetch_sub(1, std::memory_order_seq_cst) == 1 &&
      ended_.load(std::memory_order_seq_cst)) {
    DestroyHandler();
  }
  return received;
}

void Subscriber::WakeConsumers(uint32_t count) {
  if (mode_ == Mode::kPooled) return house_.dispatcher->Schedule(shared_from_this());
  // Set before the consumer parked, and so before the push that is to wake it.
  if (parking_->with_clock.load(std::memory_order_relaxed)) {
    const std::lock_guard<std::mutex> lock(parking_->mu);  // it may be about to sleep
    parking_->messages.notify_all();
    return;
  }
  parking_->wakes.fetch_add(1, std::memory_order_release);
  count == 1 ? parking_->wakes.notify_one() : parking_->wakes.notify_all();
}

void Subscriber::WakePublishers() {
  if (parking_ == nullptr) return;
  const std::lock_guard<std::mutex> lock(parking_->mu);
  parking_->room.notify_all();
}

size_t Subscriber::TakeMore(size_t most, MessageQueue::Taken* taken) {
  bool room = false;
  const size_t messages = queue_.TakeMore(most, taken, &room);
  if (room) WakePublishers();
  return messages;
}

bool Subscriber::IsDuplicate(const Message& message) {
  if (filter_ == nullptr) return false;
  const MessageKey& key = options_.duplicate_key;
  if (!filter_->Seen(key == nullptr ? message.payload() : key(message))) return false;
  duplicates_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

// With one consumer nobody else writes it.
void Subscriber::CountDelivered() {
  delivered_.store(delivered_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void Subscriber::Handle(const Message& message) {
  if (IsDuplicate(message)) return;
  CountDelivered();
  handler_(message);
}

bool Subscriber::Drain() {
  {
    MutexLock lock(run_mu_);
    if (ended()) return false;
    ++running_;
  }
  // A few runs at a time: others stand in line.
  constexpr int kRuns = 4;
  constexpr size_t kRunMessages = 32;
  bool more = true;
  if (parked_) queue_.Unpark();
  parked_ = false;
  {
    Running running(this);
    Message message;
    MessageQueue::Taken taken;
    for (int runs = 0; runs != kRuns && more && !ended(); ++runs) {
      more = TakeMore(kRunMessages, &taken) != 0;
      while (!ended() && taken.Next(pattern_, &message)) Handle(message);
    }
    taken.Discard();
    queue_.Return(&taken);
  }
  if (!more) {
    parked_ = true;  // before another thread may come here
    if (!queue_.Park()) {
      parked_ = false;
      more = queue_.waiting() != 0;
    }
  }
  Leave();
  return more && !ended();
}

void Subscriber::Leave() {
  {
    MutexLock lock(run_mu_);
    if (--running_ != 0 || !ended()) return;
  }
  DestroyHandler();
}

bool Subscriber::Busy() const {
  return running_ != 0 || inline_runs_.load(std::memory_order_seq_cst) != 0;
}

// Nobody runs the handler any more, unless another thread is still in it: then that one comes here.
void Subscriber::DestroyHandler() {
  MessageHandler handler;
  {
    MutexLock lock(run_mu_);
    if (Busy()) return;
    handler = TakeHandler();
  }
  Destroy(std::move(handler));
}

// Nobody is in it. Others who end it wait until it is destroyed.
MessageHandler Subscriber::TakeHandler() {
  ++running_;
  return std::move(handler_);
}

void Subscriber::Destroy(MessageHandler handler) {
  {
    const Running running(this);  // what it owns may end this subscription
    handler = nullptr;
  }
  MutexLock lock(run_mu_);
  --running_;
  left_.NotifyAll();
}

void Subscriber::Unsubscribe() {
  if (const auto table = house_.table.lock(); table != nullptr) table->Remove(this);
  End(EndWait::Way::kYielding);
}

void Subscriber::Shut() {
  ended_.store(true, std::memory_order_seq_cst);
  queue_.Close(true);
  if (parking_ != nullptr) {
    parking_->wakes.fetch_add(1, std::memory_order_release);
    parking_->wakes.notify_all();
    const std::lock_guard<std::mutex> lock(parking_->mu);
    parking_->messages.notify_all();
    parking_->room.notify_all();
  }
  MutexLock lock(take_mu_);
  key_free_.NotifyAll();
}

void Subscriber::End(EndWait::Way way) {
  Shut();
  if (Running::Here(this)) return;  // who leaves the handler last destroys it
  MessageHandler handler;
  {
    EndWait wait(this, way, &run_mu_, &left_);
    MutexLock lock(run_mu_);
    // Looked at once: publishers come and go, though they find that it has ended.
    bool busy = Busy();
    while (busy && wait.allowed()) {
      left_.Wait(run_mu_);
      busy = Busy();
    }
    if (busy) return;  // the same
    handler = TakeHandler();
  }
  Destroy(std::move(handler));
}

absl::Status Subscriber::status() const {
  if (ended()) return absl::CancelledError("the subscription has ended");
  if (queue_.closed()) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "the subscriber of {} fell behind and was disconnected", Quoted(*name_));
  }
  return absl::OkStatus();
}

SubscriptionStats Subscriber::stats() const {
  SubscriptionStats stats;
  stats.delivered = delivered_.load(std::memory_order_relaxed);
  stats.dropped = queue_.dropped();
  stats.duplicates = duplicates_.load(std::memory_order_relaxed);
  stats.queued = queue_.waiting();
  return stats;
}

}  // namespace evlog::internal
