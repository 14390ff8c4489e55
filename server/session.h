// One connection: reads requests, has them carried out, and writes the replies in order.
//
// It lives on one io thread, and only that thread touches it. What it has asked of others (an
// append, the storage pool, a wait for entries) is counted in `under_way_`; it is not destroyed
// before all of that has come back.
#ifndef EVLOG_SERVER_SESSION_H_
#define EVLOG_SERVER_SESSION_H_

#include <array>
#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "server/blocked.h"
#include "server/client.h"
#include "server/command_table.h"
#include "server/connection.h"
#include "server/io_thread.h"
#include "server/multi.h"
#include "server/reply_queue.h"
#include "server/storage_job.h"
#include "server/topics.h"
#include "server/wire/resp_parser.h"

namespace evlog::server {

class ExecRun;

class Session final : public Connection,
                      public Subscriber,
                      public std::enable_shared_from_this<Session> {
 public:
  Session(IoThread* thread, asio::ip::tcp::socket socket, std::shared_ptr<Client> client);
  ~Session() override;

  uint64_t id() const { return client_->id; }
  void Start();
  // Sends what there is, as far as the client takes it.
  void FlushNow();
  // Ends it now; what was not sent is lost.
  void Cut();
  // Ends it once what it has received is answered.
  void Drain();
  void Unblock(bool with_error);
  // As Unblock, but nothing is answered.
  void StopWaiting();
  void Resume();
  void Tick(absl::Time now);
  // Its entry `at` of that append.
  void OnAppendDone(const SharedAppend& done, size_t at);

  // ---- Connection
  void CloseAfterReplies() override { closing_ = true; }
  void SetReplyMode(ReplyMode mode) override;
  void KeepPush(std::string_view push) override;
  bool Subscribe(Topic::Kind kind, std::string_view name) override;
  bool Unsubscribe(Topic::Kind kind, std::string_view name) override;
  std::vector<std::string> Subscriptions(Topic::Kind kind) const override;
  OpenedStream* FindStream(std::string_view name) override;
  bool Append(OpenedStream* stream, Fields fields, const AppendOptions& options,
              const TrimOptions* trim) override;
  Group* FindGroup(std::string_view stream, std::string_view group) override;
  bool Begin(const CommandRow& row, absl::FunctionRef<bool(const Answer&)> begin) override;

  // ---- of its Answer
  void OnAnswered(const CommandRow& row, uint64_t slot,
                  absl::AnyInvocable<void(RespWriter&)> write);
  void OnWaits(const CommandRow& row, uint64_t slot, std::unique_ptr<Waiting> waiting);

  // ---- Subscriber
  int subscriber_protocol() const override { return client_->protocol; }
  void Deliver(const std::shared_ptr<const std::string>& messages) override;

 private:
  // Why requests that were received wait.
  enum class Stall : uint8_t {
    kNone,
    kUntilIdle,  // until all before are done
    kUntilRoom,  // until fewer are under way
    kPaused,     // CLIENT PAUSE
  };
  struct Trim {  // that follows an append
    uint64_t slot;
    Stream stream;
    std::shared_ptr<uint64_t> trimmed_to;
    TrimOptions options;
  };
  struct Block {  // a command that waits
    std::shared_ptr<BlockedClient> client;
    const CommandRow* row;
    uint64_t slot;
    asio::steady_timer timer;
  };

  // ---- session.cc: reading
  asio::awaitable<void> Read(std::shared_ptr<Session> self);
  void StartReading();
  bool may_read() const;
  void Take(size_t got);
  void EndDrain();
  void OnEnd();
  void Consume(std::string_view bytes);
  // Both answer how much of it is processed.
  size_t Process(std::string_view input);
  size_t ProcessRequests(std::string_view input);
  void CloseIfDone();
  void RetireIfDone();

  // ---- session_dispatch.cc: one request. False: not yet.
  bool Dispatch(Args args);
  std::string Refusal(const CommandRow* row, Args args) const;
  // It is carried out now.
  void Count(const CommandRow& row);
  bool MustWait(const CommandRow& row, absl::Time now);
  bool IsPaused(const CommandRow& row, absl::Time now) const;
  void SetHeld(bool held);
  void ReplyError(std::string_view error);
  void CutOffHttp();
  void RunHere(const CommandRow& row, Args args, absl::Time now);
  bool RunFast(const CommandRow& row, Args args, absl::Time now);
  // Queues it; PostQueued hands what is queued to the pool, where it runs in order.
  void RunOnPool(const CommandRow& row, Args args, absl::Time now);
  bool JoinsQueued(const CommandRow& row) const;
  void PostQueued();
  void OnStorageDone(std::vector<std::unique_ptr<StorageJob>>& jobs);
  void Finish(StorageJob& job);
  // False: the append is answered once that is done.
  bool TrimAfter(uint64_t slot, EntryId id, uint64_t next_offset, bool appended);
  void AfterReply();
  // What there is to send goes out at the end of this turn.
  void SendLater();
  uint64_t TakeSlot();

  // ---- session_later.cc
  void WaitFor(const CommandRow& row, std::unique_ptr<Waiting> waiting, uint64_t slot);
  void EndWaiting(const std::function<void(RespWriter&)>& write);

  // ---- session_exec.cc
  // Not by multi_, which a WATCH on the pool may be about to make.
  bool queueing() const { return client_->multi.load(std::memory_order_relaxed) >= 0; }
  void QueueForExec(const CommandRow& row, Args args);
  bool RefuseExec(const CommandRow& row, std::string_view refusal);
  void StartExec(const CommandRow& row);
  void ContinueExec();
  void EndExec();

  // ---- session_output.cc
  void CheckOutput(absl::Time now);
  size_t unsent() const;
  // False: the client takes no more now. Sends until then.
  bool Send();

  IoThread* const thread_;
  Core* const core_;
  asio::ip::tcp::socket socket_;
  const std::shared_ptr<Client> client_;
  RespParser parser_;
  ReplyQueue replies_;
  std::array<char, 1024> first_bytes_;
  std::string input_;  // received and not yet processed
  Stall stall_ = Stall::kNone;

  // Messages that are to be sent before what replies_.out() has.
  std::shared_ptr<const std::string> messages_;
  size_t messages_sent_ = 0;
  size_t sent_ = 0;  // of replies_.out()
  std::optional<absl::Time> over_soft_limit_since_;

  size_t under_way_ = 0;  // calls that come back
  // Something else than appends is not done: commands on the pool, or about to be, or one that
  // waits, or was begun here.
  bool storage_busy_ = false;
  std::vector<std::unique_ptr<StorageJob>> queued_;  // for the pool
  uint64_t current_slot_ = 0;                        // of the command that runs here
  bool answered_later_ = false;                      // is the one that runs here
  TurnPlace turn_place_;                             // of its last append
  std::unique_ptr<std::deque<Trim>> trims_;  // of appends that are under way; null: none ever
  bool reading_ = false;                     // the coroutine runs
  bool waiting_to_send_ = false;
  bool flush_queued_ = false;
  bool draining_ = false;  // whoever reads is to end that
  bool ended_ = false;     // nothing more will come from the client
  bool closing_ = false;   // nothing more will be processed
  bool closed_ = false;
  bool muted_ = false;      // CLIENT REPLY OFF
  bool mute_next_ = false;  // CLIENT REPLY SKIP
  std::unique_ptr<Block> block_;
  std::unique_ptr<MultiState> multi_;  // null: no MULTI, and nothing is watched
  std::unique_ptr<ExecRun> exec_;      // an EXEC is under way
  std::unique_ptr<SubscriberTopics> subscriptions_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_SESSION_H_
