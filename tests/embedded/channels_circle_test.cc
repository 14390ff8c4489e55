// Handlers that end each other: who would wait in a circle does not wait, and nobody else.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "evlog/channels.h"
#include "log/base/mutex.h"
#include "tests/embedded/collector.h"
#include "tests/embedded/how.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

// Handlers that meet, do what they are there for, and leave.
class Actors {
 public:
  explicit Actors(size_t count) : actors_(count) {}
  ~Actors() {
    for (std::thread& thread : publishers_) thread.join();
  }

  // Subscribes to the channel of that number. The handler does `act` once the door is open.
  void Subscribe(size_t number, How how, Channels& channels, std::function<void()> act) {
    Actor& actor = actors_[number];
    ASSERT_OK_AND_ASSIGN(actor.subscription,
                         SubscribeBy(how, channels, std::to_string(number),
                                     [this, &actor, act = std::move(act),
                                      farewell = std::make_unique<Farewell>(this)](const Message&) {
                                       ++actor.inside;
                                       door_.Pass();
                                       act();
                                       --actor.inside;
                                     }));
  }

  // Publishes so many messages to each, from threads of their own, and lets them act.
  void Play(Channels& channels, int messages = 1) {
    for (size_t i = 0; i < actors_.size(); ++i) {
      for (int n = 0; n < messages; ++n) {
        publishers_.emplace_back(
            [&channels, i] { channels.Publish(std::to_string(i), "").IgnoreError(); });
      }
    }
    Act(static_cast<int>(actors_.size()) * messages);
  }
  // Lets them act once so many are there, and waits until all handlers are destroyed.
  void Act(int arrivals) {
    door_.AwaitArrivals(arrivals);
    door_.Open();
    MutexLock lock(mu_);
    while (destroyed_ < actors_.size()) changed_.Wait(mu_);
  }

  // Ends the subscription, and answers whether its handler had been left then.
  bool End(size_t number) {
    actors_[number].subscription.Unsubscribe();
    return !IsInside(number);
  }
  bool IsInside(size_t number) const { return actors_[number].inside != 0; }
  Subscription& subscription(size_t number) { return actors_[number].subscription; }
  Door& door() { return door_; }

 private:
  struct Actor {
    Subscription subscription;
    std::atomic<int> inside{0};
  };
  // Owned by a handler: says that it is destroyed.
  class Farewell {
   public:
    explicit Farewell(Actors* actors) : actors_(actors) {}
    ~Farewell() {
      MutexLock lock(actors_->mu_);
      ++actors_->destroyed_;
      actors_->changed_.NotifyAll();
    }

   private:
    Actors* const actors_;
  };

  std::vector<Actor> actors_;
  Door door_;
  std::vector<std::thread> publishers_;
  Mutex mu_;
  CondVar changed_;
  size_t destroyed_ ABSL_GUARDED_BY(mu_) = 0;
};

TEST(CircleTest, TwoHandlersEndEachOther) {
  for (const How first : kAllHows) {
    for (const How second : kAllHows) {
      SCOPED_TRACE(std::to_string(static_cast<int>(first)) + " and " +
                   std::to_string(static_cast<int>(second)));
      Channels channels;
      std::atomic<int> waited{0};
      Actors actors(2);
      actors.Subscribe(0, first, channels, [&] { waited += actors.End(1); });
      actors.Subscribe(1, second, channels, [&] { waited += actors.End(0); });
      actors.Play(channels);
      EXPECT_EQ(waited, 1) << "one has closed the circle";
    }
  }
}

TEST(CircleTest, HandlersEndEachOtherInALongCircle) {
  constexpr size_t kActors = 5;
  for (const size_t count : {size_t{3}, kActors}) {
    for (const How how : kAllHows) {
      Channels channels;
      std::atomic<size_t> waited{0};
      Actors actors(count);
      for (size_t i = 0; i < count; ++i) {
        actors.Subscribe(i, how, channels, [&, i] { waited += actors.End((i + 1) % count); });
      }
      actors.Play(channels);
      EXPECT_EQ(waited, count - 1);
    }
  }
}

