// Clients whose command waits for entries: no thread waits with them.
//
// Told of a change (by the thread that makes it, under a lock of the log), a blocked client is
// queued on the storage pool, where its command looks again. Whoever ends the waiting first, what
// came, the time, another client or the connection, claims it; only that one replies.
#ifndef EVLOG_SERVER_BLOCKED_H_
#define EVLOG_SERVER_BLOCKED_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "evlog/watch.h"
#include "log/base/mutex.h"
#include "server/storage_pool.h"
#include "server/wire/resp_writer.h"

namespace evlog::server {

class BlockedClient;

// What a command waits for; made by it on the storage pool, and used by one thread at a time.
class Waiting {
 public:
  virtual ~Waiting() = default;
  // Asks to be told of changes of what there is now. True: something that it waits for has no
  // stream yet, so it is told of new names too. Before each look.
  virtual bool Watch(const ChangeCallback& changed) = 0;
  // True: it has what it waited for, and has written the reply.
  virtual bool Look(RespWriter& reply) = 0;
  // What is answered when nothing came in time. Perhaps while it looks.
  virtual void WriteTimeout(RespWriter& reply) = 0;

  absl::Duration timeout = absl::InfiniteDuration();
};

// Those that are told of new names. Thread-safe.
class BlockedByNames {
 public:
  void Add(BlockedClient* blocked) ABSL_LOCKS_EXCLUDED(mu_);
  void Remove(BlockedClient* blocked) ABSL_LOCKS_EXCLUDED(mu_);
  void NotifyAll() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  Mutex mu_;
  std::vector<BlockedClient*> blocked_ ABSL_GUARDED_BY(mu_);
};

class BlockedClient : public std::enable_shared_from_this<BlockedClient> {
 public:
  // `deliver` is called once at most, on the storage pool, with the reply. Pool and names outlive
  // it.
  BlockedClient(StoragePool* pool, BlockedByNames* names, std::unique_ptr<Waiting> waiting,
                int protocol, std::function<void(std::string)> deliver)
      : pool_(pool),
        names_(names),
        protocol_(protocol),
        deliver_(std::move(deliver)),
        waiting_(std::move(waiting)) {}
  ~BlockedClient();

  // Looks soon, on the storage pool. Quick; under any lock. Once at first, to begin.
  void Notify() ABSL_LOCKS_EXCLUDED(mu_);
  // True: the caller ends the waiting, and nothing will be delivered. False: somebody else does;
  // while its command looks that is not known yet, since what it finds is not to be lost: then
  // `otherwise` is delivered if it finds nothing.
  bool Claim(std::string otherwise = {}) ABSL_LOCKS_EXCLUDED(mu_);
  // By the io thread, whether or not it has ended.
  void WriteTimeout(RespWriter& reply) { waiting_->WriteTimeout(reply); }
  absl::Duration timeout() const { return waiting_->timeout; }

 private:
  enum class State : uint8_t { kIdle, kQueued, kLooking, kLookingAgain };

  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  void LookOnce();

  StoragePool* const pool_;
  BlockedByNames* const names_;
  const int protocol_;
  const std::function<void(std::string)> deliver_;
  std::atomic<bool> ended_{false};
  bool told_of_names_ = false;  // of who looks

  Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kIdle;
  std::optional<std::string> otherwise_ ABSL_GUARDED_BY(mu_);
  // Last, so that its watches end before what they call.
  const std::unique_ptr<Waiting> waiting_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_BLOCKED_H_
