#include "evlog/channels.h"

#include <algorithm>
#include <utility>

#include "embedded/hub/hub.h"

namespace evlog {

using internal::Subscriber;

Channels::Channels(const ChannelsOptions& options)
    : hub_(std::make_shared<internal::Hub>(options)) {}

// From within a handler too: its thread and its subscriber do without the hub.
Channels::~Channels() { hub_->Close(); }

absl::StatusOr<size_t> Channels::Publish(std::string_view channel, std::string_view payload,
                                         const PublishOptions& options) {
  return hub_->Publish(channel, {&payload, 1}, options);
}

absl::StatusOr<size_t> Channels::PublishBatch(std::string_view channel,
                                              std::span<const std::string_view> payloads,
                                              const PublishOptions& options) {
  return hub_->Publish(channel, payloads, options);
}

absl::StatusOr<Subscription> Channels::Subscribe(const Topic& topic,
                                                 const SubscribeOptions& options,
                                                 MessageHandler handler) {
  const Subscriber::Mode mode =
      options.workers == 0 ? Subscriber::Mode::kPooled : Subscriber::Mode::kWorkers;
  return hub_->Subscribe(topic, options, mode, std::move(handler));
}

absl::StatusOr<Subscription> Channels::Subscribe(const Topic& topic,
                                                 const SubscribeOptions& options) {
  return hub_->Subscribe(topic, options, Subscriber::Mode::kPolled, nullptr);
}

absl::StatusOr<Subscription> Channels::SubscribeInline(const Topic& topic, MessageHandler handler) {
  return hub_->Subscribe(topic, {}, Subscriber::Mode::kInline, std::move(handler));
}

absl::StatusOr<Message> Channels::Request(std::string_view channel, std::string_view payload,
                                          absl::Duration timeout, std::stop_token stop) {
  return hub_->Request(channel, payload, timeout, stop);
}

std::vector<std::string> Channels::ListChannels(std::string_view pattern, Topic::Kind kind) const {
  return hub_->table().ListChannels(pattern, kind == Topic::Kind::kSharded);
}

size_t Channels::CountSubscribers(const Topic& topic) const { return hub_->table().Count(topic); }

size_t Channels::CountPatterns() const { return hub_->table().CountPatterns(); }
size_t Channels::CountRoutes() const { return hub_->table().CountRoutes(); }

std::vector<SubscriptionInfo> Channels::Subscriptions() const {
  std::vector<SubscriptionInfo> infos;
  for (const auto& subscriber : hub_->table().All()) {
    infos.push_back({subscriber->name(), subscriber->kind(), subscriber->stats()});
  }
  std::sort(infos.begin(), infos.end(),
            [](const SubscriptionInfo& a, const SubscriptionInfo& b) { return a.topic < b.topic; });
  return infos;
}

}  // namespace evlog
