// How a request that was begun on its io thread is answered later.
#ifndef EVLOG_SERVER_ANSWER_H_
#define EVLOG_SERVER_ANSWER_H_

#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "server/blocked.h"
#include "server/wire/resp_writer.h"

namespace evlog::server {

class IoThread;
class Session;
struct CommandRow;

// One of the two is called, once, by whichever thread, perhaps under locks of the log: both only
// hand it to the connection's thread. The connection lives until then.
class Answer {
 public:
  Answer(IoThread* thread, Session* session, const CommandRow* row, uint64_t slot)
      : thread_(thread), session_(session), row_(row), slot_(slot) {}

  void Reply(absl::AnyInvocable<void(RespWriter&)> write) const;
  // Instead of an answer: it waits for that.
  void Wait(std::unique_ptr<Waiting> waiting) const;

 private:
  IoThread* thread_;
  Session* session_;
  const CommandRow* row_;
  uint64_t slot_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_ANSWER_H_
