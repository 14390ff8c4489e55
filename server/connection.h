// What a command may do with the connection that it came by; on its io thread only.
#ifndef EVLOG_SERVER_CONNECTION_H_
#define EVLOG_SERVER_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "evlog/channels.h"
#include "evlog/group.h"
#include "evlog/stream.h"

namespace evlog::server {

enum class ReplyMode : uint8_t { kOn, kOff, kSkipNext };

class Answer;
struct CommandRow;
struct OpenedStream;

class Connection {
 public:
  virtual ~Connection() = default;

  // Ends it once what it has asked for is answered.
  virtual void CloseAfterReplies() = 0;
  virtual void SetReplyMode(ReplyMode mode) = 0;
  // What the command that runs has written as a push: it goes out whatever the mode.
  virtual void KeepPush(std::string_view push) = 0;

  // ---- pub/sub
  // False: it is subscribed already (not subscribed). The counts are in Client.
  virtual bool Subscribe(Topic::Kind kind, std::string_view name) = 0;
  virtual bool Unsubscribe(Topic::Kind kind, std::string_view name) = 0;
  virtual std::vector<std::string> Subscriptions(Topic::Kind kind) const = 0;

  // ---- appending
  // The stream of that name in its database if this thread has opened it; null: it has not.
  virtual OpenedStream* FindStream(std::string_view name) = 0;
  // Appends an entry, trims if there is a `trim`, and answers this request with the id; without
  // waiting: later appends follow at once. `options` without an expectation. False, and nothing:
  // there is something wrong with it.
  virtual bool Append(OpenedStream* stream, Fields fields, const AppendOptions& options,
                      const TrimOptions* trim) = 0;

  // ---- what else is answered later
  // That group of FindStream's, if this thread has opened it; null: it has not.
  virtual Group* FindGroup(std::string_view stream, std::string_view group) = 0;
  // Calls `begin`, which answers whether it has begun this request, and then uses its Answer, or
  // has. What it queues in the log is committed at the end of this turn. False, and nothing: it has
  // not.
  virtual bool Begin(const CommandRow& row, absl::FunctionRef<bool(const Answer&)> begin) = 0;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_CONNECTION_H_
