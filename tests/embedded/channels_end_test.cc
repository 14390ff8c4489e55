// How subscriptions and channels end: in any order, with handlers running and messages on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "evlog/channels.h"
#include "tests/embedded/collector.h"
#include "tests/embedded/how.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

TEST(EndTest, UnsubscribeWaitsForTheHandlerAndDestroysIt) {
  for (const How how : kAllHows) {
    Channels channels;
    Door door;
    auto owned = std::make_shared<int>(1);
    std::atomic<bool> left{false};
    ASSERT_OK_AND_ASSIGN(Subscription subscription,
                         SubscribeBy(how, channels, "c", [&, owned](const Message&) {
                           door.Pass();
                           left = true;
                         }));
    std::thread publisher([&] { ASSERT_OK(channels.Publish("c", "")); });
    door.AwaitArrivals(1);
    std::thread opener([&] { door.Open(); });
    subscription.Unsubscribe();
    EXPECT_TRUE(left);
    EXPECT_EQ(owned.use_count(), 1);
    opener.join();
    publisher.join();
    EXPECT_THAT(channels.Publish("c", ""), IsOkAndHolds(0u));
    subscription.Unsubscribe();  // once more does nothing
  }
}

TEST(EndTest, AHandlerEndsItsOwnSubscription) {
  for (const How how : kAllHows) {
    Channels channels;
    Collector collector;
    auto owned = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = owned;
    auto subscription = std::make_unique<std::optional<Subscription>>();
    std::optional<Subscription>* const mine = subscription.get();
    ASSERT_OK_AND_ASSIGN(*subscription,
                         SubscribeBy(how, channels, "c", [&, mine, owned](const Message& message) {
                           mine->reset();
                           collector.Add(message);
                         }));
    owned.reset();
    ASSERT_OK(channels.Publish("c", "1"));
    collector.Await(1);
    while (!watched.expired()) std::this_thread::yield();  // its thread is about to leave it
    EXPECT_EQ(collector.size(), 1u);
  }
}

TEST(EndTest, AHandlerMayOwnItsSubscription) {
  for (const How how : kAllHows) {
    Channels channels;
    auto holder = std::make_shared<std::optional<Subscription>>();
    const std::weak_ptr<std::optional<Subscription>> watched = holder;
    Door came;
    came.Open();
    ASSERT_OK_AND_ASSIGN(
        *holder, SubscribeBy(how, channels, "c", [holder, &came](const Message&) { came.Pass(); }));
    holder.reset();
    ASSERT_OK(channels.Publish("c", ""));
    came.AwaitArrivals(1);
    watched.lock()->value().Unsubscribe();  // the handler goes, and with it the subscription
    while (!watched.expired()) std::this_thread::yield();
  }
}

TEST(EndTest, SubscriptionsMayOutliveTheChannels) {
  for (const How how : kAllHows) {
    auto channels = std::make_unique<Channels>();
    Collector collector;
    ASSERT_OK_AND_ASSIGN(Subscription subscription,
                         SubscribeBy(how, *channels, "c", collector.Handler()));
    ASSERT_OK(channels->Publish("c", "1"));
    channels.reset();
    EXPECT_THAT(subscription.status(), StatusIs(absl::StatusCode::kCancelled));
    EXPECT_LE(collector.size(), 1u);
    subscription.Unsubscribe();
  }
  std::optional<Channels> channels(std::in_place);
  ASSERT_OK_AND_ASSIGN(Subscription polled, channels->Subscribe("c"));
  ASSERT_OK(channels->Publish("c", "1"));
  channels.reset();
  Message message;
  EXPECT_THAT(polled.Next(&message), StatusIs(absl::StatusCode::kCancelled));
}

TEST(EndTest, ChannelsMayBeDestroyedByAHandler) {
  for (const How how : {How::kPooled, How::kOneWorker, How::kWorkers}) {
    auto channels = std::make_unique<Channels>();
    Channels* const published = channels.get();
    Door subscribed, gone;
    gone.Open();
    ASSERT_OK_AND_ASSIGN(Subscription subscription,
                         SubscribeBy(how, *channels, "c", [&](const Message&) {
                           subscribed.Pass();
                           channels.reset();
                           gone.Pass();
                         }));
    ASSERT_OK(published->Publish("c", ""));
    subscribed.Open();
    gone.AwaitArrivals(1);
    EXPECT_THAT(subscription.status(), StatusIs(absl::StatusCode::kCancelled));
  }
}

TEST(EndTest, DestroyingChannelsLetsEveryoneGoWhoWaits) {
  ManualClock clock;
  ChannelsOptions options;
  options.clock = &clock;
  auto channels = std::make_unique<Channels>(options);
  SubscribeOptions full;
  full.queue_messages = 1;
  full.overflow = Overflow::kBlock;
  ASSERT_OK_AND_ASSIGN(Subscription stalled, channels->Subscribe("stalled", full));
  ASSERT_OK(channels->Publish("stalled", "1"));
  SubscribeOptions worker;
  worker.workers = 1;
  Door publishes, asks;
  publishes.Open();
  asks.Open();
  ASSERT_OK_AND_ASSIGN(Subscription blocked, channels->Subscribe("a", worker, [&](const Message&) {
    publishes.Pass();
    EXPECT_THAT(channels->Publish("stalled", "2"), IsOkAndHolds(0u));
  }));
  ASSERT_OK_AND_ASSIGN(Subscription asking, channels->Subscribe("b", worker, [&](const Message&) {
    asks.Pass();
    channels->Request("quiet", "", absl::Hours(1)).status().IgnoreError();
  }));
  ASSERT_OK_AND_ASSIGN(Subscription quiet, channels->Subscribe("quiet"));
  ASSERT_OK(channels->Publish("a", ""));
  ASSERT_OK(channels->Publish("b", ""));
  publishes.AwaitArrivals(1);
  asks.AwaitArrivals(1);
  clock.BlockUntilWaiting(1);
  // Its pointer stays, as handlers go through it until they are let go.
  channels->~Channels();
  ::operator delete(channels.release());
}

TEST(EndTest, SubscribingWhileChannelsAreDestroyedIsRefused) {
  auto channels = std::make_unique<Channels>();
  std::optional<absl::Status> refused;
  Door started;
  SubscribeOptions worker;
  worker.workers = 1;
  std::optional<Subscription> subscription;
  ASSERT_OK_AND_ASSIGN(subscription, channels->Subscribe("c", worker, [&](const Message&) {
    started.Pass();
    while (subscription->status().ok()) std::this_thread::yield();
    refused = channels->Subscribe("d").status();
  }));
  started.Open();
  ASSERT_OK(channels->Publish("c", ""));
  started.AwaitArrivals(1);
  channels->~Channels();
  ::operator delete(channels.release());
  EXPECT_THAT(*refused, StatusIs(absl::StatusCode::kCancelled));
}

TEST(EndTest, MovingASubscriptionEndsTheOneThatItReplaces) {
  Channels channels;
  ASSERT_OK_AND_ASSIGN(Subscription a, channels.Subscribe("a"));
  ASSERT_OK_AND_ASSIGN(Subscription b, channels.Subscribe("b"));
  a = std::move(b);
  EXPECT_EQ(channels.CountSubscribers("a"), 0u);
  EXPECT_EQ(channels.CountSubscribers("b"), 1u);
  a = Subscription();
  EXPECT_EQ(channels.CountSubscribers("b"), 0u);
}

}  // namespace
}  // namespace evlog
