// What other threads have for an io thread: collected, and taken as a whole once per turn.
#ifndef EVLOG_SERVER_MAILBOX_H_
#define EVLOG_SERVER_MAILBOX_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "evlog/message.h"
#include "log/base/mutex.h"
#include "server/append_turn.h"
#include "server/topics.h"

namespace evlog::server {

using Job = absl::AnyInvocable<void()>;

// Everything that came since the last turn.
struct Mail {
  std::vector<std::unique_ptr<SharedAppend>> appends;
  std::vector<Job> jobs;
  // Parallel: the messages, and the topic of each.
  std::vector<std::shared_ptr<TopicEntry>> topics;
  std::vector<Message> messages;

  void Clear() {
    appends.clear();
    jobs.clear();
    topics.clear();
    messages.clear();
  }
};

// Thread-safe. Each Put answers whether the owner must be woken: it is not if it was already and
// has not come yet.
class Mailbox {
 public:
  bool Put(std::unique_ptr<SharedAppend> done) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    mail_.appends.push_back(std::move(done));
    return WakeLocked();
  }
  bool Put(Job job) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    mail_.jobs.push_back(std::move(job));
    return WakeLocked();
  }
  bool Put(const std::shared_ptr<TopicEntry>& topic, const Message& message)
      ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    mail_.topics.push_back(topic);
    mail_.messages.push_back(message);
    return WakeLocked();
  }
  // Exchanges `mail`, which is empty, for what has come.
  void Take(Mail* mail) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    std::swap(mail_, *mail);
    woken_ = false;
  }
  // Only the messages; the owner stays woken for the rest. `mail` has none.
  void TakeMessages(Mail* mail) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    std::swap(mail_.topics, mail->topics);
    std::swap(mail_.messages, mail->messages);
  }

 private:
  bool WakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return !std::exchange(woken_, true); }

  Mutex mu_;
  Mail mail_ ABSL_GUARDED_BY(mu_);
  bool woken_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_MAILBOX_H_
