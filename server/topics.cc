#include "server/topics.h"

#include <utility>

#include "log/base/status.h"

namespace evlog::server {

namespace {

thread_local int64_t extra_receivers = 0;

}  // namespace

int64_t Topics::TakeExtraReceivers() { return std::exchange(extra_receivers, 0); }

void WriteMessage(RespWriter& writer, const TopicEntry& topic, const Message& message) {
  switch (topic.kind) {
    case Topic::Kind::kChannel:
      writer.Push(3);
      writer.Bulk("message");
      break;
    case Topic::Kind::kPattern:
      writer.Push(4);
      writer.Bulk("pmessage");
      writer.Bulk(topic.name);
      break;
    case Topic::Kind::kSharded:
      writer.Push(3);
      writer.Bulk("smessage");
      break;
  }
  writer.Bulk(message.channel());
  writer.Bulk(message.payload());
}

absl::StatusOr<bool> Topics::Add(Topic::Kind kind, std::string_view name, Subscriber* subscriber,
                                 SubscriberTopics* own) {
  ByName& by_name = ByKind(kind);
  auto found = by_name.find(name);
  if (found == by_name.end()) {
    auto entry = std::make_shared<TopicEntry>(kind, name);
    Topic topic = name;
    if (kind == Topic::Kind::kPattern) topic = Topic::Pattern(name);
    if (kind == Topic::Kind::kSharded) topic = Topic::Sharded(name);
    // The entry ends its subscription, so the handler never outlives it.
    ASSIGN_OR_RETURN(entry->subscription,
                     channels_->SubscribeInline(
                         topic, [receive = &receive_, raw = entry.get()](const Message& message) {
                           extra_receivers += static_cast<int64_t>(raw->count.load()) - 1;
                           (*receive)(raw->shared_from_this(), message);
                         }));
    found = by_name.emplace(std::string(name), std::move(entry)).first;
    counts_->Add(kind, name, -1);
  }
  TopicEntry& topic = *found->second;
  const auto [place, added] = own->emplace(&topic, topic.subscribers.size());
  if (!added) return false;
  topic.subscribers.push_back(subscriber);
  topic.count = topic.subscribers.size();
  counts_->Add(kind, name, 1);
  owners_[subscriber] = own;
  return true;
}

void Topics::RemoveFrom(TopicEntry* topic, size_t place) {
  std::vector<Subscriber*>& list = topic->subscribers;
  list[place] = list.back();
  list.pop_back();
  topic->count = list.size();
  counts_->Add(topic->kind, topic->name, -1);
  if (place < list.size()) (*owners_.at(list[place]))[topic] = place;
  if (!list.empty()) return;
  // Not under any lock: it waits for those who are publishing to it.
  const std::shared_ptr<TopicEntry> kept = topic->shared_from_this();
  ByKind(kept->kind).erase(kept->name);
  counts_->Add(kept->kind, kept->name, 1);
  kept->subscription.Unsubscribe();
}

bool Topics::Remove(Topic::Kind kind, std::string_view name, Subscriber* subscriber,
                    SubscriberTopics* own) {
  const auto found = ByKind(kind).find(name);
  if (found == ByKind(kind).end()) return false;
  TopicEntry* const topic = found->second.get();
  const auto place = own->find(topic);
  if (place == own->end()) return false;
  const size_t at = place->second;
  own->erase(place);
  RemoveFrom(topic, at);
  if (own->empty()) owners_.erase(subscriber);
  return true;
}

void Topics::RemoveAll(Subscriber* subscriber, SubscriberTopics* own) {
  while (!own->empty()) {
    TopicEntry* const topic = own->begin()->first;
    const size_t place = own->begin()->second;
    own->erase(own->begin());
    RemoveFrom(topic, place);
  }
  owners_.erase(subscriber);
}

void Topics::Deliver(const TopicEntry& topic, std::vector<Message>::const_iterator begin,
                     std::vector<Message>::const_iterator end) {
  std::array<std::shared_ptr<const std::string>, 2> encoded;  // RESP2, RESP3
  for (Subscriber* const subscriber : topic.subscribers) {
    const int protocol = subscriber->subscriber_protocol();
    std::shared_ptr<const std::string>& bytes = encoded[protocol == 3 ? 1 : 0];
    if (bytes == nullptr) {
      auto written = std::make_shared<std::string>();
      RespWriter writer(written.get(), protocol);
      for (auto message = begin; message != end; ++message) WriteMessage(writer, topic, *message);
      bytes = std::move(written);
    }
    subscriber->Deliver(bytes);
  }
}

}  // namespace evlog::server
