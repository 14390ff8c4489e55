#include "cli/target/redis_pipe.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

// hiredis builds objects by functions that one may replace. These build none, so that reading costs
// little beside the server; it wants a pointer all the same.
char no_object;

ReplyValue ValueOf(const redisReadTask* task, ReplyValue::Kind kind) {
  int depth = 0;
  for (const redisReadTask* parent = task->parent; parent != nullptr; parent = parent->parent) {
    ++depth;
  }
  return {kind, depth, task->idx, {}};
}

void* Tell(const redisReadTask* task, const ReplyValue& value) {
  static_cast<ReplySink*>(task->privdata)->OnValue(value);
  return &no_object;
}

redisReplyObjectFunctions MakeFunctions() {
  redisReplyObjectFunctions functions{};
  functions.createString = [](const redisReadTask* task, char* text, size_t size) -> void* {
    const bool error = task->type == REDIS_REPLY_ERROR;
    ReplyValue value = ValueOf(task, error ? ReplyValue::Kind::kError : ReplyValue::Kind::kText);
    value.text = std::string_view(text, size);
    return Tell(task, value);
  };
  // Generic: what counts the values is an int or a size_t, as hiredis' versions have it.
  functions.createArray = [](const redisReadTask* task, auto size) -> void* {
    ReplyValue value = ValueOf(task, ReplyValue::Kind::kArray);
    value.number = static_cast<int64_t>(size);
    return Tell(task, value);
  };
  functions.createInteger = [](const redisReadTask* task, long long number) -> void* {
    ReplyValue value = ValueOf(task, ReplyValue::Kind::kNumber);
    value.number = number;
    return Tell(task, value);
  };
  functions.createNil = [](const redisReadTask* task) -> void* {
    return Tell(task, ValueOf(task, ReplyValue::Kind::kNil));
  };
  functions.freeObject = [](void*) {};
  return functions;
}

redisReplyObjectFunctions* Functions() {
  static redisReplyObjectFunctions functions = MakeFunctions();
  return &functions;
}

}  // namespace

RedisPipe::RedisPipe(std::unique_ptr<RedisConnection> connection, ReplySink* sink)
    : connection_(std::move(connection)) {
  redisContext* const context = connection_->context();
  context->reader->fn = Functions();
  context->reader->privdata = sink;
  context->flags &= ~REDIS_BLOCK;
  fcntl(context->fd, F_SETFL, fcntl(context->fd, F_GETFL) | O_NONBLOCK);
}

RedisPipe::~RedisPipe() = default;

int RedisPipe::fd() const { return connection_->context()->fd; }

absl::Status RedisPipe::Write() {
  size_t sent = 0;
  while (sent != out_.size()) {
    const ssize_t now = send(fd(), out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (now < 0) {
      return Error(absl::StatusCode::kUnavailable, "{}: {}", server(), std::strerror(errno));
    }
    sent += static_cast<size_t>(now);
  }
  out_.erase(0, sent);
  return absl::OkStatus();
}

absl::Status RedisPipe::Read() {
  redisContext* const context = connection_->context();
  if (redisBufferRead(context) != REDIS_OK) {
    return Error(absl::StatusCode::kUnavailable, "{}: {}", server(), context->errstr);
  }
  for (;;) {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context, &reply) != REDIS_OK) {
      return Error(absl::StatusCode::kUnavailable, "{}: {}", server(), context->errstr);
    }
    if (reply == nullptr) return absl::OkStatus();
    static_cast<ReplySink*>(context->reader->privdata)->OnReply();
  }
}

}  // namespace evlog::cli
