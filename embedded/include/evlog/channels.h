// Channels: publish and subscribe in memory, inside the process. Fast and forgetful: a message goes
// to who is subscribed when it is published, at most once, and is nowhere else. A route makes the
// messages of a channel entries of a stream (evlog/route.h).
//
//   evlog::Channels channels;  // or EventLog::channels(), which knows the log's routes
//   auto prices = channels.Subscribe(evlog::Topic::Pattern("price.*"), {},
//                                    [](const evlog::Message& m) { Show(m.channel(), m.payload());
//                                    });
//   if (!prices.ok()) return prices.status();
//   auto receivers = channels.Publish("price.apples", "1.20");
//
// Order: a subscription gets what one thread publishes, on whatever channels, in the order in which
// it was published; several workers may handle it out of order. docs/channels.md has the rest:
// guarantees, sizing, and when to use a stream.
//
// Everything here is thread-safe and may be called from within handlers. Nothing throws, and
// handlers must not.
#ifndef EVLOG_CHANNELS_H_
#define EVLOG_CHANNELS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/clock.h"
#include "evlog/message.h"
#include "evlog/metrics.h"
#include "evlog/subscription.h"

namespace evlog {

namespace internal {
class Hub;
}

// Names of channels and patterns have at most so many bytes; any bytes, also none.
inline constexpr size_t kChannelBytesMax = 65535;

// What one subscribes to. Converts from a name: that channel.
struct Topic {
  enum class Kind : uint8_t {
    kChannel,
    kPattern,  // channels whose name matches; Redis glob: * ? [a-z] [^x] and \ to escape
    kSharded,  // a channel of those that are apart from all others, as Redis' SSUBSCRIBE has them
  };

  Topic(const char* channel) : name(channel) {}         // NOLINT(google-explicit-constructor)
  Topic(const std::string& channel) : name(channel) {}  // NOLINT(google-explicit-constructor)
  Topic(std::string_view channel) : name(channel) {}    // NOLINT(google-explicit-constructor)
  static Topic Pattern(std::string_view pattern) { return Topic(Kind::kPattern, pattern); }
  static Topic Sharded(std::string_view channel) { return Topic(Kind::kSharded, channel); }

  Kind kind = Kind::kChannel;
  std::string_view name;

 private:
  Topic(Kind of_kind, std::string_view of_name) : kind(of_kind), name(of_name) {}
};

struct PublishOptions {
  std::string_view reply_to = {};  // the channel on which an answer is expected
  bool sharded = false;            // to the subscribers of Topic::Sharded
};

using MessageHandler = absl::AnyInvocable<void(const Message&)>;

struct ChannelsOptions {
  // Threads that run the handlers of subscriptions without workers. They start with the first such
  // subscription. When subscriptions stand in line and none was taken up for `stuck_after`, because
  // all threads are in handlers, one more starts, up to `dispatchers_max`.
  int dispatchers = 2;
  int dispatchers_max = 32;
  absl::Duration stuck_after = absl::Milliseconds(10);
  // Neither is owned; both must outlive the Channels. Null: the system clock; no metrics. What the
  // metrics are: docs/channels.md.
  Clock* clock = nullptr;
  MetricsRegistry* metrics = nullptr;
};

struct SubscriptionInfo {
  std::string topic;
  Topic::Kind kind;
  SubscriptionStats stats;
};

class Channels {
 public:
  explicit Channels(const ChannelsOptions& options = {});
  // Ends all subscriptions, as Subscription::Unsubscribe does, and waits for handlers and threads;
  // destroyed from within a handler, not for that one. Where handlers destroy each other's Channels
  // in a circle, the last of them does not wait. Publishers must be gone.
  ~Channels();
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  // Publishes to all who are subscribed to the channel, or to a pattern that matches it. Answers
  // how many of them got it or have it in their queue. Waits only for subscribers with
  // Overflow::kBlock whose queue is full, after all others have it. A handler that publishes to its
  // own subscription does not wait: it goes past the bounds.
  //
  // Where a route matches, the message is appended to its stream first; the answer counts each
  // route as one receiver, and comes when the entry is as durable as the stream says.
  //
  // Errors: INVALID_ARGUMENT (channel too long); those of Stream::Append, from a route: then no
  // subscriber has got it.
  absl::StatusOr<size_t> Publish(std::string_view channel, std::string_view payload,
                                 const PublishOptions& options = {});
  // Publishes one message for each payload, in order, with one look-up and one allocation. Routes
  // append them atomically. Answers the sum over the messages.
  absl::StatusOr<size_t> PublishBatch(std::string_view channel,
                                      std::span<const std::string_view> payloads,
                                      const PublishOptions& options = {});

  // Subscribes: a publish that begins after this has returned is delivered. `handler` runs on the
  // threads that `options` ask for. Errors: INVALID_ARGUMENT (name, options); CANCELLED when the
  // Channels are being destroyed.
  absl::StatusOr<Subscription> Subscribe(const Topic& topic, const SubscribeOptions& options,
                                         MessageHandler handler);
  // Without a handler: the caller polls the subscription.
  absl::StatusOr<Subscription> Subscribe(const Topic& topic, const SubscribeOptions& options = {});
  // Without a queue: `handler` runs on the threads that publish, before Publish returns, maybe on
  // several at once, and must not block. Message::identity tells what is the same message.
  absl::StatusOr<Subscription> SubscribeInline(const Topic& topic, MessageHandler handler);

  // Publishes with a reply channel of its own and waits for the first answer: whoever gets the
  // message publishes to its reply_to().
  //
  // Errors:
  //   NOT_FOUND           nobody is subscribed
  //   DEADLINE_EXCEEDED   no answer within `timeout`
  //   CANCELLED           `stop` was requested
  //   FAILED_PRECONDITION called by a handler on the shared threads, which the one that answers may
  //                       need: give that subscription workers
  //   and those of Publish
  absl::StatusOr<Message> Request(std::string_view channel, std::string_view payload,
                                  absl::Duration timeout, std::stop_token stop = {});

  // Channels that have subscribers (patterns aside) and match, in byte order; `kind` kChannel or
  // kSharded. How many subscribers a channel has, patterns aside. How many different patterns there
  // are.
  std::vector<std::string> ListChannels(std::string_view pattern = "*",
                                        Topic::Kind kind = Topic::Kind::kChannel) const;
  size_t CountSubscribers(const Topic& topic) const;
  size_t CountPatterns() const;
  // How many routes there are. With none, and no subscriber that blocks, Publish waits for nothing.
  size_t CountRoutes() const;
  // All subscriptions and what they count; for operators.
  std::vector<SubscriptionInfo> Subscriptions() const;

 private:
  friend class LogChannels;
  const std::shared_ptr<internal::Hub> hub_;
};

}  // namespace evlog

#endif  // EVLOG_CHANNELS_H_
