// Our channels as a bus (channel_work.h): subscriptions that are polled and block their publisher.
#ifndef EVLOG_BENCH_BUS_EVLOG_H_
#define EVLOG_BENCH_BUS_EVLOG_H_

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/channel_work.h"
#include "evlog/channels.h"
#include "log/base/status.h"

namespace evlog::bench {

class EvlogBus {
 public:
  explicit EvlogBus(const ChannelShape& shape)
      : shape_(shape), read_(static_cast<size_t>(shape.subscribers)) {}

  absl::Status Open() {
    SubscribeOptions options;
    options.queue_messages = kChannelQueueMessages;
    options.queue_bytes = size_t{64} << 20;
    options.overflow = Overflow::kBlock;
    options.wait = shape_.wait;
    for (int i = 0; i != shape_.subscribers; ++i) {
      ASSIGN_OR_RETURN(Subscription subscription, channels_.Subscribe(kBenchChannel, options));
      subscriptions_.push_back(std::move(subscription));
    }
    options.overflow = Overflow::kDropOldest;
    for (int i = 0; i != shape_.stalled; ++i) {
      ASSIGN_OR_RETURN(Subscription subscription, channels_.Subscribe(kBenchChannel, options));
      stalled_.push_back(std::move(subscription));
    }
    return absl::OkStatus();
  }

  absl::Status Publish(std::string_view payload) {
    return channels_.Publish(kBenchChannel, payload).status();
  }
  absl::Status PublishBatch(std::span<const std::string_view> payloads) {
    return channels_.PublishBatch(kBenchChannel, payloads).status();
  }

  template <typename F>
  size_t Read(int subscriber, const F& use) {
    constexpr size_t kMost = 64;
    std::vector<Message>& messages = read_[static_cast<size_t>(subscriber)];
    const absl::StatusOr<bool> some = subscriptions_[static_cast<size_t>(subscriber)].NextBatch(
        &messages, kMost, absl::InfiniteFuture());
    if (!some.ok()) return 0;
    for (const Message& message : messages) use(message.payload());
    return messages.size();
  }

 private:
  const ChannelShape shape_;
  Channels channels_;
  std::vector<Subscription> subscriptions_, stalled_;
  std::vector<std::vector<Message>> read_;
};

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_BUS_EVLOG_H_
