// What channels tell a registry of metrics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "evlog/channels.h"
#include "tests/embedded/collector.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

class ChannelsMetricsTest : public ::testing::Test {
 protected:
  static ChannelsOptions With(MetricsRegistry* registry) {
    ChannelsOptions options;
    options.metrics = registry;
    return options;
  }
  // By name, without what all names begin with.
  int64_t Value(std::string_view name) const {
    for (const MetricsRegistry::Sample& sample : registry_.Samples()) {
      if (sample.name == "evlog_channels_" + std::string(name)) return sample.value;
    }
    ADD_FAILURE() << "no metric " << name;
    return -1;
  }
  SubscribeOptions Small(Overflow overflow) const {
    SubscribeOptions options;
    options.queue_messages = 2;
    options.overflow = overflow;
    return options;
  }

  MetricsRegistry registry_;
};

TEST_F(ChannelsMetricsTest, CountsWhatIsPublishedAndDelivered) {
  Channels channels(With(&registry_));
  Collector collector;
  ASSERT_OK_AND_ASSIGN(Subscription handled, channels.Subscribe("c", {}, collector.Handler()));
  ASSERT_OK_AND_ASSIGN(Subscription polled, channels.Subscribe(Topic::Pattern("*")));
  ASSERT_OK_AND_ASSIGN(Subscription inline_one,
                       channels.SubscribeInline("c", [](const Message&) {}));
  ASSERT_OK(channels.Publish("c", "1"));
  ASSERT_OK(channels.PublishBatch("c", std::vector<std::string_view>{"2", "3"}));
  ASSERT_OK(channels.Publish("nobody's but the pattern's", ""));
  collector.Await(3);
  EXPECT_EQ(Value("published_total"), 4);
  EXPECT_EQ(Value("delivered_total"), 6);
  EXPECT_EQ(Value("queued_messages"), 4);
  EXPECT_EQ(Value("subscriptions"), 3);
  Message message;
  ASSERT_THAT(polled.Next(&message), IsOkAndHolds(true));
  EXPECT_EQ(Value("delivered_total"), 7);
}

TEST_F(ChannelsMetricsTest, CountsWhatEachPolicyDrops) {
  Channels channels(With(&registry_));
  ASSERT_OK_AND_ASSIGN(Subscription oldest, channels.Subscribe("c", Small(Overflow::kDropOldest)));
  ASSERT_OK_AND_ASSIGN(Subscription newest, channels.Subscribe("c", Small(Overflow::kDropNewest)));
  ASSERT_OK_AND_ASSIGN(Subscription leaves, channels.Subscribe("c", Small(Overflow::kDisconnect)));
  for (int i = 0; i != 5; ++i) ASSERT_OK(channels.Publish("c", "m"));
  EXPECT_EQ(Value("dropped_oldest_total"), 3);
  EXPECT_EQ(Value("dropped_newest_total"), 3);
  EXPECT_EQ(Value("dropped_disconnect_total"), 1) << "then it is not subscribed any more";
  EXPECT_EQ(Value("disconnects_total"), 1);
  EXPECT_EQ(Value("subscriptions"), 2);
  EXPECT_EQ(Value("queued_messages"), 4);
}

TEST_F(ChannelsMetricsTest, CountsPublishersThatWait) {
  Channels channels(With(&registry_));
  ASSERT_OK_AND_ASSIGN(Subscription blocks, channels.Subscribe("c", Small(Overflow::kBlock)));
  for (int i = 0; i != 2; ++i) ASSERT_OK(channels.Publish("c", "m"));
  EXPECT_EQ(Value("waits_total"), 0);
  std::thread publisher([&] { EXPECT_OK(channels.Publish("c", "m")); });
  while (Value("waits_total") == 0) std::this_thread::yield();
  Message message;
  for (int i = 0; i != 3; ++i) {
    ASSERT_THAT(blocks.Next(&message, absl::InfiniteFuture()), IsOkAndHolds(true));
  }
  publisher.join();
  EXPECT_EQ(Value("waits_total"), 1);
}

TEST_F(ChannelsMetricsTest, CountersKeepWhatEndedSubscriptionsCounted) {
  std::optional<Channels> channels(With(&registry_));
  SubscribeOptions filtered;
  filtered.duplicate_window = 8;
  ASSERT_OK_AND_ASSIGN(Subscription one, channels->Subscribe("c", filtered));
  ASSERT_OK_AND_ASSIGN(Subscription outlives, channels->Subscribe("c"));
  for (int i = 0; i != 3; ++i) ASSERT_OK(channels->Publish("c", "same"));
  Message message;
  ASSERT_THAT(one.Next(&message), IsOkAndHolds(true));
  ASSERT_THAT(one.Next(&message), IsOkAndHolds(false));
  one = Subscription();
  EXPECT_EQ(Value("delivered_total"), 1);
  EXPECT_EQ(Value("duplicates_total"), 2);
  EXPECT_EQ(Value("subscriptions"), 1);
  EXPECT_EQ(Value("queued_messages"), 3);
  channels.reset();
  EXPECT_EQ(Value("published_total"), 3);
  EXPECT_EQ(Value("delivered_total"), 1);
  EXPECT_EQ(Value("subscriptions"), 0);
  EXPECT_EQ(Value("queued_messages"), 0);
}

TEST_F(ChannelsMetricsTest, SeveralChannelsShareARegistry) {
  Channels a(With(&registry_));
  std::optional<Channels> b(With(&registry_));
  ASSERT_OK_AND_ASSIGN(Subscription of_a, a.Subscribe("c"));
  ASSERT_OK_AND_ASSIGN(Subscription of_b, b->Subscribe("c"));
  ASSERT_OK(a.Publish("c", "1"));
  ASSERT_OK(b->Publish("c", "2"));
  EXPECT_EQ(Value("published_total"), 2);
  EXPECT_EQ(Value("queued_messages"), 2);
  b.reset();
  EXPECT_EQ(Value("published_total"), 2);
  EXPECT_EQ(Value("queued_messages"), 1);
}

TEST_F(ChannelsMetricsTest, MayBeAskedForWhileAllIsInMotion) {
  constexpr int kPublishers = 3, kMessages = 2000;
  Channels channels(With(&registry_));
  std::vector<std::thread> threads;
  std::atomic<int> working{kPublishers};
  for (int t = 0; t != kPublishers; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i != kMessages; ++i) {
        auto subscription = channels.SubscribeInline("c", [](const Message&) {});
        EXPECT_OK(subscription);
        EXPECT_OK(channels.Publish("c", "m"));
      }
      working.fetch_sub(1);
    });
  }
  int64_t last = 0;
  while (working.load() != 0) {
    const int64_t now = Value("delivered_total");
    EXPECT_GE(now, last) << "a counter never falls";
    last = now;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Value("published_total"), kPublishers * kMessages);
  EXPECT_GE(Value("delivered_total"), kPublishers * kMessages) << "each has its own at least";
}

}  // namespace
}  // namespace evlog
