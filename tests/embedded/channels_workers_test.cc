// Handlers on threads of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "evlog/channels.h"
#include "tests/embedded/collector.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

SubscribeOptions Workers(int workers) {
  SubscribeOptions options;
  options.workers = workers;
  options.overflow = Overflow::kBlock;
  return options;
}

std::string_view KeyOf(const Message& message) { return message.payload().substr(0, 1); }

TEST(WorkersTest, OneKeepsTheOrder) {
  for (const Wait wait : {Wait::kPark, Wait::kYield, Wait::kSpin}) {
    Channels channels;
    Collector collector;
    SubscribeOptions options = Workers(1);
    options.wait = wait;
    ASSERT_OK_AND_ASSIGN(Subscription one, channels.Subscribe("c", options, collector.Handler()));
    for (int i = 0; i < 5000; ++i) ASSERT_OK(channels.Publish("c", std::to_string(i)));
    const std::vector<std::string> payloads = collector.Await(5000);
    for (int i = 0; i < 5000; ++i) ASSERT_EQ(payloads[i], std::to_string(i));
  }
}

TEST(WorkersTest, SeveralRunAtOnce) {
  Channels channels;
  Door door;
  ASSERT_OK_AND_ASSIGN(Subscription four,
                       channels.Subscribe("c", Workers(4), [&](const Message&) { door.Pass(); }));
  for (int i = 0; i < 4; ++i) ASSERT_OK(channels.Publish("c", ""));
  door.AwaitArrivals(4);
  door.Open();
}

TEST(WorkersTest, SeveralGetEverythingOnce) {
  Channels channels;
  std::vector<std::atomic<int>> seen(20000);
  std::atomic<int> left{20000};
  Door done;
  ASSERT_OK_AND_ASSIGN(Subscription four,
                       channels.Subscribe("c", Workers(4), [&](const Message& m) {
                         seen[std::stoi(std::string(m.payload()))]++;
                         if (--left == 0) done.Pass();
                       }));
  done.Open();
  for (int i = 0; i < 20000; ++i) ASSERT_OK(channels.Publish("c", std::to_string(i)));
  done.AwaitArrivals(1);
  for (const std::atomic<int>& count : seen) ASSERT_EQ(count, 1);
  EXPECT_EQ(four.stats().delivered, 20000u);
}

TEST(WorkersTest, EqualKeysAreHandledInOrderAndOneAtATime) {
  Channels channels;
  constexpr int kKeys = 5, kMessages = 4000;
  std::array<std::atomic<int>, kKeys> next{}, inside{};
  std::atomic<int> left{kKeys * kMessages};
  Door done;
  done.Open();
  SubscribeOptions options = Workers(4);
  options.order_key = KeyOf;
  ASSERT_OK_AND_ASSIGN(Subscription four, channels.Subscribe("c", options, [&](const Message& m) {
    const int key = m.payload()[0] - 'a';
    EXPECT_EQ(inside[key].fetch_add(1), 0);
    EXPECT_EQ(next[key].fetch_add(1), std::stoi(std::string(m.payload().substr(1))));
    inside[key].fetch_sub(1);
    if (--left == 0) done.Pass();
  }));
  for (int i = 0; i < kMessages; ++i) {
    for (int key = 0; key < kKeys; ++key) {
      ASSERT_OK(
          channels.Publish("c", std::string(1, static_cast<char>('a' + key)) + std::to_string(i)));
    }
  }
  done.AwaitArrivals(1);
}

TEST(WorkersTest, ASlowKeyDoesNotHoldUpOthers) {
  Channels channels;
  Door door;
  Collector others;
  SubscribeOptions options = Workers(2);
  options.order_key = KeyOf;
  ASSERT_OK_AND_ASSIGN(Subscription two, channels.Subscribe("c", options, [&](const Message& m) {
    if (m.payload() == "slow") {
      door.Pass();
    } else if (m.payload()[0] != 's') {
      others.Add(m);
    }
  }));
  ASSERT_OK(channels.Publish("c", "slow"));
  door.AwaitArrivals(1);
  for (int i = 0; i < 100; ++i) {
    ASSERT_OK(channels.Publish("c", "s waits for its key"));
    ASSERT_OK(channels.Publish("c", "other"));
  }
  EXPECT_EQ(others.Await(100).size(), 100u);
  door.Open();
}

TEST(WorkersTest, SkipDuplicatesTogether) {
  Channels channels;
  SubscribeOptions options = Workers(3);
  options.duplicate_window = 100;
  Collector collector;
  ASSERT_OK_AND_ASSIGN(Subscription three, channels.Subscribe("c", options, collector.Handler()));
  for (int i = 0; i < 300; ++i) ASSERT_OK(channels.Publish("c", std::to_string(i / 3)));
  std::vector<std::string> payloads = collector.Await(100);
  three.Unsubscribe();
  std::sort(payloads.begin(), payloads.end());
  EXPECT_EQ(std::unique(payloads.begin(), payloads.end()), payloads.end());
  EXPECT_EQ(collector.size(), 100u);
}

}  // namespace
}  // namespace evlog