TEST(CircleTest, ALineOfHandlersIsWaitedFor) {
  constexpr size_t kCount = 4;
  for (const How how : kAllHows) {
    Channels channels;
    std::atomic<size_t> waited{0};
    Actors actors(kCount);
    for (size_t i = 0; i + 1 < kCount; ++i) {
      actors.Subscribe(i, how, channels, [&, i] { waited += actors.End(i + 1); });
    }
    // So long that the others are waiting.
    actors.Subscribe(kCount - 1, how, channels, [&] {
      for (size_t i = 1; i < kCount; ++i) {
        while (actors.subscription(i).status().ok()) std::this_thread::yield();
      }
      for (int i = 0; i < 100; ++i) std::this_thread::yield();
    });
    std::thread from_outside([&] {
      actors.door().AwaitArrivals(kCount);
      EXPECT_TRUE(actors.End(0));
    });
    actors.Play(channels);
    from_outside.join();
    EXPECT_EQ(waited, kCount - 1);
  }
}

TEST(CircleTest, AllWorkersOfTwoSubscriptionsEndTheOther) {
  Channels channels;
  std::atomic<int> calls{0};
  Actors actors(2);
  for (const size_t i : {size_t{0}, size_t{1}}) {
    actors.Subscribe(i, How::kWorkers, channels, [&, i] {
      actors.End(1 - i);
      ++calls;
    });
  }
  actors.Play(channels, kManyWorkers);
  EXPECT_EQ(calls, 2 * kManyWorkers);
}

// The thread that waits is in the handler that the other one ends, but further out.
TEST(CircleTest, HandlersWithinHandlersCount) {
  for (const How outer : kAllHows) {
    Channels channels, others;
    std::atomic<int> waited{0};
    Actors actors(2);
    ASSERT_OK_AND_ASSIGN(
        const Subscription inner,
        others.SubscribeInline("inner", [&](const Message&) { waited += actors.End(1); }));
    actors.Subscribe(0, outer, channels, [&] { ASSERT_OK(others.Publish("inner", "")); });
    actors.Subscribe(1, How::kOneWorker, channels, [&] { waited += actors.End(0); });
    actors.Play(channels);
    EXPECT_EQ(waited, 1);
  }
}

// Held by a handler: when that one is destroyed, ends a subscription.
struct EndsWhenDestroyed {
  explicit EndsWhenDestroyed(std::function<void()> what) : end(std::move(what)) {}
  ~EndsWhenDestroyed() { end(); }
  std::function<void()> end;
};

TEST(CircleTest, WhatAHandlerOwnsEndsTheHandlerThatEndsIt) {
  for (const How how : kAllHows) {
    Channels channels;
    std::atomic<int> waited{0};
    std::atomic<bool> gone{false};
    Actors actors(1);
    auto owner = std::make_unique<std::optional<Subscription>>();
    auto ends = std::make_shared<EndsWhenDestroyed>([&] {
      actors.door().Pass();
      waited += actors.End(0);
      gone = true;
    });
    ASSERT_OK_AND_ASSIGN(
        *owner, SubscribeBy(how, channels, "owner", [ends = std::move(ends)](const Message&) {}));
    actors.Subscribe(0, how, channels, [&] {
      (*owner)->Unsubscribe();
      waited += gone;
    });
    std::thread from_outside([&] { (*owner)->Unsubscribe(); });
    actors.door().AwaitArrivals(1);  // the owner's handler is being destroyed
    std::thread publisher([&] { ASSERT_OK(channels.Publish("0", "")); });
    actors.Act(2);
    from_outside.join();
    publisher.join();
    EXPECT_EQ(waited, 1);
  }
}

TEST(CircleTest, TwoHandlersMoveOverEachOther) {
  for (const How how : kAllHows) {
    Channels channels;
    Actors actors(2);
    actors.Subscribe(0, how, channels, [&] { actors.subscription(1) = Subscription(); });
    actors.Subscribe(1, how, channels, [&] { actors.subscription(0) = Subscription(); });
    actors.Play(channels);
  }
}

