// A connection that is never waited for: for event loops that drive many of them.
#ifndef EVLOG_CLI_TARGET_REDIS_PIPE_H_
#define EVLOG_CLI_TARGET_REDIS_PIPE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "cli/target/redis_connection.h"

namespace evlog::cli {

// A value of a reply, as it is parsed; nothing is kept of it.
struct ReplyValue {
  enum class Kind : uint8_t { kText, kError, kNumber, kNil, kArray };
  Kind kind;
  int depth;              // 0: the reply itself; 1: within it; ...
  int64_t index;          // within the array that it is in
  std::string_view text;  // of kText and kError
  int64_t number = 0;     // of kNumber; of kArray how many values are in it
};

// Is told of replies while RedisPipe::Read runs.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void OnValue(const ReplyValue& value) = 0;
  // The reply whose values were told is whole.
  virtual void OnReply() = 0;
};

// Used by one thread. Errors: UNAVAILABLE naming the server: there is no connection any more.
class RedisPipe {
 public:
  // Takes a connection over that waits for no reply. `sink` outlives this.
  RedisPipe(std::unique_ptr<RedisConnection> connection, ReplySink* sink);
  ~RedisPipe();
  RedisPipe(const RedisPipe&) = delete;
  RedisPipe& operator=(const RedisPipe&) = delete;

  int fd() const;
  // Commands to send, as BeginCommand and AppendArgument make them.
  std::string* out() { return &out_; }

  // Sends as much as the system takes; `unsent` says whether something is left.
  absl::Status Write();
  bool unsent() const { return !out_.empty(); }

  // Takes what has come, of one read, and tells the sink.
  absl::Status Read();

  const std::string& server() const { return connection_->server(); }

 private:
  const std::unique_ptr<RedisConnection> connection_;
  std::string out_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_REDIS_PIPE_H_
