// The subscribers of one io thread: one subscription of the log's channels for each topic, however
// many connections of the thread want it.
//
// A message comes to the thread once, is encoded once for each protocol, and goes to all of them.
#ifndef EVLOG_SERVER_TOPICS_H_
#define EVLOG_SERVER_TOPICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "evlog/channels.h"
#include "log/base/bytes.h"
#include "server/topic_counts.h"
#include "server/wire/resp_writer.h"

namespace evlog::server {

// Who gets messages; encoded, and shared with others.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  virtual int subscriber_protocol() const = 0;
  // Queues it; must not change who is subscribed.
  virtual void Deliver(const std::shared_ptr<const std::string>& messages) = 0;
};

// One topic with subscribers on this thread. Of its thread, but for `count`.
struct TopicEntry : std::enable_shared_from_this<TopicEntry> {
  TopicEntry(Topic::Kind of_kind, std::string_view of_name) : kind(of_kind), name(of_name) {}

  const Topic::Kind kind;
  const std::string name;
  Subscription subscription;
  std::vector<Subscriber*> subscribers;
  std::atomic<size_t> count{0};  // of them
};

// What a subscriber is subscribed to, and its place in each topic's list.
using SubscriberTopics = absl::flat_hash_map<TopicEntry*, size_t>;

class Topics {
 public:
  // `receive` is called by the threads that publish; the log's channels outlive this.
  using Receive = std::function<void(const std::shared_ptr<TopicEntry>&, const Message&)>;
  Topics(Channels* channels, TopicCounts* counts, Receive receive)
      : channels_(channels), counts_(counts), receive_(std::move(receive)) {}

  // False: it is subscribed already (is not subscribed).
  absl::StatusOr<bool> Add(Topic::Kind kind, std::string_view name, Subscriber* subscriber,
                           SubscriberTopics* own);
  bool Remove(Topic::Kind kind, std::string_view name, Subscriber* subscriber,
              SubscriberTopics* own);
  void RemoveAll(Subscriber* subscriber, SubscriberTopics* own);

  // Hands a run of messages of one topic to its subscribers.
  static void Deliver(const TopicEntry& topic, std::vector<Message>::const_iterator begin,
                      std::vector<Message>::const_iterator end);

  // What Publish counted for this server's topics of the calling thread's messages beyond one each:
  // since the last call.
  static int64_t TakeExtraReceivers();

 private:
  using ByName = absl::flat_hash_map<std::string, std::shared_ptr<TopicEntry>, TransparentHash,
                                     std::equal_to<>>;

  void RemoveFrom(TopicEntry* topic, size_t place);
  ByName& ByKind(Topic::Kind kind) { return topics_[static_cast<size_t>(kind)]; }

  Channels* const channels_;
  TopicCounts* const counts_;
  const Receive receive_;
  std::array<ByName, 3> topics_;
  // To find a subscriber's map when another one takes its place in a list.
  absl::flat_hash_map<Subscriber*, SubscriberTopics*> owners_;
};

// A message as it is sent: `message`, `pmessage` or `smessage`.
void WriteMessage(RespWriter& writer, const TopicEntry& topic, const Message& message);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_TOPICS_H_
