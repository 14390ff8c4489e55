#include "embedded/hub/hub.h"

#include <algorithm>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "embedded/hub/receiver_cache.h"
#include "log/base/status.h"

namespace evlog::internal {

namespace {

ChannelsOptions Complete(ChannelsOptions options) {
  if (options.clock == nullptr) options.clock = SystemClock();
  options.dispatchers = std::max(options.dispatchers, 1);
  options.dispatchers_max = std::max(options.dispatchers_max, options.dispatchers);
  return options;
}

absl::Status CheckName(std::string_view name) {
  if (name.size() <= kChannelBytesMax) return absl::OkStatus();
  return InvalidArgument("the name of a channel has {} bytes, at most {} are possible", name.size(),
                         kChannelBytesMax);
}

}  // namespace

Hub::Hub(ChannelsOptions options)
    : options_(Complete(std::move(options))),
      probe_(options_.metrics == nullptr ? nullptr
                                         : std::make_shared<ChannelProbe>(options_.metrics)),
      crew_(std::make_shared<Crew>()),
      dispatcher_(std::make_shared<Dispatcher>(options_, crew_)),
      table_(std::make_shared<SubscriberTable>()),
      inbox_(table_->id()) {}

Hub::~Hub() { Close(); }

void Hub::Close() {
  const std::vector<std::shared_ptr<Subscriber>> all = table_->Close();
  // First everyone who waits is let go; only then somebody is waited for.
  inbox_.Close();
  for (const auto& subscriber : all) subscriber->Shut();
  dispatcher_->Stop();
  for (const auto& subscriber : all) subscriber->End(EndWait::Way::kFirm);
  crew_->JoinAll();
  if (probe_ != nullptr) probe_->Stop();
}

absl::StatusOr<size_t> Hub::Publish(std::string_view channel,
                                    std::span<const std::string_view> payloads,
                                    const PublishOptions& options) {
  RETURN_IF_ERROR(CheckName(channel));
  RETURN_IF_ERROR(CheckName(options.reply_to));
  if (payloads.empty()) return 0;
  if (inbox_.IsReply(channel)) {
    size_t received = 0;
    for (const std::string_view payload : payloads) received += inbox_.Deliver(channel, payload);
    return received;
  }
  const ReceiverCache::Lease receivers(*table_, channel, options.sharded);
  for (const std::shared_ptr<RouteSink>& route : receivers->routes) {
    RETURN_IF_ERROR(route->Append(channel, payloads));
    if (probe_ != nullptr) probe_->CountRouted(payloads.size());
  }
  if (probe_ != nullptr) probe_->CountPublished(payloads.size());
  const size_t routed = receivers->routes.size() * payloads.size();
  if (receivers->subscribers.empty()) return routed;
  Publication publication{channel, options.reply_to, payloads, nullptr};
  const bool small =
      payloads.size() == 1 &&
      MessageAccess::FitsInline(channel.size(), options.reply_to.size(), payloads.front().size());
  if (small && !receivers->any_inline) return routed + Deliver(*receivers, publication);
  publication.block = Block::Make(channel, options.reply_to, payloads);
  const size_t received = Deliver(*receivers, publication);
  publication.block->Unref();
  return routed + received;
}

size_t Hub::Deliver(const Receivers& receivers, const Publication& publication) {
  struct Waiting {
    Subscriber* subscriber;
    uint32_t from;
  };
  absl::InlinedVector<Waiting, 4> waiting;
  size_t received = 0;
  const std::span<const std::shared_ptr<Subscriber>> subscribers = receivers.subscribers;
  for (size_t i = 0; i != subscribers.size(); ++i) {
    if (i + 1 != subscribers.size()) subscribers[i + 1]->Announce();
    Subscriber* const subscriber = subscribers[i].get();
    MessageQueue::Pushed offered;
    subscriber->Offer(publication, &offered);
    received += offered.queued;
    if (offered.full) waiting.push_back({subscriber, offered.queued});
    if (offered.disconnected) {
      table_->Remove(subscriber);
      if (probe_ != nullptr) probe_->CountDisconnect();
    }
  }
  if (probe_ != nullptr && !waiting.empty()) probe_->CountWaits(waiting.size());
  // Those for whom one has to wait come last, so that nobody else waits for them.
  for (const Waiting& full : waiting) {
    received += full.subscriber->OfferWaiting(publication, full.from);
  }
  return received;
}

absl::StatusOr<Subscription> Hub::Subscribe(const Topic& topic, const SubscribeOptions& options,
                                            Subscriber::Mode mode, MessageHandler handler) {
  RETURN_IF_ERROR(CheckName(topic.name));
  RETURN_IF_ERROR(options.Validate());
  if (mode == Subscriber::Mode::kPooled && options.overflow == Overflow::kBlock) {
    return absl::InvalidArgumentError(
        "Overflow::kBlock on the shared threads could make them wait for each other: give the "
        "subscription workers, or poll it");
  }
  if (mode == Subscriber::Mode::kPolled && (options.workers != 0 || options.order_key != nullptr)) {
    return absl::InvalidArgumentError("workers and order_key need a handler");
  }
  if (mode != Subscriber::Mode::kPolled && handler == nullptr) {
    return absl::InvalidArgumentError("the handler is empty");
  }
  auto subscriber = std::make_shared<Subscriber>(
      topic, options, mode, std::move(handler),
      Subscriber::House{options_.clock, dispatcher_, crew_, table_, probe_});
  // First: what is published from then on may be counted at once.
  if (probe_ != nullptr) probe_->Enter(subscriber.get());
  if (!table_->Add(subscriber)) return absl::CancelledError("the channels are being destroyed");
  subscriber->Start();
  return Subscription(std::move(subscriber));
}

absl::StatusOr<Message> Hub::Request(std::string_view channel, std::string_view payload,
                                     absl::Duration timeout, const std::stop_token& stop) {
  if (Dispatcher::IsDispatching()) {
    return absl::FailedPreconditionError(
        "a request from a handler on the shared threads could wait for itself: give the "
        "subscription workers");
  }
  const absl::Time deadline = options_.clock->Now() + timeout;
  Inbox::Request request(&inbox_);
  PublishOptions options;
  options.reply_to = request.reply_to();
  ASSIGN_OR_RETURN(const size_t received, Publish(channel, {&payload, 1}, options));
  if (received == 0) {
    return Error(absl::StatusCode::kNotFound, "nobody is subscribed to {}", Quoted(channel));
  }
  return request.Await(options_.clock, deadline, stop);
}

}  // namespace evlog::internal
