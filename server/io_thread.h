// A thread with its event loop, and the connections that live on it.
#ifndef EVLOG_SERVER_IO_THREAD_H_
#define EVLOG_SERVER_IO_THREAD_H_

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/append_turn.h"
#include "server/client_registry.h"
#include "server/core.h"
#include "server/mailbox.h"
#include "server/stream_cache.h"
#include "server/topics.h"

namespace evlog::server {

class Session;

class IoThread final : public ClientControl {
 public:
  // While one lives, the wakes that its thread causes are held back; at its end each io thread is
  // woken once, however much has come for it.
  class WakesHeld {
   public:
    WakesHeld();
    ~WakesHeld();
    WakesHeld(const WakesHeld&) = delete;
    WakesHeld& operator=(const WakesHeld&) = delete;
  };

  explicit IoThread(Core* core);
  ~IoThread() override;  // after Join

  void Start();
  // Takes no more connections, and ends those that there are, once they are answered; those that do
  // not take their answers after `patience`.
  void Drain(absl::Duration patience);
  void Join();
  // After Join of all: what others had for it still. Whether there was something.
  bool DropMail();

  asio::io_context& context() { return context_; }

  // ---- from any thread
  void PostJob(Job job) {
    if (mailbox_.Put(std::move(job))) Wake();
  }
  void Kill(uint64_t client) override;
  void Unblock(uint64_t client, bool with_error) override;

  // ---- on this thread
  void Adopt(asio::ip::tcp::socket socket);
  // The session is closed, and nothing refers to it any more.
  void Retire(Session* session);
  // Sends what the session has to send at the end of this turn.
  void FlushLater(Session* session);
  // Hands out the messages that were published until now.
  void DeliverMessages();
  // Resumes the session when clients are no longer held (CLIENT PAUSE).
  void ResumeLater(const std::shared_ptr<Session>& session);

  Core& core() { return *core_; }
  StreamCache& streams() { return streams_; }
  // What is added goes to the log at the end of this turn.
  AppendTurn& appends();
  Topics& topics() { return topics_; }
  std::span<char> read_buffer() { return read_buffer_; }

 private:
  void Wake();
  void WakeNow();
  void TakeMail();
  static void HandOutMessages(const Mail& mail);
  void Tick();
  void ArmTick();
  void ResumePaused();
  void CloseAll();
  void EndIfDrained();
  std::shared_ptr<Session> Find(uint64_t client) const;

  Core* const core_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer tick_;
  asio::steady_timer pause_;
  asio::steady_timer patience_;
  Mailbox mailbox_;
  std::thread thread_;

  // Of the thread.
  Mail mail_;
  StreamCache streams_;
  AppendTurn appends_;
  bool submit_posted_ = false;
  Topics topics_;
  std::vector<char> read_buffer_;
  std::vector<Session*> dirty_;
  std::vector<std::shared_ptr<Session>> paused_;
  bool draining_ = false;
  bool taking_mail_ = false;
  uint64_t ticks_ = 0;
  absl::flat_hash_map<uint64_t, std::shared_ptr<Session>> sessions_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_IO_THREAD_H_
