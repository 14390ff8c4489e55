#include "cli/target/redis_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <system_error>
#include <utility>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr timeval kConnectPatience = {5, 0};

// What servers' errors begin with, or hold.
struct ErrorKind {
  std::string_view text;
  absl::StatusCode code;
};
constexpr ErrorKind kErrorKinds[] = {
    {"NOGROUP", absl::StatusCode::kNotFound},
    {"no such key", absl::StatusCode::kNotFound},
    {"requires the key to exist", absl::StatusCode::kNotFound},
    {"BUSYGROUP", absl::StatusCode::kAlreadyExists},
    {"BUSYKEY", absl::StatusCode::kAlreadyExists},
    {"CONFLICT", absl::StatusCode::kAborted},
    {"equal or smaller than the target stream", absl::StatusCode::kAborted},
    {"DB index is out of range", absl::StatusCode::kInvalidArgument},
    {"unknown command", absl::StatusCode::kUnimplemented},
    {"unknown subcommand", absl::StatusCode::kUnimplemented},
    {"NOAUTH", absl::StatusCode::kPermissionDenied},
    {"WRONGPASS", absl::StatusCode::kPermissionDenied},
    {"NOPERM", absl::StatusCode::kPermissionDenied},
    {"LOADING", absl::StatusCode::kUnavailable},
    {"MASTERDOWN", absl::StatusCode::kUnavailable},
    {"max number of clients", absl::StatusCode::kUnavailable},
};

// Who tries again and again to connect to a port of this machine that nobody listens on may be
// given that port for its own end, and talks to itself.
bool IsItself(int fd) {
  sockaddr_storage here{}, there{};
  socklen_t here_size = sizeof here, there_size = sizeof there;
  return getsockname(fd, reinterpret_cast<sockaddr*>(&here), &here_size) == 0 &&
         getpeername(fd, reinterpret_cast<sockaddr*>(&there), &there_size) == 0 &&
         here_size == there_size && std::memcmp(&here, &there, here_size) == 0;
}

}  // namespace

RedisConnection::RedisConnection(redisContext* context, std::string server, int database)
    : context_(context), server_(std::move(server)), database_(database) {}

RedisConnection::~RedisConnection() { redisFree(context_); }

absl::StatusOr<std::unique_ptr<RedisConnection>> RedisConnection::Open(const RedisAddress& address,
                                                                       int database) {
  redisContext* const context =
      redisConnectWithTimeout(address.host.c_str(), address.port, kConnectPatience);
  if (context == nullptr) return absl::ResourceExhaustedError("out of memory");
  std::unique_ptr<RedisConnection> connection(
      new RedisConnection(context, address.Described(), database));
  if (context->err != 0) return connection->Lost();
  if (IsItself(context->fd)) {
    return Error(absl::StatusCode::kUnavailable, "{}: Connection refused", connection->server_);
  }
  RETURN_IF_ERROR(connection->Login(address));
  return connection;
}

absl::Status RedisConnection::Login(const RedisAddress& address) {
  RedisCommand auth = {"AUTH"};
  if (!address.user.empty()) auth.push_back(address.user);
  auth.push_back(address.password);
  if (!address.password.empty() || !address.user.empty()) RETURN_IF_ERROR(Call(auth).status());
  if (database_ == 0) return absl::OkStatus();
  // How many there are the server says: Redis may have more than a log.
  const absl::Status selected = Call({"SELECT", std::to_string(database_)}).status();
  if (!absl::IsInvalidArgument(selected)) return selected;
  return InvalidArgument("{} has no database {}", server_, database_);
}

absl::StatusOr<RedisReply> RedisConnection::Call(const RedisCommand& command,
                                                 const RedisWait& wait) {
  RETURN_IF_ERROR(Send(command));
  ASSIGN_OR_RETURN(RedisReply reply, Receive(wait));
  if (reply->type != REDIS_REPLY_ERROR) return reply;
  const absl::Status status = StatusOf(*reply);
  if (!absl::IsUnimplemented(status)) return status;
  return Error(status.code(), "{} does not know {}: {}", server_, command.front(), TextOf(*reply));
}

absl::Status RedisConnection::Send(const RedisCommand& command) {
  std::string encoded;
  BeginCommand(command.size(), &encoded);
  for (const std::string& argument : command) AppendArgument(argument, &encoded);
  return SendEncoded(encoded);
}

absl::Status RedisConnection::SendEncoded(std::string_view command) {
  if (context_->err != 0) return Lost();
  if (redisAppendFormattedCommand(context_, command.data(), command.size()) != REDIS_OK) {
    return Lost();
  }
  return absl::OkStatus();
}

absl::Status RedisConnection::Flush() {
  int done = 0;
  while (done == 0) {
    RETURN_IF_ERROR(Await(POLLOUT, {}));
    if (redisBufferWrite(context_, &done) != REDIS_OK) return Lost();
  }
  return absl::OkStatus();
}

