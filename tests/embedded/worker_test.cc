#include "evlog/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "evlog/event_log.h"
#include "log/base/mutex.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

class WorkerTest : public ::testing::Test {
 protected:
  WorkerTest() {
    OpenOptions options;
    options.clock = &clock_;
    options.maintenance_interval = absl::InfiniteDuration();
    log_ = Open(temp_.Path("log"), options).value();
  }

  void Add(int count) {
    Stream stream = log_->OpenStream("s", {.durability = Durability::kOs}).value();
    Batch batch;
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(batch.Add({{"v", std::to_string(added_++)}}));
    }
    ASSERT_OK(stream.Append(std::move(batch)));
  }
  Group MakeGroup(const GroupOptions& options = {}) {
    return log_->CreateGroup("s", "g", options).value();
  }
  static std::string ValueOf(const Work& work) {
    return std::string((*work.entry.fields.begin()).value);
  }

  TempDir temp_;
  ManualClock clock_;
  std::unique_ptr<EventLog> log_;
  int added_ = 0;
};

TEST_F(WorkerTest, HandlesEachEntryAndAcknowledgesIt) {
  Add(500);
  Group group = MakeGroup();
  std::stop_source stop;
  Mutex mu;
  std::map<std::string, int> handled;
  Worker worker(group, {.consumer = "w", .threads = 4}, [&](const Work& work) {
    MutexLock lock(mu);
    ++handled[ValueOf(work)];
    if (handled.size() == 600) stop.request_stop();
    return Verdict::Ack();
  });
  std::thread later([&] { Add(100); });
  EXPECT_OK(worker.Run(stop.get_token()));
  later.join();
  EXPECT_THAT(handled, SizeIs(600));
  EXPECT_THAT(handled, Each(Pair(::testing::_, 1)));
  EXPECT_EQ(group.Describe()->lag, 0u);
  // What a thread had read and not begun when it was stopped is given back.
  EXPECT_EQ(group.Describe()->pending, group.Describe()->released);
}

TEST_F(WorkerTest, DoesWithAnEntryAsItsVerdictSays) {
  Add(3);
  Group group = MakeGroup({.dead_letters = "dead"});
  std::stop_source stop;
  std::map<std::string, uint32_t> acked;
  Worker worker(group, {.consumer = "w", .prefetch = 1}, [&](const Work& work) {
    const std::string value = ValueOf(work);
    if (value == "0" && work.deliveries < 3) return Verdict::Retry(absl::ZeroDuration());
    if (value == "1") return Verdict::Reject();
    acked[value] = work.deliveries;
    if (acked.size() == 2) stop.request_stop();
    return Verdict::Ack();
  });
  EXPECT_OK(worker.Run(stop.get_token()));
  EXPECT_EQ(acked, (std::map<std::string, uint32_t>{{"0", 3}, {"2", 1}}));
  EXPECT_EQ(group.Describe()->pending, 0u);
  EXPECT_EQ(log_->DescribeStream("dead")->entries, 1u);
}

TEST_F(WorkerTest, ASlowHandlerKeepsItsEntry) {
  Add(2);
  Group group = MakeGroup({.ack_wait = absl::Seconds(3)});
  std::stop_source stop, done;
  std::atomic<bool> handling = false;
  Worker worker(group, {.consumer = "slow"}, [&](const Work&) {
    handling = true;
    handling.notify_all();
    while (!done.stop_requested()) std::this_thread::yield();
    return Verdict::Ack();
  });
  std::thread running([&] { EXPECT_OK(worker.Run(stop.get_token())); });
  handling.wait(false);
  for (int second = 0; second < 10; ++second) {
    clock_.BlockUntilWaiting(1);  // who extends
    clock_.Advance(absl::Seconds(1));
    const absl::StatusOr<Deliveries> other = group.Read("other");
    ASSERT_OK(other);
    EXPECT_TRUE(other->empty()) << "after " << second + 1 << " s";
  }
  stop.request_stop();
  done.request_stop();
  running.join();
  EXPECT_EQ(group.ListPending({.consumer = "slow"})->size(), 0u);
}

