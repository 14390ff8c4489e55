// What a full queue does, and that it does it to its own subscriber only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "evlog/channels.h"
#include "tests/embedded/collector.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;

SubscribeOptions Small(Overflow overflow, size_t messages) {
  SubscribeOptions options;
  options.queue_messages = messages;
  options.overflow = overflow;
  return options;
}

std::vector<std::string> Poll(Subscription& subscription) {
  std::vector<std::string> payloads;
  Message message;
  while (true) {
    const absl::StatusOr<bool> next = subscription.Next(&message);
    if (!next.ok() || !*next) return payloads;
    payloads.emplace_back(message.payload());
  }
}

TEST(OverflowTest, DroppedMessagesAreCounted) {
  Channels channels;
  ASSERT_OK_AND_ASSIGN(Subscription oldest,
                       channels.Subscribe("c", Small(Overflow::kDropOldest, 2)));
  ASSERT_OK_AND_ASSIGN(Subscription newest,
                       channels.Subscribe("c", Small(Overflow::kDropNewest, 2)));
  EXPECT_THAT(channels.Publish("c", "1"), IsOkAndHolds(2u));
  EXPECT_THAT(channels.Publish("c", "2"), IsOkAndHolds(2u));
  EXPECT_THAT(channels.Publish("c", "3"), IsOkAndHolds(1u));
  EXPECT_EQ(oldest.stats().queued, 2u);
  EXPECT_THAT(Poll(oldest), ElementsAre("2", "3"));
  EXPECT_THAT(Poll(newest), ElementsAre("1", "2"));
  EXPECT_EQ(oldest.stats().dropped, 1u);
  EXPECT_EQ(newest.stats().dropped, 1u);
  EXPECT_EQ(oldest.stats().delivered, 2u);
  EXPECT_EQ(oldest.stats().queued, 0u);
}

TEST(OverflowTest, WhoFallsBehindGetsWhatItHasAndThenTheReason) {
  Channels channels;
  ASSERT_OK_AND_ASSIGN(Subscription slow, channels.Subscribe("c", Small(Overflow::kDisconnect, 2)));
  ASSERT_OK_AND_ASSIGN(Subscription other, channels.Subscribe("c"));
  for (const char* payload : {"1", "2", "3", "4"}) ASSERT_OK(channels.Publish("c", payload));
  EXPECT_THAT(channels.Publish("c", "5"), IsOkAndHolds(1u));
  EXPECT_EQ(channels.CountSubscribers("c"), 1u) << "it has left the table";
  EXPECT_THAT(Poll(slow), ElementsAre("1", "2"));
  Message message;
  EXPECT_THAT(slow.Next(&message), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(slow.status(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Poll(other), ElementsAre("1", "2", "3", "4", "5"));
  slow.Unsubscribe();
  EXPECT_THAT(slow.status(), StatusIs(absl::StatusCode::kCancelled));
}

TEST(OverflowTest, ABlockedPublisherGoesOnWhenThereIsRoomAndNothingIsLost) {
  for (const size_t batch : {size_t{1}, size_t{7}}) {
    Channels channels;
    ASSERT_OK_AND_ASSIGN(Subscription slow, channels.Subscribe("c", Small(Overflow::kBlock, 4)));
    ASSERT_OK_AND_ASSIGN(Subscription other, channels.Subscribe("c"));
    constexpr int kMessages = 700;
    std::thread publisher([&] {
      for (int i = 0; i < kMessages;) {
        std::vector<std::string> texts;
        for (size_t k = 0; k < batch; ++k) texts.push_back(std::to_string(i++));
        const std::vector<std::string_view> payloads(texts.begin(), texts.end());
        EXPECT_THAT(channels.PublishBatch("c", payloads), IsOkAndHolds(2 * batch));
      }
    });
    Message message;
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_THAT(slow.Next(&message, absl::InfiniteFuture()), IsOkAndHolds(true));
      ASSERT_EQ(message.payload(), std::to_string(i));
    }
    publisher.join();
    EXPECT_EQ(Poll(other).size(), static_cast<size_t>(kMessages));
    EXPECT_EQ(slow.stats().dropped, 0u);
  }
}

TEST(OverflowTest, OthersHaveAMessageBeforeItsPublisherWaits) {
  Channels channels;
  ASSERT_OK_AND_ASSIGN(Subscription full, channels.Subscribe("c", Small(Overflow::kBlock, 1)));
  ASSERT_OK_AND_ASSIGN(Subscription other, channels.Subscribe("c"));
  ASSERT_OK(channels.Publish("c", "1"));
  std::thread publisher([&] { EXPECT_THAT(channels.Publish("c", "2"), IsOkAndHolds(1u)); });
  Message message;
  ASSERT_THAT(other.Next(&message, absl::InfiniteFuture()), IsOkAndHolds(true));
  ASSERT_THAT(other.Next(&message, absl::InfiniteFuture()), IsOkAndHolds(true));
  EXPECT_EQ(message.payload(), "2");
  full.Unsubscribe();  // lets the publisher go
  publisher.join();
}

TEST(OverflowTest, AHandlerThatPublishesToItselfGoesPastTheBound) {
  Channels channels;
  Collector collector;
  SubscribeOptions options = Small(Overflow::kBlock, 1);
  options.workers = 1;
  ASSERT_OK_AND_ASSIGN(Subscription self, channels.Subscribe("c", options, [&](const Message& m) {
    if (m.payload() == "go") {
      for (int i = 0; i < 10; ++i) {
        EXPECT_THAT(channels.Publish("c", std::to_string(i)), IsOkAndHolds(1u));
      }
    }
    collector.Add(m);
  }));
  ASSERT_OK(channels.Publish("c", "go"));
  EXPECT_THAT(collector.Await(11),
              ElementsAre("go", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
}

TEST(OverflowTest, ASlowHandlerDelaysNobodyElse) {
  Channels channels;
  Door door;
  Collector quick;
  const auto slow = [&door](const Message&) { door.Pass(); };
  ASSERT_OK_AND_ASSIGN(Subscription pooled, channels.Subscribe("c", {}, slow));
  SubscribeOptions own_thread;
  own_thread.workers = 1;
  ASSERT_OK_AND_ASSIGN(Subscription worker, channels.Subscribe("c", own_thread, slow));
  ASSERT_OK_AND_ASSIGN(Subscription other, channels.Subscribe("c", {}, quick.Handler()));
  for (int i = 0; i < 1000; ++i) ASSERT_OK(channels.Publish("c", ""));
  EXPECT_EQ(quick.Await(1000).size(), 1000u);
  door.Open();
}

TEST(OverflowTest, ThreadsAreAddedWhileAllAreStuckInHandlers) {
  ChannelsOptions options;
  options.dispatchers = 1;
  options.dispatchers_max = 6;
  Channels channels(options);
  Door door;
  std::vector<Subscription> stuck;
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK_AND_ASSIGN(Subscription one,
                         channels.Subscribe("slow", {}, [&door](const Message&) { door.Pass(); }));
    stuck.push_back(std::move(one));
  }
  Collector quick;
  ASSERT_OK_AND_ASSIGN(Subscription other, channels.Subscribe("quick", {}, quick.Handler()));
  ASSERT_OK(channels.Publish("slow", ""));
  door.AwaitArrivals(5);
  ASSERT_OK(channels.Publish("quick", "1"));
  EXPECT_THAT(quick.Await(1), ElementsAre("1"));
  door.Open();
}

}  // namespace
}  // namespace evlog