// Destroying Channels is not given up for who only ends a subscription.
TEST(CircleTest, ChannelsThatAHandlerDestroysWaitForTheHandlerThatEndsIt) {
  const int rounds = static_cast<int>(SoakOr(500, 20));
  for (const How how : {How::kPooled, How::kOneWorker, How::kWorkers}) {
    for (int round = 0; round < rounds; ++round) {
      for (const bool ends_itself : {false, true}) {
        auto channels = std::make_unique<Channels>();
        Actors actors(2);
        std::atomic<bool> waited{false};
        actors.Subscribe(0, how, *channels, [&] {
          channels.reset();
          waited = !actors.IsInside(1);
        });
        actors.Subscribe(1, how, *channels, [&, of = channels.get()] {
          if (ends_itself) actors.End(1);  // the hub knows it no longer
          actors.End(0);
          of->Publish("nobody", "").IgnoreError();
        });
        for (const char* channel : {"0", "1"}) ASSERT_OK(channels->Publish(channel, ""));
        actors.Act(2);
        EXPECT_TRUE(waited);
      }
    }
  }
}

TEST(CircleTest, HandlersDestroyEachOthersChannels) {
  for (const How how : {How::kPooled, How::kOneWorker, How::kWorkers}) {
    std::unique_ptr<Channels> channels[] = {std::make_unique<Channels>(),
                                            std::make_unique<Channels>()};
    Actors actors(2);
    for (const size_t i : {size_t{0}, size_t{1}}) {
      actors.Subscribe(i, how, *channels[i], [&, i] { channels[1 - i].reset(); });
      ASSERT_OK(channels[i]->Publish(std::to_string(i), ""));
    }
    actors.Act(2);
  }
}

// Everybody ends somebody, from within handlers and from outside, while messages fly.
TEST(CircleTest, HandlersEndAnyOthersWhileMessagesFly) {
  constexpr size_t kSubscriptions = 8, kPublishers = 2;
  const uint64_t rounds = SoakOr(4000, 100);
  const uint64_t seed = TestSeed(7);
  for (uint64_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed + round));
    Rng rng(seed + round);
    Subscription subscriptions[kSubscriptions];
    std::atomic<int> inside[kSubscriptions] = {};
    std::vector<std::weak_ptr<int>> watched;
    std::string described;
    {
      Channels channels;
      for (size_t i = 0; i < kSubscriptions; ++i) {
        const size_t victims[] = {rng.Below(kSubscriptions), rng.Below(kSubscriptions)};
        const uint64_t after = rng.Below(4);
        const auto owned = std::make_shared<int>(0);
        watched.push_back(owned);
        const How how = kAllHows[rng.Below(std::size(kAllHows))];
        described += fmt::format("{}: way {}, after {} messages ends {} and {}; ", i,
                                 static_cast<int>(how), after, victims[0], victims[1]);
        ASSERT_OK_AND_ASSIGN(
            subscriptions[i],
            SubscribeBy(how, channels, "c",
                        [&, i, victims, after, owned,
                         heard = std::make_shared<std::atomic<uint64_t>>(0)](const Message&) {
                          ++inside[i];
                          if ((*heard)++ >= after) {
                            for (const size_t victim : victims) {
                              subscriptions[victim].Unsubscribe();
                            }
                          }
                          --inside[i];
                        }));
      }
      std::vector<std::thread> threads;
      for (size_t t = 0; t < kPublishers; ++t) {
        threads.emplace_back([&] {
          for (int n = 0; n < 20; ++n) ASSERT_OK(channels.Publish("c", ""));
        });
      }
      const size_t ended = rng.Below(kSubscriptions);
      subscriptions[ended].Unsubscribe();
      EXPECT_EQ(inside[ended], 0);
      EXPECT_EQ(watched[ended].use_count(), 0) << described << "ended " << ended;
      for (std::thread& thread : threads) thread.join();
    }
    for (const std::atomic<int>& each : inside) EXPECT_EQ(each, 0);
    for (const std::weak_ptr<int>& each : watched) EXPECT_TRUE(each.expired());
  }
}

}  // namespace
}  // namespace evlog
