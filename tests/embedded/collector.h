// Gathers messages from handlers on other threads, and lets a test wait for them.
#ifndef EVLOG_TESTS_EMBEDDED_COLLECTOR_H_
#define EVLOG_TESTS_EMBEDDED_COLLECTOR_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "evlog/channels.h"
#include "log/base/mutex.h"

namespace evlog {

// Thread-safe.
class Collector {
 public:
  void Add(const Message& message) {
    MutexLock lock(mu_);
    messages_.push_back(message);
    came_.NotifyAll();
  }
  MessageHandler Handler() {
    return [this](const Message& message) { Add(message); };
  }

  // The payloads, once there are so many.
  std::vector<std::string> Await(size_t count) {
    MutexLock lock(mu_);
    while (messages_.size() < count) came_.Wait(mu_);
    std::vector<std::string> payloads;
    for (const Message& message : messages_) payloads.emplace_back(message.payload());
    return payloads;
  }
  std::vector<Message> AwaitMessages(size_t count) {
    Await(count);
    MutexLock lock(mu_);
    return messages_;
  }
  size_t size() {
    MutexLock lock(mu_);
    return messages_.size();
  }

 private:
  Mutex mu_;
  CondVar came_;
  std::vector<Message> messages_ ABSL_GUARDED_BY(mu_);
};

// Lets threads through once it is open. Thread-safe.
class Door {
 public:
  void Open() {
    MutexLock lock(mu_);
    open_ = true;
    changed_.NotifyAll();
  }
  void Pass() {
    MutexLock lock(mu_);
    ++arrivals_;
    changed_.NotifyAll();
    while (!open_) changed_.Wait(mu_);
  }
  void AwaitArrivals(int count) {
    MutexLock lock(mu_);
    while (arrivals_ < count) changed_.Wait(mu_);
  }

 private:
  Mutex mu_;
  CondVar changed_;
  bool open_ ABSL_GUARDED_BY(mu_) = false;
  int arrivals_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_EMBEDDED_COLLECTOR_H_
