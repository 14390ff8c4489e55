// One connection to a server that speaks Redis' protocol.
#ifndef EVLOG_CLI_TARGET_REDIS_CONNECTION_H_
#define EVLOG_CLI_TARGET_REDIS_CONNECTION_H_

#include <hiredis/hiredis.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/interrupt.h"
#include "cli/target/redis_address.h"
#include "evlog/entry_id.h"

namespace evlog::cli {

struct RedisReplyDeleter {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RedisReply = std::unique_ptr<redisReply, RedisReplyDeleter>;

// The arguments of a command.
using RedisCommand = std::vector<std::string>;

// What ends a wait for a reply.
struct RedisWait {
  // When there is none for so long: DEADLINE_EXCEEDED.
  absl::Duration patience = absl::InfiniteDuration();
  // Asked to stop: CANCELLED, and the connection is of no further use. Null: nothing is.
  const Interrupt* interrupt = nullptr;
};

// Used by one thread. Errors of all calls: UNAVAILABLE naming the server: there is no connection
// any more. An error that the server answers has a code by its kind:
//   NOT_FOUND            no such stream or group
//   ALREADY_EXISTS       there is such a group
//   ABORTED              an id that is not above the stream's last one; an expectation that fails
//   INVALID_ARGUMENT     it has no such database
//   UNIMPLEMENTED        it does not know the command
//   PERMISSION_DENIED    password, user, permissions
//   UNAVAILABLE          it cannot answer now
//   FAILED_PRECONDITION  any other
class RedisConnection {
 public:
  // Connects, shows the password and selects the database. Gives up connecting after 5 seconds.
  static absl::StatusOr<std::unique_ptr<RedisConnection>> Open(const RedisAddress& address,
                                                               int database);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  // Sends a command and awaits its reply, which is no error.
  absl::StatusOr<RedisReply> Call(const RedisCommand& command, const RedisWait& wait = {});

  // The same in two steps, so that many commands are under way: replies come in the order of
  // commands. Send keeps what it can until Flush or Receive.
  absl::Status Send(const RedisCommand& command);
  absl::Status SendEncoded(std::string_view command);  // as BeginCommand, AppendArgument make it
  absl::Status Flush();
  // An error that the server answers is a reply here.
  absl::StatusOr<RedisReply> Receive(const RedisWait& wait = {});

  // Whether it is an evlog server, which has commands beside Redis'. Asked once, while nothing else
  // is under way.
  absl::StatusOr<bool> IsEvlog();

  // Whether a reply has come that was not taken yet.
  bool HasReply();

  // The status of a reply that is an error.
  absl::Status StatusOf(const redisReply& reply) const;

  // For messages.
  const std::string& server() const { return server_; }
  int database() const { return database_; }

  // For RedisPipe, which drives it in another way.
  redisContext* context() { return context_; }

 private:
  RedisConnection(redisContext* context, std::string server, int database);

  absl::Status Login(const RedisAddress& address);
  // Waits until the socket can be read or written.
  absl::Status Await(int16_t events, const RedisWait& wait);
  absl::Status Lost() const;

  redisContext* const context_;
  RedisReply next_;  // taken from what has come
  std::optional<bool> is_evlog_;
  const std::string server_;
  const int database_;
};

// Appends the bytes of a command.
void BeginCommand(size_t arguments, std::string* out);
void AppendArgument(std::string_view argument, std::string* out);

// Views of what a reply holds; of another type they are empty, 0 or Min().
std::string_view TextOf(const redisReply& reply);
int64_t NumberOf(const redisReply& reply);
EntryId IdOf(const redisReply& reply);
// How long ago the first entry of a range was appended, by its id; none: there is no entry.
std::optional<absl::Duration> AgeOfFirst(const redisReply& entries, absl::Time now);
bool IsNil(const redisReply& reply);
// The value of a name in a map that came as an array; null: there is none.
const redisReply* FindMember(const redisReply& map, std::string_view name);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_REDIS_CONNECTION_H_
