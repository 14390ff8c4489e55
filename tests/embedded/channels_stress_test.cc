// Many threads at once; under ThreadSanitizer above all. And what ten thousand handlers cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "evlog/channels.h"
#include "tests/embedded/collector.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

// Checks that each publisher's messages, "thread number", come in order.
class InOrder {
 public:
  void operator()(const Message& message) {
    const std::string payload(message.payload());
    const size_t blank = payload.find(' ');
    const int number = std::stoi(payload.substr(blank + 1));
    int& last = last_[payload.substr(0, blank)];
    EXPECT_LT(last, number);
    last = number;
  }

 private:
  std::map<std::string, int> last_;
};

TEST(StressTest, SubscriptionsComeAndGoWhileMessagesFly) {
  constexpr int kPublishers = 3, kSubscribers = 4;
  const int rounds = static_cast<int>(SoakOr(2000, 60));
  Channels channels;
  std::atomic<bool> stop{false};
  std::vector<std::thread> publishers, subscribers;
  for (int t = 0; t < kPublishers; ++t) {
    publishers.emplace_back([&, t] {
      int number = 0;
      const auto text = [&] { return std::to_string(t) + " " + std::to_string(++number); };
      while (!stop) {
        ASSERT_OK(channels.Publish("a", text()));
        ASSERT_OK(channels.Publish("b", text() + std::string(200, ' ')));
        const std::string one = text(), two = text();
        const std::vector<std::string_view> batch = {one, two};
        ASSERT_OK(channels.PublishBatch("a", batch));
      }
    });
  }
  const uint64_t seed = TestSeed(42);
  for (int t = 0; t < kSubscribers; ++t) {
    subscribers.emplace_back([&, t] {
      Rng rng(seed + static_cast<uint64_t>(t));
      for (int round = 0; round < rounds; ++round) {
        SubscribeOptions options;
        options.queue_messages = 1 + rng.Below(64);
        options.workers = static_cast<int>(rng.Below(2));
        options.overflow = static_cast<Overflow>(rng.Below(options.workers == 0 ? 3 : 4));
        const Topic topic = rng.Percent(50) ? Topic("a") : Topic::Pattern("[ab]");
        const auto order = std::make_shared<InOrder>();
        std::atomic<int> heard{0};
        const auto handler = [order, &heard](const Message& message) {
          (*order)(message);
          ++heard;
        };
        if (rng.Percent(70)) {
          ASSERT_OK_AND_ASSIGN(Subscription one, channels.Subscribe(topic, options, handler));
          if (rng.Percent(80)) {
            while (heard < 20 && one.status().ok()) std::this_thread::yield();
          }
        } else {
          options.workers = 0;
          ASSERT_OK_AND_ASSIGN(Subscription one, channels.Subscribe(topic, options));
          Message message;
          while (heard < 20) {
            const absl::StatusOr<bool> next = one.Next(&message, absl::InfiniteFuture());
            if (!next.ok()) break;  // disconnected
            handler(message);
          }
        }
      }
    });
  }
  for (std::thread& thread : subscribers) thread.join();
  stop = true;
  for (std::thread& thread : publishers) thread.join();
}

TEST(StressTest, NothingIsLostOrTwiceUnderBlock) {
  constexpr int kPublishers = 3;
  const int messages = static_cast<int>(SoakOr(300000, 5000));
  Channels channels;
  SubscribeOptions options;
  options.overflow = Overflow::kBlock;
  options.queue_messages = 32;
  options.workers = 1;
  std::vector<Subscription> subscriptions;
  std::vector<Collector> collectors(3);
  for (Collector& collector : collectors) {
    ASSERT_OK_AND_ASSIGN(Subscription one, channels.Subscribe("c", options, collector.Handler()));
    subscriptions.push_back(std::move(one));
  }
  std::vector<std::thread> publishers;
  for (int t = 0; t < kPublishers; ++t) {
    publishers.emplace_back([&, t] {
      for (int i = 0; i < messages; ++i) {
        EXPECT_THAT(channels.Publish("c", std::to_string(t) + " " + std::to_string(i + 1)),
                    IsOkAndHolds(3u));
      }
    });
  }
  for (std::thread& thread : publishers) thread.join();
  for (Collector& collector : collectors) {
    const size_t total = static_cast<size_t>(kPublishers * messages);
    const std::vector<Message> all = collector.AwaitMessages(total);
    EXPECT_EQ(all.size(), total);
    InOrder order;
    for (const Message& message : all) order(message);
  }
}

TEST(StressTest, ChannelsEndWhileHandlersRun) {
  for (int round = 0; round < static_cast<int>(SoakOr(2000, 50)); ++round) {
    std::vector<Subscription> outliving;
    std::atomic<int> inside{0};
    {
      Channels channels;
      for (int i = 0; i < 6; ++i) {
        SubscribeOptions options;
        options.workers = i % 3;
        const auto handler = [&](const Message& message) {
          ++inside;
          if (message.payload().size() < 20) {
            channels.Publish("c", std::string(message.payload()) + "x").IgnoreError();
          }
          --inside;
        };
        ASSERT_OK_AND_ASSIGN(Subscription one, channels.Subscribe("c", options, handler));
        if (i % 2 == 0) outliving.push_back(std::move(one));
        ASSERT_OK(channels.Publish("c", ""));
      }
    }
    EXPECT_EQ(inside, 0);
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Of this process, in bytes.
size_t ResidentBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "RssAnon:") continue;
    size_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes << 10;
  }
  return 0;
}

TEST(StressTest, TenThousandHandlersTakeLittleMemory) {
  constexpr size_t kHandlers = 10000, kBytesMax = 20'000'000;
  const size_t before = ResidentBytes();
  if (before == 0) GTEST_SKIP() << "no /proc/self/status";
  Channels channels;
  std::atomic<size_t> heard{0};
  std::vector<Subscription> subscriptions;
  for (size_t i = 0; i < kHandlers; ++i) {
    ASSERT_OK_AND_ASSIGN(Subscription one,
                         channels.Subscribe("device." + std::to_string(i), {},
                                            [&heard](const Message&) { ++heard; }));
    subscriptions.push_back(std::move(one));
  }
  for (size_t i = 0; i < kHandlers; ++i) {
    EXPECT_THAT(channels.Publish("device." + std::to_string(i), std::string(100, 'x')),
                IsOkAndHolds(1u));
  }
  while (heard != kHandlers) std::this_thread::yield();
  const size_t bytes = ResidentBytes() - before;
  std::fprintf(stderr, "%zu handlers: %zu bytes, %zu each\n", kHandlers, bytes, bytes / kHandlers);
  EXPECT_LE(bytes, kBytesMax);
}
#endif

}  // namespace
}  // namespace evlog
