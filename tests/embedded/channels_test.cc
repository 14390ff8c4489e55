#include "evlog/channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/embedded/collector.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ChannelsTest, DeliversToThoseWhoAreSubscribed) {
  Channels channels;
  EXPECT_THAT(channels.Publish("news", "nobody hears it"), IsOkAndHolds(0u));
  Collector news, sport, all;
  ASSERT_OK_AND_ASSIGN(Subscription a, channels.Subscribe("news", {}, news.Handler()));
  ASSERT_OK_AND_ASSIGN(Subscription b, channels.Subscribe("sport", {}, sport.Handler()));
  ASSERT_OK_AND_ASSIGN(Subscription c, channels.Subscribe(Topic::Pattern("*"), {}, all.Handler()));
  EXPECT_THAT(channels.Publish("news", "1"), IsOkAndHolds(2u));
  EXPECT_THAT(channels.Publish("sport", "2"), IsOkAndHolds(2u));
  EXPECT_THAT(channels.Publish("weather", "3"), IsOkAndHolds(1u));
  EXPECT_THAT(news.Await(1), ElementsAre("1"));
  EXPECT_THAT(sport.Await(1), ElementsAre("2"));
  EXPECT_THAT(all.Await(3), ElementsAre("1", "2", "3"));
  const std::vector<Message> messages = all.AwaitMessages(3);
  EXPECT_EQ(messages[2].channel(), "weather");
  EXPECT_EQ(messages[2].pattern(), "*");
  EXPECT_EQ(news.AwaitMessages(1)[0].pattern(), "");
}

TEST(ChannelsTest, SubscriptionsOfOneOwnerToTheSameAreSeveral) {
  Channels channels;
  Collector collector;
  ASSERT_OK_AND_ASSIGN(Subscription a, channels.Subscribe("x", {}, collector.Handler()));
  ASSERT_OK_AND_ASSIGN(Subscription b, channels.Subscribe("x", {}, collector.Handler()));
  ASSERT_OK_AND_ASSIGN(Subscription c,
                       channels.Subscribe(Topic::Pattern("x*"), {}, collector.Handler()));
  EXPECT_THAT(channels.Publish("x", "1"), IsOkAndHolds(3u));
  EXPECT_EQ(collector.Await(3).size(), 3u);
}

TEST(ChannelsTest, NamesAndPayloadsAreAnyBytes) {
  Channels channels;
  Collector collector;
  const std::string name("\0\xff channel", 10);
  const std::string large(size_t{3} << 20, 'x');
  ASSERT_OK_AND_ASSIGN(Subscription a, channels.Subscribe(name, {}, collector.Handler()));
  ASSERT_OK_AND_ASSIGN(Subscription b, channels.Subscribe("", {}, collector.Handler()));
  ASSERT_OK(channels.Publish(name, ""));
  EXPECT_THAT(collector.Await(1), ElementsAre(""));
  ASSERT_OK(channels.Publish("", large));
  EXPECT_THAT(collector.Await(2), ElementsAre("", large));
  EXPECT_THAT(channels.Publish(std::string(kChannelBytesMax + 1, 'c'), ""),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(channels.Subscribe(std::string(kChannelBytesMax + 1, 'c')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ChannelsTest, ABatchArrivesInOrderAndCountsEachMessage) {
  Channels channels;
  Collector a_got, b_got;
  ASSERT_OK_AND_ASSIGN(Subscription a, channels.Subscribe("c", {}, a_got.Handler()));
  ASSERT_OK_AND_ASSIGN(Subscription b, channels.Subscribe("c", {}, b_got.Handler()));
  const std::vector<std::string_view> payloads = {"1", "2", "3"};
  EXPECT_THAT(channels.PublishBatch("c", payloads), IsOkAndHolds(6u));
  EXPECT_THAT(channels.PublishBatch("c", {}), IsOkAndHolds(0u));
  EXPECT_THAT(a_got.Await(3), ElementsAre("1", "2", "3"));
  EXPECT_THAT(b_got.Await(3), ElementsAre("1", "2", "3"));
}

TEST(ChannelsTest, ShardedChannelsAreApart) {
  Channels channels;
  Collector plain, sharded, pattern;
  ASSERT_OK_AND_ASSIGN(Subscription a, channels.Subscribe("c", {}, plain.Handler()));
  ASSERT_OK_AND_ASSIGN(Subscription b,
                       channels.Subscribe(Topic::Sharded("c"), {}, sharded.Handler()));
  ASSERT_OK_AND_ASSIGN(Subscription c,
                       channels.Subscribe(Topic::Pattern("*"), {}, pattern.Handler()));
  PublishOptions options;
  options.sharded = true;
  EXPECT_THAT(channels.Publish("c", "sharded", options), IsOkAndHolds(1u));
  EXPECT_THAT(channels.Publish("c", "plain"), IsOkAndHolds(2u));
  EXPECT_THAT(sharded.Await(1), ElementsAre("sharded"));
  EXPECT_THAT(plain.Await(1), ElementsAre("plain"));
  EXPECT_THAT(pattern.Await(1), ElementsAre("plain"));
}

TEST(ChannelsTest, ListsAndCountsAsRedisDoes) {
  Channels channels;
  std::vector<Subscription> subscriptions;
  for (const Topic& topic : {Topic("b"), Topic("a"), Topic("b"), Topic::Pattern("p*"),
                             Topic::Pattern("p*"), Topic::Pattern("q*"), Topic::Sharded("s")}) {
    ASSERT_OK_AND_ASSIGN(Subscription one, channels.Subscribe(topic));
    subscriptions.push_back(std::move(one));
  }
  EXPECT_THAT(channels.ListChannels(), ElementsAre("a", "b"));
  EXPECT_THAT(channels.ListChannels("[b-z]"), ElementsAre("b"));
  EXPECT_THAT(channels.ListChannels("*", Topic::Kind::kSharded), ElementsAre("s"));
  EXPECT_EQ(channels.CountSubscribers("b"), 2u);
  EXPECT_EQ(channels.CountSubscribers("c"), 0u);
  EXPECT_EQ(channels.CountSubscribers(Topic::Sharded("s")), 1u);
  EXPECT_EQ(channels.CountSubscribers(Topic::Pattern("p*")), 2u);
  EXPECT_EQ(channels.CountPatterns(), 2u);
  EXPECT_EQ(channels.Subscriptions().size(), 7u);
  subscriptions.clear();
  EXPECT_THAT(channels.ListChannels(), IsEmpty());
  EXPECT_EQ(channels.CountPatterns(), 0u);
  EXPECT_THAT(channels.Subscriptions(), IsEmpty());
}

TEST(ChannelsTest, InlineHandlersShareTheMessage) {
  Channels channels;
  std::vector<const void*> identities;
  std::vector<Message> kept;
  const auto keep = [&](const Message& message) {
    identities.push_back(message.identity());
    kept.push_back(message);
  };
  ASSERT_OK_AND_ASSIGN(Subscription a, channels.SubscribeInline("c", keep));
  ASSERT_OK_AND_ASSIGN(Subscription b, channels.SubscribeInline(Topic::Pattern("c"), keep));
  EXPECT_THAT(channels.Publish("c", "payload"), IsOkAndHolds(2u));
  ASSERT_EQ(kept.size(), 2u) << "they run before Publish returns";
  EXPECT_EQ(identities[0], identities[1]);
  EXPECT_NE(identities[0], nullptr);
  EXPECT_EQ(kept[1].payload(), "payload");
  EXPECT_EQ(kept[1].pattern(), "c");
  EXPECT_EQ(a.stats().delivered, 1u);
}

TEST(ChannelsTest, OptionsOutOfRangeAreRefusedByName) {
  Channels channels;
  const auto nothing = [](const Message&) {};
  SubscribeOptions options;
  options.queue_messages = 0;
  EXPECT_THAT(channels.Subscribe("c", options),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("queue_messages")));
  options = {};
  options.workers = -1;
  EXPECT_THAT(channels.Subscribe("c", options, nothing),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("workers")));
  options = {};
  options.workers = 1;
  EXPECT_THAT(channels.Subscribe("c", options), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(channels.Subscribe("c", {}, MessageHandler()),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("handler")));
  options = {};
  options.overflow = Overflow::kBlock;
  EXPECT_THAT(channels.Subscribe("c", options, nothing),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("kBlock")));
}

