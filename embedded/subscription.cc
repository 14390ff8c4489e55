#include "evlog/subscription.h"

#include <utility>

#include "embedded/hub/subscriber.h"
#include "log/base/status.h"

namespace evlog {

namespace {

constexpr int kWorkersMax = 1024;

template <typename T>
absl::Status CheckRange(const char* field, T value, T min, T max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return InvalidArgument("{} is {}, out of {}..{}", field, value, min, max);
}

}  // namespace

absl::Status SubscribeOptions::Validate() const {
  constexpr size_t kMessagesMax = size_t{1} << 31;
  RETURN_IF_ERROR(CheckRange<size_t>("queue_messages", queue_messages, 1, kMessagesMax));
  RETURN_IF_ERROR(CheckRange<size_t>("queue_bytes", queue_bytes, 1, SIZE_MAX / 2));
  RETURN_IF_ERROR(CheckRange<int>("overflow", static_cast<int>(overflow), 0,
                                  static_cast<int>(Overflow::kBlock)));
  RETURN_IF_ERROR(
      CheckRange<int>("wait", static_cast<int>(wait), 0, static_cast<int>(Wait::kPark)));
  RETURN_IF_ERROR(CheckRange("workers", workers, 0, kWorkersMax));
  return CheckRange<size_t>("duplicate_window", duplicate_window, 0, kMessagesMax);
}

Subscription::Subscription(std::shared_ptr<internal::Subscriber> subscriber)
    : subscriber_(std::move(subscriber)) {}

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this == &other) return *this;
  Unsubscribe();
  subscriber_ = std::move(other.subscriber_);
  return *this;
}

void Subscription::Unsubscribe() {
  // A copy: the handler that is destroyed may own this very object.
  if (const auto subscriber = subscriber_; subscriber != nullptr) subscriber->Unsubscribe();
}

absl::StatusOr<bool> Subscription::Next(Message* message, absl::Time deadline,
                                        std::stop_token stop) {
  if (subscriber_ == nullptr) return absl::CancelledError("not subscribed");
  return subscriber_->Next(message, deadline, stop);
}

absl::StatusOr<bool> Subscription::NextBatch(std::vector<Message>* messages, size_t most,
                                             absl::Time deadline, std::stop_token stop) {
  if (subscriber_ == nullptr) return absl::CancelledError("not subscribed");
  return subscriber_->NextBatch(messages, most, deadline, stop);
}

absl::Status Subscription::status() const {
  return subscriber_ == nullptr ? absl::CancelledError("not subscribed") : subscriber_->status();
}

SubscriptionStats Subscription::stats() const {
  return subscriber_ == nullptr ? SubscriptionStats() : subscriber_->stats();
}

}  // namespace evlog
