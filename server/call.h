// One request while it is carried out: what its command is handed.
#ifndef EVLOG_SERVER_CALL_H_
#define EVLOG_SERVER_CALL_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "evlog/event_log.h"
#include "server/blocked.h"
#include "server/client.h"
#include "server/connection.h"
#include "server/core.h"
#include "server/wire/resp_parser.h"
#include "server/wire/resp_writer.h"

namespace evlog::server {

struct CommandRow;
struct MultiState;

// What a command opened on the storage pool, for those that follow on the io thread.
struct OpenedKey {
  std::string name;
  Stream stream;
  std::optional<Group> group = std::nullopt;
};

struct Call {
  Core& core;
  Client& client;
  const CommandRow& row;
  Args args;  // the name of the command first; they live until the handler returns
  RespWriter& reply;
  int database;    // that was selected when the request came
  absl::Time now;  // one time for the whole command
  // Null on the storage pool: a connection belongs to its io thread.
  Connection* connection = nullptr;
  // A command on the storage pool that would wait puts here for what; null where it must not.
  std::unique_ptr<Waiting>* waiting = nullptr;
  // On the storage pool: a key that was opened in the connection's database.
  std::optional<OpenedKey>* opened = nullptr;
  // What MULTI and WATCH keep of the connection; null in an EXEC on the storage pool.
  std::unique_ptr<MultiState>* multi = nullptr;

  EventLog& log() const { return core.log(database); }
  std::string_view arg(size_t i) const { return args[i]; }
  size_t argc() const { return args.size(); }
};

// Replies with an error of the log.
void ReplyStatus(RespWriter& reply, const absl::Status& status);

// The same for the error of an append. `expects`: it named the state that the stream must have.
void ReplyAppendError(RespWriter& reply, const absl::Status& status, bool expects);

// Whether `text` is `word`, which is in capitals, in whatever case.
bool Is(std::string_view text, std::string_view word);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_CALL_H_