TEST_F(WorkerTest, WhatItHasNotBegunIsGivenBackWhenItStops) {
  Add(5);
  Group group = MakeGroup();
  std::stop_source stop;
  Worker worker(group, {.consumer = "w"}, [&](const Work&) {
    stop.request_stop();
    return Verdict::Ack();
  });
  EXPECT_OK(worker.Run(stop.get_token()));
  EXPECT_EQ(group.Describe()->released, 4u);
  const absl::StatusOr<Deliveries> rest = group.Read("other");
  ASSERT_OK(rest);
  EXPECT_EQ(rest->size(), 4u);
  EXPECT_EQ(rest->runs[0].deliveries, 1u) << "to be given back is no delivery";
}

// Four threads, entries that fail at first: still each key's entries are handled one after the
// other.
TEST_F(WorkerTest, InAnOrderedGroupEachKeyKeepsItsOrder) {
  constexpr int kKeys = 20, kEach = 25;
  Stream stream = log_->OpenStream("s", {.partitions = 8, .durability = Durability::kOs}).value();
  Batch batch;
  for (int i = 0; i < kEach; ++i) {
    for (int key = 0; key < kKeys; ++key) {
      const std::string name = "key" + std::to_string(key);
      ASSERT_OK(batch.Add({{"v", std::to_string(i)}, {"key", name}}, {.key = name}));
    }
  }
  ASSERT_OK(stream.Append(std::move(batch)));
  Group group = MakeGroup({.order = GroupOptions::Order::kOrdered});
  std::stop_source stop;
  Mutex mu;
  std::map<std::string, std::vector<std::string>> handled;
  int acked = 0;
  Worker worker(group, {.consumer = "w", .threads = 4}, [&](const Work& work) {
    const std::string value = ValueOf(work);
    if (work.deliveries == 1 && value.back() == '3') return Verdict::Retry(absl::ZeroDuration());
    MutexLock lock(mu);
    handled[std::string(std::next(work.entry.fields.begin())->value)].push_back(value);
    if (++acked == kKeys * kEach) stop.request_stop();
    return Verdict::Ack();
  });
  EXPECT_OK(worker.Run(stop.get_token()));
  std::vector<std::string> in_order;
  for (int i = 0; i < kEach; ++i) in_order.push_back(std::to_string(i));
  EXPECT_THAT(handled, SizeIs(kKeys));
  EXPECT_THAT(handled, Each(Pair(::testing::_, in_order)));
  EXPECT_EQ(group.Describe()->pending, 0u);
}

TEST_F(WorkerTest, EndsWithTheErrorThatAThreadMeets) {
  Add(1);
  Group group = MakeGroup();
  std::atomic<bool> handled = false;
  Worker worker(group, {.consumer = "w", .threads = 3}, [&](const Work&) {
    handled = true;
    handled.notify_all();
    return Verdict::Ack();
  });
  std::thread running([&] {
    EXPECT_THAT(worker.Run({}), StatusIs(absl::StatusCode::kNotFound, HasSubstr("destroyed")));
  });
  handled.wait(false);
  ASSERT_OK(log_->DestroyGroup("s", "g"));
  running.join();
}

TEST_F(WorkerTest, OptionsThatCannotBeAreNamed) {
  Add(1);
  const auto run = [&](const WorkerOptions& options, const WorkHandler& handler) {
    return Worker(log_->OpenGroup("s", "g").value(), options, handler).Run({});
  };
  MakeGroup();
  const WorkHandler ack = [](const Work&) { return Verdict::Ack(); };
  const auto invalid = absl::StatusCode::kInvalidArgument;
  EXPECT_THAT(run({.consumer = "w", .threads = 0}, ack), StatusIs(invalid, HasSubstr("threads")));
  EXPECT_THAT(run({.consumer = "w", .prefetch = 0}, ack), StatusIs(invalid, HasSubstr("prefetch")));
  EXPECT_THAT(run({.consumer = "w"}, nullptr), StatusIs(invalid, HasSubstr("handler")));
  EXPECT_THAT(run({}, ack), StatusIs(invalid, HasSubstr("consumer")));
}

}  // namespace
}  // namespace evlog
