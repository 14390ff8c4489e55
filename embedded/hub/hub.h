// The hub: table, threads and requests put together. What Channels shows to applications.
#ifndef EVLOG_EMBEDDED_HUB_HUB_H_
#define EVLOG_EMBEDDED_HUB_HUB_H_

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedded/hub/channel_probe.h"
#include "embedded/hub/crew.h"
#include "embedded/hub/dispatcher.h"
#include "embedded/hub/inbox.h"
#include "embedded/hub/subscriber.h"
#include "embedded/hub/subscriber_table.h"
#include "evlog/channels.h"

namespace evlog::internal {

// Thread-safe. Errors are those that evlog/channels.h lists.
class Hub {
 public:
  explicit Hub(ChannelsOptions options);
  ~Hub();  // closes

  absl::StatusOr<size_t> Publish(std::string_view channel,
                                 std::span<const std::string_view> payloads,
                                 const PublishOptions& options);
  absl::StatusOr<Subscription> Subscribe(const Topic& topic, const SubscribeOptions& options,
                                         Subscriber::Mode mode, MessageHandler handler);
  absl::StatusOr<Message> Request(std::string_view channel, std::string_view payload,
                                  absl::Duration timeout, const std::stop_token& stop);
  void Close();

  SubscriberTable& table() { return *table_; }

 private:
  size_t Deliver(const Receivers& receivers, const Publication& publication);

  const ChannelsOptions options_;
  const std::shared_ptr<ChannelProbe> probe_;  // null: nobody asks
  const std::shared_ptr<Crew> crew_;
  const std::shared_ptr<Dispatcher> dispatcher_;
  const std::shared_ptr<SubscriberTable> table_;
  Inbox inbox_;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_HUB_H_
