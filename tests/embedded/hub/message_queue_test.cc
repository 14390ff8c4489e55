#include "embedded/hub/message_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/rng.h"

namespace evlog::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Pushes and takes by payload alone.
class Queue {
 public:
  Queue(size_t messages, size_t bytes, Overflow overflow, bool frugal = false)
      : queue_({messages, bytes, overflow}, frugal, 0) {}
  ~Queue() { Forget(); }

  MessageQueue::Pushed Push(std::string_view payload, bool force = false) {
    MessageQueue::Pushed pushed;
    queue_.PushInline("", "", payload, force, &pushed);
    return pushed;
  }
  MessageQueue::Pushed PushAll(const std::vector<std::string>& payloads, bool force = false) {
    const std::vector<std::string_view> views(payloads.begin(), payloads.end());
    Block* const block = Block::Make("", "", views);
    MessageQueue::Pushed pushed;
    queue_.PushBlock(block, 0, force, &pushed);
    block->Unref();
    return pushed;
  }
  std::vector<std::string> Take(size_t most = 0) {
    bool room = false;
    std::vector<std::string> payloads;
    const size_t count = queue_.TakeMore(most, &taken_, &room);
    room_ |= room;
    Message message;
    while (taken_.Next(nullptr, &message)) payloads.emplace_back(message.payload());
    EXPECT_EQ(payloads.size(), count);
    return payloads;
  }
  std::vector<std::string> TakeAll() {
    std::vector<std::string> all;
    for (std::vector<std::string> run = Take(); !run.empty(); run = Take()) {
      all.insert(all.end(), run.begin(), run.end());
    }
    return all;
  }
  // Leaves what it took as it is.
  size_t Hold(size_t most) {
    bool room = false;
    return queue_.TakeMore(most, &taken_, &room);
  }
  void Forget() {
    taken_.Discard();
    queue_.Return(&taken_);
  }
  bool TakeRoom() { return std::exchange(room_, false); }
  MessageQueue* operator->() { return &queue_; }

 private:
  MessageQueue queue_;
  MessageQueue::Taken taken_;
  bool room_ = false;
};

TEST(MessageQueueTest, GivesMessagesBackInOrderWhateverTheirForm) {
  Queue queue(1000, 1 << 20, Overflow::kDropNewest);
  queue.Push("1");
  queue.PushAll({"2", "3", "4"});
  queue.Push("");
  queue.PushAll({std::string(5000, 'x')});
  EXPECT_EQ(queue->waiting(), 6u);
  EXPECT_THAT(queue.TakeAll(), ElementsAre("1", "2", "3", "4", "", std::string(5000, 'x')));
  EXPECT_EQ(queue->waiting(), 0u);
}

TEST(MessageQueueTest, SplitsABlockThatIsMoreThanOneTakes) {
  Queue queue(1000, 1 << 20, Overflow::kDropNewest);
  queue.PushAll({"1", "2", "3", "4", "5"});
  queue.Push("6");
  EXPECT_THAT(queue.Take(2), ElementsAre("1", "2"));
  EXPECT_THAT(queue.Take(2), ElementsAre("3", "4"));
  EXPECT_THAT(queue.Take(2), ElementsAre("5", "6"));
}

TEST(MessageQueueTest, TakesAnEighthAtATimeSoThatTheRestCanStillBeDropped) {
  Queue queue(16, 1 << 20, Overflow::kDropOldest);
  for (int i = 0; i < 16; ++i) queue.Push(std::to_string(i));
  EXPECT_THAT(queue.Take(), ElementsAre("0", "1"));
  queue.PushAll({"16", "17", "18"});
  EXPECT_THAT(queue.Take(), ElementsAre("3", "4"));
  EXPECT_EQ(queue->dropped(), 1u);
}

TEST(MessageQueueTest, DropsTheOldestMessages) {
  Queue queue(3, 1 << 20, Overflow::kDropOldest);
  queue.PushAll({"1", "2"});
  EXPECT_EQ(queue.Push("3").queued, 1u);
  EXPECT_EQ(queue.Push("4").queued, 1u);
  EXPECT_THAT(queue.TakeAll(), ElementsAre("2", "3", "4"));
  EXPECT_EQ(queue.PushAll({"5", "6", "7", "8", "9"}).queued, 5u);
  EXPECT_THAT(queue.TakeAll(), ElementsAre("7", "8", "9"));
  EXPECT_EQ(queue->dropped(), 3u);
}

