#include "cli/target/redis_link.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/pace.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr absl::Duration kBlockMax = absl::Seconds(30);
// How much later than it was to the answer may come.
constexpr absl::Duration kPatience = absl::Seconds(15);

constexpr absl::Duration kPauseMin = absl::Milliseconds(100);
constexpr absl::Duration kPauseMax = absl::Seconds(5);

}  // namespace

std::string BlockText(absl::Duration wait) {
  // 0 would be for ever.
  return std::to_string(std::max<int64_t>(
      1, absl::ToInt64Milliseconds(absl::Ceil(std::min(wait, kBlockMax), absl::Milliseconds(1)))));
}

absl::StatusOr<RedisReply> RedisLink::Ask(const RedisCommand& command, absl::Duration wait) {
  RETURN_IF_ERROR(connection_->Send(command));
  const RedisWait until = {std::min(wait, kBlockMax) + kPatience, place_.interrupt};
  absl::StatusOr<RedisReply> received = connection_->Receive(until);
  if (absl::IsDeadlineExceeded(received.status())) {
    return absl::UnavailableError(MessageOf(received.status()));
  }
  if (!received.ok()) return received.status();
  RedisReply reply = *std::move(received);
  if (reply->type == REDIS_REPLY_ERROR) return connection_->StatusOf(*reply);
  return reply;
}

absl::Status RedisLink::Reconnect(const absl::Status& lost, absl::Time deadline,
                                  const std::string& where) {
  const auto say = [this](const std::string& text) {
    place_.status->Say(fmt::format("evlog: {}: {}", place_.verb, text));
  };
  say(MessageOf(lost) + "; connecting again");
  absl::Duration pause = kPauseMin;
  for (;;) {
    absl::StatusOr<std::unique_ptr<RedisConnection>> connection = place_.Connect();
    // A server that is loading takes connections before it answers.
    absl::Status usable = connection.status();
    if (usable.ok()) usable = (*connection)->Call({"PING"}).status();
    if (usable.ok()) {
      connection_ = *std::move(connection);
      say(fmt::format("{}: connected again, going on {}", connection_->server(), where));
      return absl::OkStatus();
    }
    if (!absl::IsUnavailable(usable)) return usable;
    const absl::Time now = place_.clock->Now();
    if (now >= deadline) return absl::DeadlineExceededError(MessageOf(usable));
    if (!WaitUntil(place_.clock, std::min(now + pause, deadline), place_.interrupt->token())) {
      return absl::CancelledError("asked to stop");
    }
    pause = std::min(pause * 2, kPauseMax);
  }
}

}  // namespace evlog::cli
