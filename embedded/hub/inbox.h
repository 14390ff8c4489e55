// Requests that wait for their answers.
#ifndef EVLOG_EMBEDDED_HUB_INBOX_H_
#define EVLOG_EMBEDDED_HUB_INBOX_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/clock.h"
#include "evlog/message.h"
#include "log/base/mutex.h"

namespace evlog::internal {

// Thread-safe. Reply channels are not subscribed to: their names say which request they belong to,
// so that a request changes nothing that publishers look at.
class Inbox {
 public:
  // `hub`: what tells its reply channels from those of others.
  explicit Inbox(uint64_t hub);

  // A request, from its beginning to its answer.
  class Request {
   public:
    explicit Request(Inbox* inbox);
    ~Request();
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    const std::string& reply_to() const { return reply_to_; }
    // Errors: DEADLINE_EXCEEDED, CANCELLED (stopped, or the inbox was closed).
    absl::StatusOr<Message> Await(Clock* clock, absl::Time deadline, const std::stop_token& stop);

   private:
    friend class Inbox;
    Inbox* const inbox_;
    const uint64_t number_;
    const std::string reply_to_;
    std::mutex mu_;
    std::condition_variable_any answered_;
    std::optional<Message> answer_;  // guarded by mu_
    bool closed_ = false;            // guarded by mu_
  };

  // Whether the name is that of a reply channel of this hub.
  bool IsReply(std::string_view channel) const {
    return channel.size() > prefix_.size() && channel.starts_with(prefix_);
  }
  // True when the request still waits; the first answer counts.
  bool Deliver(std::string_view channel, std::string_view payload) ABSL_LOCKS_EXCLUDED(mu_);
  // Lets all requests go, also those to come.
  void Close() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  uint64_t NextNumber() ABSL_LOCKS_EXCLUDED(mu_);

  const std::string prefix_;
  Mutex mu_;
  uint64_t last_ ABSL_GUARDED_BY(mu_) = 0;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  absl::flat_hash_map<uint64_t, Request*> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_INBOX_H_