absl::StatusOr<RedisReply> RedisConnection::Receive(const RedisWait& wait) {
  RETURN_IF_ERROR(Flush());
  if (next_ != nullptr) return std::move(next_);
  void* reply = nullptr;
  for (;;) {
    if (redisGetReplyFromReader(context_, &reply) != REDIS_OK) return Lost();
    if (reply != nullptr) return RedisReply(static_cast<redisReply*>(reply));
    RETURN_IF_ERROR(Await(POLLIN, wait));
    if (redisBufferRead(context_) != REDIS_OK) return Lost();
  }
}

absl::StatusOr<bool> RedisConnection::IsEvlog() {
  if (!is_evlog_) {
    ASSIGN_OR_RETURN(const RedisReply info, Call({"INFO", "server"}));
    is_evlog_ = TextOf(*info).find("evlog_version:") != std::string_view::npos;
  }
  return *is_evlog_;
}

bool RedisConnection::HasReply() {
  void* reply = nullptr;
  if (next_ == nullptr && redisGetReplyFromReader(context_, &reply) == REDIS_OK) {
    next_.reset(static_cast<redisReply*>(reply));
  }
  return next_ != nullptr;
}

absl::Status RedisConnection::Await(int16_t events, const RedisWait& wait) {
  const int wake = wait.interrupt == nullptr ? -1 : wait.interrupt->wake_fd();  // poll skips -1
  pollfd fds[] = {{context_->fd, events, 0}, {wake, POLLIN, 0}};
  const int64_t ms = absl::ToInt64Milliseconds(absl::Ceil(wait.patience, absl::Milliseconds(1)));
  const bool for_ever = wait.patience == absl::InfiniteDuration();
  const int timeout = for_ever ? -1 : static_cast<int>(std::clamp<int64_t>(ms, 0, INT_MAX));
  int ready = poll(fds, std::size(fds), timeout);
  while (ready < 0 && errno == EINTR) ready = poll(fds, std::size(fds), timeout);
  if (ready == 0)
    return Error(absl::StatusCode::kDeadlineExceeded, "{}: it does not answer", server_);
  // What has come already is taken first.
  if (fds[0].revents == 0 && fds[1].revents != 0) return absl::CancelledError("asked to stop");
  return absl::OkStatus();
}

absl::Status RedisConnection::Lost() const {
  return Error(absl::StatusCode::kUnavailable, "{}: {}", server_, context_->errstr);
}

absl::Status RedisConnection::StatusOf(const redisReply& reply) const {
  const std::string_view text = TextOf(reply);
  for (const ErrorKind& kind : kErrorKinds) {
    if (text.find(kind.text) == std::string_view::npos) continue;
    return Error(kind.code, "{}: {}", server_, text);
  }
  return Error(absl::StatusCode::kFailedPrecondition, "{}: {}", server_, text);
}

void BeginCommand(size_t arguments, std::string* out) {
  out->append("*").append(std::to_string(arguments)).append("\r\n");
}

void AppendArgument(std::string_view argument, std::string* out) {
  out->append("$").append(std::to_string(argument.size())).append("\r\n");
  out->append(argument).append("\r\n");
}

std::string_view TextOf(const redisReply& reply) {
  const bool text = reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS ||
                    reply.type == REDIS_REPLY_ERROR;
  return text ? std::string_view(reply.str, reply.len) : std::string_view();
}

int64_t NumberOf(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER) return reply.integer;
  const std::string_view text = TextOf(reply);
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

EntryId IdOf(const redisReply& reply) {
  return EntryId::Parse(TextOf(reply)).value_or(EntryId::Min());
}

std::optional<absl::Duration> AgeOfFirst(const redisReply& entries, absl::Time now) {
  constexpr uint64_t kMsMax = INT64_MAX / 1'000'000;  // ids may be beyond what a time can be
  if (entries.type != REDIS_REPLY_ARRAY || entries.elements == 0) return std::nullopt;
  const redisReply& first = *entries.element[0];
  if (first.type != REDIS_REPLY_ARRAY || first.elements == 0) return std::nullopt;
  const auto ms = static_cast<int64_t>(std::min(IdOf(*first.element[0]).ms, kMsMax));
  return std::max(now - absl::FromUnixMillis(ms), absl::ZeroDuration());
}

bool IsNil(const redisReply& reply) { return reply.type == REDIS_REPLY_NIL; }

const redisReply* FindMember(const redisReply& map, std::string_view name) {
  if (map.type != REDIS_REPLY_ARRAY) return nullptr;
  for (size_t i = 0; i + 1 < map.elements; i += 2) {
    if (TextOf(*map.element[i]) == name) return map.element[i + 1];
  }
  return nullptr;
}

}  // namespace evlog::cli
