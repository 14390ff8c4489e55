// Clients whose command waits for entries: no thread waits with them.
//
// Told of a change (by the thread that makes it, under a lock of the log), a blocked client looks
// again: on its io thread if its command can do that there, else on the storage pool. Whoever ends
// the waiting first, what came, the time, another client or the connection, claims it; only that
// one replies. While an EXEC is under way nobody begins to look.
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
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "evlog/watch.h"
#include "log/base/mutex.h"
#include "server/exec_gate.h"
#include "server/storage_pool.h"
#include "server/wire/resp_writer.h"

namespace evlog::server {

class BlockedClient;
class IoThread;

// What a command waits for; made by it, and used by one thread at a time.
class Waiting {
 public:
  // How a look ends, on the io thread. True: as Look.
  using EndOfLook = absl::AnyInvocable<bool(RespWriter& reply)>;

  virtual ~Waiting() = default;
  // Asks to be told of changes of what there is now. True: something that it waits for has no
  // stream yet, so it is told of new names too. Before each look.
  virtual bool Watch(const ChangeCallback& changed) = 0;
  // True: it has what it waited for, and has written the reply.
  virtual bool Look(RespWriter& reply) = 0;
  // Whether a look after the first one, which watched it, may be on the io thread: LookHere. False,
  // and nothing: not this one. Else `done` is called by whichever thread, perhaps under locks of
  // the log, and perhaps before this returns.
  virtual bool looks_here() const { return false; }
  virtual bool LookHere(std::function<void(EndOfLook)> done) {
    static_cast<void>(done);
    return false;
  }
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
  // `deliver` is called once at most, on the io thread, with the reply. The others outlive it.
  BlockedClient(StoragePool* pool, IoThread* thread, BlockedByNames* names, ExecGate* gate,
                std::unique_ptr<Waiting> waiting, int protocol,
                std::function<void(const std::string&)> deliver)
      : pool_(pool),
        thread_(thread),
        names_(names),
        gate_(gate),
        protocol_(protocol),
        deliver_(std::move(deliver)),
        waiting_(std::move(waiting)) {}
  ~BlockedClient();

  // Looks soon. Quick; under any lock. Once at first, to begin.
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

  // ---- on the storage pool
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  void LookOnce();
  // ---- on the io thread
  void RunHere() ABSL_LOCKS_EXCLUDED(mu_);
  void End(Waiting::EndOfLook end) ABSL_LOCKS_EXCLUDED(mu_);

  // Begins to look. False: it has ended.
  bool BeginLook() ABSL_LOCKS_EXCLUDED(mu_);
  // What a look has found ends the waiting, or what was to be answered otherwise, which is put into
  // `*reply` then. False: it goes on.
  bool EndLook(bool found, std::string* reply) ABSL_LOCKS_EXCLUDED(mu_);
  // True: there was a change while it looked, so it looks again, at once.
  bool LooksAgain() ABSL_LOCKS_EXCLUDED(mu_);
  // Queues a look, whose reference is `self` then.
  void Post(std::shared_ptr<BlockedClient> self);
  static ExecGate::GoOn ToQueue(std::shared_ptr<BlockedClient> self);

  StoragePool* const pool_;
  IoThread* const thread_;
  BlockedByNames* const names_;
  ExecGate* const gate_;
  const int protocol_;
  const std::function<void(const std::string&)> deliver_;
  std::atomic<bool> ended_{false};
  bool told_of_names_ = false;     // of who looks
  std::atomic<bool> here_{false};  // the next look may be on the io thread
  // Itself, while it looks there: who calls back holds no reference, since the last one is not to
  // be dropped by a thread that commits.
  std::shared_ptr<BlockedClient> looking_;

  Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kIdle;
  std::optional<std::string> otherwise_ ABSL_GUARDED_BY(mu_);
  // Last, so that its watches end before what they call.
  const std::unique_ptr<Waiting> waiting_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_BLOCKED_H_
