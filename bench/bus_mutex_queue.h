// What one writes first: a deque of strings for each subscriber, a mutex and two condition
// variables, as a bus (channel_work.h). A reader takes all there is at once.
#ifndef EVLOG_BENCH_BUS_MUTEX_QUEUE_H_
#define EVLOG_BENCH_BUS_MUTEX_QUEUE_H_

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/channel_work.h"
#include "log/base/status.h"

namespace evlog::bench {

class MutexQueueBus {
 public:
  explicit MutexQueueBus(const ChannelShape& shape) {
    for (int i = 0; i != shape.subscribers; ++i) queues_.push_back(std::make_unique<Queue>());
  }

  absl::Status Open() { return absl::OkStatus(); }

  absl::Status Publish(std::string_view payload) { return PublishBatch({&payload, 1}); }
  absl::Status PublishBatch(std::span<const std::string_view> payloads) {
    for (const std::unique_ptr<Queue>& queue : queues_) {
      std::unique_lock<std::mutex> lock(queue->mu);
      queue->room.wait(lock, [&] { return queue->messages.size() < kChannelQueueMessages; });
      for (const std::string_view payload : payloads) queue->messages.emplace_back(payload);
      lock.unlock();
      queue->some.notify_one();
    }
    return absl::OkStatus();
  }

  template <typename F>
  size_t Read(int subscriber, const F& use) {
    Queue& queue = *queues_[static_cast<size_t>(subscriber)];
    std::deque<std::string> messages;
    {
      std::unique_lock<std::mutex> lock(queue.mu);
      queue.some.wait(lock, [&queue] { return !queue.messages.empty(); });
      messages.swap(queue.messages);
    }
    queue.room.notify_one();
    for (const std::string& message : messages) use(message);
    return messages.size();
  }

 private:
  struct Queue {
    std::mutex mu;
    std::condition_variable some, room;
    std::deque<std::string> messages;
  };
  std::vector<std::unique_ptr<Queue>> queues_;
};

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_BUS_MUTEX_QUEUE_H_
