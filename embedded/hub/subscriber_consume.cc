// The consumers that are not the dispatcher: workers, and callers that poll.
#include <algorithm>
#include <thread>
#include <utility>

#include "embedded/hub/processor.h"
#include "embedded/hub/running.h"
#include "embedded/hub/subscriber.h"

namespace evlog::internal {

namespace {

// How often a consumer that waits busily looks before it asks for the time or a stop.
constexpr int kLooks = 64;

// A consumer that finds a few messages at a time is faster than its publishers, and slows them down
// by taking the queue's cache line away for each. So it leaves the queue alone for a moment first,
// longer each time, up to about a microsecond; never when it comes from an idle queue.
//
// Consumers that share a processor would do so at each other's cost. A consumer cannot see that, so
// now and then it yields where it would have paused. When many messages have come meanwhile, others
// have run, and it goes on yielding until that brings few.
constexpr size_t kFewMessages = 32;
constexpr int kPausesMax = 64;
constexpr uint32_t kInVainMax = 16;

}  // namespace

void Subscriber::SleepUntilWoken() {
  // Others that share the processor may run first: then more has come, and none need wake this one.
  std::this_thread::yield();
  const uint32_t wakes = parking_->wakes.load(std::memory_order_acquire);
  if (!queue_.Park()) return;
  parking_->wakes.wait(wakes, std::memory_order_acquire);
  queue_.Unpark();
}

// Returns when there may be something; kPark: or after a wake without cause.
void Subscriber::WaitForMessages() {
  if (options_.wait == Wait::kPark) return SleepUntilWoken();
  while (queue_.waiting() == 0 && !queue_.closed()) {
    options_.wait == Wait::kSpin ? PauseProcessor() : std::this_thread::yield();
  }
}

// Before the only consumer takes again. True when it has yielded.
bool Subscriber::Pause() {
  if (pauses_ == kPausesMax) ++in_vain_;
  if (options_.wait != Wait::kSpin && pauses_ != 0 && (crowded_ || in_vain_ == kInVainMax)) {
    in_vain_ = 0;
    std::this_thread::yield();
    return true;
  }
  for (int i = 0; i != pauses_; ++i) PauseProcessor();
  return false;
}

// For the only consumer.
bool Subscriber::TakeGathered() {
  const bool yielded = Pause();
  const size_t messages = TakeMore(0, &taken_);
  if (yielded) crowded_ = messages >= kFewMessages;
  if (messages == 0) {
    pauses_ = 0;
  } else if (messages < kFewMessages) {
    pauses_ = std::min(2 * pauses_ + 1, kPausesMax);
  } else {
    pauses_ /= 2;
  }
  return messages != 0;
}

void Subscriber::WorkAlone() {
  const Running running(this);
  Message message;
  while (!ended()) {
    if (TakeGathered()) {
      while (!ended() && taken_.Next(pattern_, &message)) Handle(message);
      continue;
    }
    if (queue_.closed()) break;
    message = Message();  // holds no block while it waits
    WaitForMessages();
  }
}

// The next message that may be handled now; false when none waits.
bool Subscriber::TakeNext(Message* message, uint64_t* key) {
  for (;;) {
    if (order_ != nullptr && order_->full()) return false;
    if (!taken_.Next(pattern_, message)) {
      // A share of what waits, so that no worker sits on what another could do.
      const size_t share = queue_.waiting() / (4 * static_cast<size_t>(options_.workers));
      if (TakeMore(std::clamp<size_t>(share, 1, 64), &taken_) == 0) return false;
      continue;
    }
    if (IsDuplicate(*message)) continue;
    if (order_ == nullptr) return true;
    *key = KeyOrder::HashOf(options_.order_key(*message));
    if (order_->Admit(*key, std::move(*message))) return true;
  }
}

// False when it has ended. `*key`: of the message handled before and, after, of the one to handle.
bool Subscriber::TakeNextOrWait(Message* message, std::optional<uint64_t>* key) {
  for (;;) {
    {
      MutexLock lock(take_mu_);
      if (*key) {
        const bool next_of_key = order_->Done(**key, message);
        key_free_.NotifyAll();
        if (ended()) return false;
        if (next_of_key) return true;
        key->reset();
      }
      // Some key of those that are kept is being handled: it will be free.
      while (!ended() && order_ != nullptr && order_->full()) key_free_.Wait(take_mu_);
      if (ended()) return false;
      uint64_t of_key = 0;
      if (TakeNext(message, &of_key)) {
        if (order_ != nullptr) *key = of_key;
        return true;
      }
      if (order_ != nullptr && order_->full()) continue;
    }
    if (queue_.closed() && queue_.waiting() == 0) return false;
    *message = Message();
    WaitForMessages();
  }
}

void Subscriber::WorkTogether() {
  const Running running(this);
  Message message;
  std::optional<uint64_t> key;
  while (TakeNextOrWait(&message, &key)) {
    delivered_.fetch_add(1, std::memory_order_relaxed);
    handler_(message);
  }
}

bool Subscriber::TryNext(Message* message) {
  if (ended()) return false;
  for (;;) {
    while (taken_.Next(pattern_, message)) {
      if (IsDuplicate(*message)) continue;
      CountDelivered();
      return true;
    }
    if (!TakeGathered()) return false;
  }
}

bool Subscriber::AwaitBusily(absl::Time deadline, const std::stop_token& stop) {
  for (;;) {
    for (int i = 0; i != kLooks; ++i) {
      if (queue_.waiting() != 0 || queue_.closed()) return true;
      options_.wait == Wait::kSpin ? PauseProcessor() : std::this_thread::yield();
    }
    if (stop.stop_requested()) return false;
    if (deadline != absl::InfiniteFuture() && house_.clock->Now() >= deadline) return false;
  }
}

// True when it is worth another look; false at the deadline.
absl::StatusOr<bool> Subscriber::AwaitMessages(absl::Time deadline, const std::stop_token& stop) {
  if (queue_.closed() && queue_.waiting() == 0) return status();
  if (stop.stop_requested()) return absl::CancelledError("stopped while waiting for a message");
  if (deadline == absl::InfinitePast()) return false;
  bool ready = true;
  if (options_.wait == Wait::kPark && deadline == absl::InfiniteFuture() && !stop.stop_possible()) {
    SleepUntilWoken();
  } else if (options_.wait == Wait::kPark) {
    std::unique_lock<std::mutex> lock(parking_->mu);
    parking_->with_clock.store(true, std::memory_order_relaxed);
    if (queue_.Park()) {
      ready = house_.clock->Await(lock, parking_->messages, deadline, stop,
                                  [this] { return queue_.waiting() != 0 || queue_.closed(); });
      queue_.Unpark();
    }
    parking_->with_clock.store(false, std::memory_order_relaxed);
  } else {
    ready = AwaitBusily(deadline, stop);
  }
  if (!ready && stop.stop_requested()) {
    return absl::CancelledError("stopped while waiting for a message");
  }
  return ready;
}

absl::StatusOr<bool> Subscriber::Next(Message* message, absl::Time deadline,
                                      const std::stop_token& stop) {
  if (mode_ != Mode::kPolled) {
    return absl::FailedPreconditionError("the subscription has a handler: it cannot be polled");
  }
  for (;;) {
    if (TryNext(message)) return true;
    const absl::StatusOr<bool> ready = AwaitMessages(deadline, stop);
    if (!ready.ok() || !*ready) return ready;
  }
}

absl::StatusOr<bool> Subscriber::NextBatch(std::vector<Message>* messages, size_t most,
                                           absl::Time deadline, const std::stop_token& stop) {
  size_t count = 0;
  absl::StatusOr<bool> first = false;
  if (most != 0) {
    if (messages->empty()) messages->emplace_back();
    first = Next(&messages->front(), deadline, stop);
    if (first.ok() && *first) ++count;
  }
  while (count != 0 && count != most) {
    if (count == messages->size()) messages->emplace_back();
    if (!TryNext(&(*messages)[count])) break;
    ++count;
  }
  messages->resize(count);
  return first;
}

}  // namespace evlog::internal
