// Subscriptions that are polled: deadlines, stops, batches, ways to wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "evlog/channels.h"
#include "tests/embedded/collector.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

ChannelsOptions With(Clock* clock) {
  ChannelsOptions options;
  options.clock = clock;
  return options;
}

TEST(PollTest, WaitsUntilTheDeadlineAndNoLonger) {
  ManualClock clock;
  Channels channels(With(&clock));
  ASSERT_OK_AND_ASSIGN(Subscription subscription, channels.Subscribe("c"));
  Message message;
  EXPECT_THAT(subscription.Next(&message), IsOkAndHolds(false));
  std::thread poller([&] {
    EXPECT_THAT(subscription.Next(&message, clock.Now() + absl::Seconds(1)), IsOkAndHolds(false));
  });
  clock.BlockUntilWaiting(1);
  clock.Advance(absl::Seconds(1));
  poller.join();
}

TEST(PollTest, AMessageEndsTheWait) {
  ManualClock clock;
  Channels channels(With(&clock));
  ASSERT_OK_AND_ASSIGN(Subscription subscription, channels.Subscribe("c"));
  for (int round = 0; round < 3; ++round) {
    std::thread poller([&] {
      Message message;
      EXPECT_THAT(subscription.Next(&message, clock.Now() + absl::Seconds(1)), IsOkAndHolds(true));
    });
    clock.BlockUntilWaiting(1);
    ASSERT_OK(channels.Publish("c", ""));
    poller.join();
  }
}

TEST(PollTest, StopsWhenAsked) {
  for (const Wait wait : {Wait::kPark, Wait::kYield, Wait::kSpin}) {
    Channels channels;
    SubscribeOptions options;
    options.wait = wait;
    ASSERT_OK_AND_ASSIGN(Subscription subscription, channels.Subscribe("c", options));
    std::stop_source stop;
    std::thread poller([&] {
      Message message;
      EXPECT_THAT(subscription.Next(&message, absl::InfiniteFuture(), stop.get_token()),
                  StatusIs(absl::StatusCode::kCancelled));
    });
    stop.request_stop();
    poller.join();
  }
}

TEST(PollTest, EndsWithTheSubscriptionHoweverItWaits) {
  for (const Wait wait : {Wait::kPark, Wait::kYield, Wait::kSpin}) {
    for (const bool with_stop : {false, true}) {
      Channels channels;
      SubscribeOptions options;
      options.wait = wait;
      ASSERT_OK_AND_ASSIGN(Subscription subscription, channels.Subscribe("c", options));
      ASSERT_OK(channels.Publish("c", "1"));
      std::stop_source stop;
      Door first;
      std::thread poller([&] {
        Message message;
        const std::stop_token token = with_stop ? stop.get_token() : std::stop_token();
        EXPECT_THAT(subscription.Next(&message, absl::InfiniteFuture(), token), IsOkAndHolds(true));
        first.Pass();
        EXPECT_THAT(subscription.Next(&message, absl::InfiniteFuture(), token),
                    StatusIs(absl::StatusCode::kCancelled));
      });
      first.AwaitArrivals(1);
      first.Open();
      subscription.Unsubscribe();
      poller.join();
    }
  }
}

TEST(PollTest, EveryWayToWaitGetsEverythingInOrder) {
  for (const Wait wait : {Wait::kPark, Wait::kYield, Wait::kSpin}) {
    Channels channels;
    SubscribeOptions options;
    options.wait = wait;
    options.overflow = Overflow::kBlock;
    options.queue_messages = 64;
    ASSERT_OK_AND_ASSIGN(Subscription subscription, channels.Subscribe("c", options));
    constexpr int kMessages = 20000;
    std::thread publisher([&] {
      for (int i = 0; i < kMessages; ++i) ASSERT_OK(channels.Publish("c", std::to_string(i)));
    });
    Message message;
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_THAT(subscription.Next(&message, absl::InfiniteFuture()), IsOkAndHolds(true));
      ASSERT_EQ(message.payload(), std::to_string(i));
    }
    publisher.join();
  }
}

TEST(PollTest, GivesBatchesOfAtMostSoMany) {
  Channels channels;
  ASSERT_OK_AND_ASSIGN(Subscription subscription, channels.Subscribe("c"));
  std::vector<Message> messages(3);
  EXPECT_THAT(subscription.NextBatch(&messages, 10), IsOkAndHolds(false));
  EXPECT_TRUE(messages.empty());
  for (int i = 0; i < 25; ++i) ASSERT_OK(channels.Publish("c", std::to_string(i)));
  int next = 0;
  for (const size_t expected : {10u, 10u, 5u}) {
    EXPECT_THAT(subscription.NextBatch(&messages, 10), IsOkAndHolds(true));
    ASSERT_EQ(messages.size(), expected);
    for (const Message& message : messages) EXPECT_EQ(message.payload(), std::to_string(next++));
  }
  EXPECT_THAT(subscription.NextBatch(&messages, 0), IsOkAndHolds(false));
}

TEST(PollTest, SkipsDuplicatesWithinTheWindow) {
  Channels channels;
  SubscribeOptions options;
  options.duplicate_window = 2;
  options.duplicate_key = [](const Message& message) { return message.payload().substr(0, 1); };
  ASSERT_OK_AND_ASSIGN(Subscription subscription, channels.Subscribe("c", options));
  for (const char* payload : {"a1", "a2", "b1", "c1", "b2", "a3"}) {
    ASSERT_OK(channels.Publish("c", payload));
  }
  std::vector<Message> messages;
  ASSERT_THAT(subscription.NextBatch(&messages, 10), IsOkAndHolds(true));
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_EQ(messages[3].payload(), "a3") << "the window had forgotten a";
  EXPECT_EQ(subscription.stats().duplicates, 2u);
  EXPECT_EQ(subscription.stats().delivered, 4u);
}

TEST(PollTest, IsNotForThoseWithAHandler) {
  Channels channels;
  ASSERT_OK_AND_ASSIGN(Subscription subscription,
                       channels.Subscribe("c", {}, [](const Message&) {}));
  Message message;
  EXPECT_THAT(subscription.Next(&message), StatusIs(absl::StatusCode::kFailedPrecondition));
  Subscription none;
  EXPECT_THAT(none.Next(&message), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(none.status(), StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace evlog