TEST(ChannelsTest, HandlersPublishSubscribeAndUnsubscribe) {
  Channels channels;
  Collector collector;
  std::optional<Subscription> inner, outer;
  ASSERT_OK_AND_ASSIGN(outer, channels.Subscribe("start", {}, [&](const Message& message) {
    ASSERT_OK_AND_ASSIGN(inner, channels.Subscribe("next", {}, collector.Handler()));
    EXPECT_THAT(channels.Publish("next", message.payload()), IsOkAndHolds(1u));
    outer->Unsubscribe();
    EXPECT_THAT(channels.Publish("start", "not heard"), IsOkAndHolds(0u));
    EXPECT_THAT(channels.Publish("next", "2"), IsOkAndHolds(1u));
  }));
  ASSERT_OK(channels.Publish("start", "1"));
  EXPECT_THAT(collector.Await(2), ElementsAre("1", "2"));
}

TEST(ChannelsTest, PublishingFromManyNestedInlineHandlersKeepsReceiversAlive) {
  Channels channels;
  int heard = 0;
  std::vector<Subscription> chain;
  // More channels than a thread remembers, each publishing to the next from within.
  constexpr int kChannels = 200;
  for (int i = 0; i < kChannels; ++i) {
    ASSERT_OK_AND_ASSIGN(
        Subscription one,
        channels.SubscribeInline("chain " + std::to_string(i), [&, i](const Message&) {
          ++heard;
          ASSERT_OK(channels.Publish("chain " + std::to_string(i + 1), ""));
          ASSERT_OK(channels.Publish("elsewhere", ""));
        }));
    chain.push_back(std::move(one));
  }
  ASSERT_OK(channels.Publish("chain 0", ""));
  EXPECT_EQ(heard, kChannels);
}

TEST(ChannelsTest, APublisherSeesASubscriptionMadeBeforeOnAnotherThread) {
  Channels channels;
  for (int round = 0; round < 200; ++round) {
    EXPECT_THAT(channels.Publish("c", "fills what the thread remembers"), IsOkAndHolds(0u));
    std::optional<Subscription> subscription;
    std::thread([&] {
      auto made =
          round % 2 == 0 ? channels.Subscribe("c") : channels.Subscribe(Topic::Pattern("c"));
      ASSERT_OK(made);
      subscription = *std::move(made);
    }).join();
    EXPECT_THAT(channels.Publish("c", ""), IsOkAndHolds(1u));
  }
}

}  // namespace
}  // namespace evlog