TEST(MessageQueueTest, DropsTheNewestMessages) {
  Queue queue(3, 1 << 20, Overflow::kDropNewest);
  EXPECT_EQ(queue.PushAll({"1", "2"}).queued, 2u);
  EXPECT_EQ(queue.PushAll({"3", "4"}).queued, 1u);
  EXPECT_EQ(queue.Push("5").queued, 0u);
  EXPECT_THAT(queue.TakeAll(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(queue->dropped(), 2u);
}

TEST(MessageQueueTest, DisconnectsKeepingWhatItHas) {
  Queue queue(2, 1 << 20, Overflow::kDisconnect);
  EXPECT_FALSE(queue.PushAll({"1", "2"}).disconnected);
  EXPECT_TRUE(queue.Push("3").disconnected);
  EXPECT_TRUE(queue->closed());
  EXPECT_THAT(queue.TakeAll(), ElementsAre("1", "2"));
  EXPECT_EQ(queue.Push("4").queued, 0u);
  EXPECT_FALSE(queue.Push("4").disconnected) << "only the push that did it says so";
  EXPECT_FALSE(queue->Park());
}

TEST(MessageQueueTest, SaysWhenAPublisherMustWaitAndWhenThereIsRoom) {
  Queue queue(4, 1 << 20, Overflow::kBlock);
  const MessageQueue::Pushed pushed = queue.PushAll({"1", "2", "3", "4", "5"});
  EXPECT_EQ(pushed.queued, 4u);
  EXPECT_TRUE(pushed.full);
  EXPECT_TRUE(queue->MustWaitForRoom(1));
  EXPECT_THAT(queue.Take(1), ElementsAre("1"));
  EXPECT_FALSE(queue.TakeRoom()) << "less than half is free";
  EXPECT_THAT(queue.Take(1), ElementsAre("2"));
  EXPECT_TRUE(queue.TakeRoom());
  EXPECT_FALSE(queue->MustWaitForRoom(1));
  queue.Push("5");
  queue.Push("6");
  EXPECT_TRUE(queue.Push("7").full);
  EXPECT_FALSE(queue.Push("7", true).full);
  EXPECT_THAT(queue.TakeAll(), ElementsAre("3", "4", "5", "6", "7"));
  EXPECT_EQ(queue->dropped(), 0u);
}

TEST(MessageQueueTest, BoundsBytesAndTakesWhatIsLargerWhenItIsAlone) {
  Queue queue(100, 10, Overflow::kDropNewest);
  EXPECT_EQ(queue.Push("1234567").queued, 1u);
  EXPECT_EQ(queue.Push("8901").queued, 0u);
  EXPECT_EQ(queue.Push("890").queued, 1u);
  EXPECT_EQ(queue.TakeAll().size(), 2u);
  EXPECT_EQ(queue.PushAll({std::string(50, 'x'), "y"}).queued, 1u);
  EXPECT_EQ(queue.TakeAll().size(), 1u);
}

TEST(MessageQueueTest, WakesAParkedConsumerOnce) {
  Queue queue(100, 1 << 20, Overflow::kDropOldest);
  EXPECT_TRUE(queue->Park());
  EXPECT_EQ(queue.Push("1").wake, 1u);
  EXPECT_EQ(queue.Push("2").wake, 0u) << "it is on its way";
  queue->Unpark();
  EXPECT_FALSE(queue->Park()) << "there is something";
  EXPECT_EQ(queue.TakeAll().size(), 2u);
  EXPECT_TRUE(queue->Park());
  EXPECT_TRUE(queue->Park());
  EXPECT_EQ(queue.PushAll({"1", "2", "3"}).wake, 2u);
  queue->Unpark();
  queue->Unpark();
}

TEST(MessageQueueTest, ForgetsWhatWaitsWhenItIsClosed) {
  Queue queue(100, 1 << 20, Overflow::kDropOldest);
  queue.Push("1");
  queue.PushAll({"2", "3"});
  EXPECT_EQ(queue.Hold(1), 1u);
  EXPECT_EQ(queue->Close(true), 2u);
  EXPECT_EQ(queue->waiting(), 0u);
  EXPECT_EQ(queue.Push("4").queued, 0u);
  queue.Forget();
  EXPECT_THAT(queue.TakeAll(), IsEmpty());
}

TEST(MessageQueueTest, KeepsWhatIsTakenWhilePublishersAppend) {
  Queue queue(10000, 1 << 20, Overflow::kDropOldest, /*frugal=*/true);
  for (int i = 0; i < 5000; ++i) queue.Push("before " + std::to_string(i));
  std::vector<std::string> all;
  for (int i = 0; i < 200; ++i) {
    for (std::string& payload : queue.Take(10)) all.push_back(std::move(payload));
    queue.Push("after " + std::to_string(i));
  }
  for (std::string& payload : queue.TakeAll()) all.push_back(std::move(payload));
  ASSERT_EQ(all.size(), 5200u);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(all[i], "before " + std::to_string(i));
  for (int i = 0; i < 200; ++i) ASSERT_EQ(all[5000 + i], "after " + std::to_string(i));
}

// What a queue must do, written down as simply as it can be.
class ModelQueue {
 public:
  ModelQueue(size_t messages, size_t bytes, Overflow overflow)
      : messages_(messages), bytes_(bytes), overflow_(overflow) {}

  bool HasRoom(size_t bytes) const {
    return queue_.size() < messages_ && (queue_.empty() || sum_ + bytes <= bytes_);
  }
  // False when the rest of the batch is refused.
  bool Push(const std::string& payload) {
    if (closed_) return false;
    if (!HasRoom(payload.size())) {
      if (overflow_ == Overflow::kDropOldest) {
        while (!HasRoom(payload.size())) Pop(), ++dropped_;
      } else {
        if (overflow_ == Overflow::kDisconnect) closed_ = true;
        return false;
      }
    }
    queue_.push_back(payload);
    sum_ += payload.size();
    return true;
  }
  std::string Pop() {
    std::string payload = queue_.front();
    queue_.pop_front();
    sum_ -= payload.size();
    return payload;
  }
  void Drop(size_t n) { dropped_ += n; }
  size_t dropped() const { return dropped_; }
  bool empty() const { return queue_.empty(); }

 private:
  const size_t messages_, bytes_;
  const Overflow overflow_;
  std::deque<std::string> queue_;
  size_t sum_ = 0, dropped_ = 0;
  bool closed_ = false;
};

void RunModel(uint64_t seed, Overflow overflow) {
  SCOPED_TRACE("seed " + std::to_string(seed) + ", policy " +
               std::to_string(static_cast<int>(overflow)));
  Rng rng(seed);
  const size_t messages = 1 + rng.Skewed(9);
  const size_t bytes = 1 + rng.Skewed(14);
  Queue queue(messages, bytes, overflow, rng.Percent(50));
  ModelQueue model(messages, bytes, overflow);
  for (int step = 0; step < 400; ++step) {
    if (rng.Percent(40)) {
      for (const std::string& payload : queue.Take(rng.Skewed(6))) {
        ASSERT_FALSE(model.empty());
        ASSERT_EQ(payload, model.Pop());
      }
    } else {
      std::vector<std::string> batch(1 + (rng.Percent(50) ? 0 : rng.Skewed(7)));
      for (std::string& payload : batch) payload = rng.Bytes(rng.Skewed(8) % 120);
      const MessageQueue::Pushed pushed =
          batch.size() == 1 && rng.Percent(70) ? queue.Push(batch[0]) : queue.PushAll(batch);
      size_t queued = 0;
      while (queued < batch.size() && model.Push(batch[queued])) ++queued;
      if (overflow != Overflow::kBlock) {
        // A queue that was closed before drops nothing more that counts.
        if (!queue->closed() || pushed.disconnected) model.Drop(batch.size() - queued);
      }
      ASSERT_EQ(pushed.queued, queued);
      ASSERT_EQ(pushed.full, overflow == Overflow::kBlock && queued != batch.size());
    }
    ASSERT_EQ(queue->dropped(), model.dropped());
  }
  for (const std::string& payload : queue.TakeAll()) ASSERT_EQ(payload, model.Pop());
  EXPECT_TRUE(model.empty());
}

TEST(MessageQueueTest, DoesWhatAPlainQueueWouldDo) {
  const uint64_t seed = TestSeed(7);
  for (uint64_t i = 0; i < 100; ++i) {
    for (const Overflow overflow :
         {Overflow::kDropOldest, Overflow::kDropNewest, Overflow::kDisconnect, Overflow::kBlock}) {
      RunModel(seed + i, overflow);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace evlog::internal
