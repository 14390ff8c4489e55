// Random subscribing, publishing, polling and unsubscribing, compared with a plain model after each
// step. One thread, so that every answer is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "evlog/channels.h"
#include "log/base/glob.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

struct Expected {
  std::string channel, payload;
};

// A polled subscription and what it must give. Its queue is so small that nothing is taken ahead.
struct Modelled {
  Subscription subscription;
  Topic::Kind kind;
  std::string name;
  size_t bound;
  Overflow overflow;
  std::deque<Expected> queue = {};
  bool disconnected = false;

  bool Matches(const std::string& channel, bool sharded) const {
    switch (kind) {
      case Topic::Kind::kChannel:
        return !sharded && channel == name;
      case Topic::Kind::kSharded:
        return sharded && channel == name;
      case Topic::Kind::kPattern:
        break;
    }
    return !sharded && GlobMatch(name, channel);
  }

  // How many of them it receives: 0 or 1.
  size_t Receive(const std::string& channel, const std::string& payload) {
    if (disconnected) return 0;
    if (queue.size() == bound) {
      if (overflow == Overflow::kDisconnect) disconnected = true;
      if (overflow != Overflow::kDropOldest) return 0;
      queue.pop_front();
    }
    queue.push_back({channel, payload});
    return 1;
  }
};

class ModelRun {
 public:
  explicit ModelRun(uint64_t seed) : rng_(seed) {}

  void Steps(int count) {
    for (int i = 0; i < count && !::testing::Test::HasFatalFailure(); ++i) {
      const uint64_t kind = rng_.Below(10);
      if (kind < 2) {
        Subscribe();
      } else if (kind < 3) {
        Unsubscribe();
      } else if (kind < 7) {
        Publish();
      } else {
        Poll();
      }
    }
    CheckCounts();
  }

 private:
  std::string Name() {
    std::string name;
    for (uint64_t left = rng_.Below(4); left != 0; --left) name += rng_.Percent(50) ? 'a' : 'b';
    return name;
  }

  void Subscribe() {
    if (subscriptions_.size() > 40) return Unsubscribe();
    Topic topic("");
    std::string name = Name();
    const uint64_t kind = rng_.Below(3);
    if (kind == 0) name.insert(rng_.Below(name.size() + 1), rng_.Percent(50) ? "*" : "?");
    topic = kind == 0 ? Topic::Pattern(name) : kind == 1 ? Topic::Sharded(name) : Topic(name);
    SubscribeOptions options;
    options.queue_messages = 1 + rng_.Below(15);
    options.overflow = static_cast<Overflow>(rng_.Below(3));
    ASSERT_OK_AND_ASSIGN(Subscription subscription, channels_.Subscribe(topic, options));
    subscriptions_.push_back(
        {std::move(subscription), topic.kind, name, options.queue_messages, options.overflow});
  }

  void Unsubscribe() {
    if (subscriptions_.empty()) return;
    subscriptions_.erase(subscriptions_.begin() +
                         static_cast<std::ptrdiff_t>(rng_.Below(subscriptions_.size())));
  }

  void Publish() {
    const std::string channel = Name();
    PublishOptions options;
    options.sharded = rng_.Percent(30);
    std::vector<std::string> payloads(rng_.Percent(60) ? 1 : 1 + rng_.Below(20));
    for (std::string& payload : payloads) payload = rng_.Bytes(rng_.Skewed(8));
    size_t received = 0;
    for (Modelled& one : subscriptions_) {
      if (!one.Matches(channel, options.sharded)) continue;
      for (const std::string& payload : payloads) received += one.Receive(channel, payload);
    }
    const std::vector<std::string_view> views(payloads.begin(), payloads.end());
    ASSERT_THAT(channels_.PublishBatch(channel, views, options), IsOkAndHolds(received));
  }

  void Poll() {
    if (subscriptions_.empty()) return;
    Modelled& one = subscriptions_[rng_.Below(subscriptions_.size())];
    Message message;
    for (uint64_t left = 1 + rng_.Below(10); left != 0; --left) {
      const absl::StatusOr<bool> next = one.subscription.Next(&message);
      if (one.queue.empty()) {
        if (one.disconnected) {
          ASSERT_THAT(next, StatusIs(absl::StatusCode::kResourceExhausted));
        } else {
          ASSERT_THAT(next, IsOkAndHolds(false));
        }
        return;
      }
      ASSERT_THAT(next, IsOkAndHolds(true));
      ASSERT_EQ(message.channel(), one.queue.front().channel);
      ASSERT_EQ(message.payload(), one.queue.front().payload);
      ASSERT_EQ(message.pattern(), one.kind == Topic::Kind::kPattern ? one.name : "");
      one.queue.pop_front();
      ASSERT_EQ(one.subscription.stats().queued, one.queue.size());
    }
  }

  void CheckCounts() {
    size_t connected = 0;
    for (const Modelled& one : subscriptions_) connected += one.disconnected ? 0 : 1;
    EXPECT_EQ(channels_.Subscriptions().size(), connected);
  }

  Rng rng_;
  Channels channels_;
  std::vector<Modelled> subscriptions_;
};

TEST(ChannelsModelTest, DoWhatAPlainModelDoes) {
  const uint64_t seed = TestSeed(1121);
  for (uint64_t i = 0; i < SoakOr(5000, 50); ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    ModelRun(seed + i).Steps(600);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace evlog
