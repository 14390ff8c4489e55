// When streams are dropped: EXPIRE, TTL and their kin.
#include <fmt/format.h>

#include <string>

#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

struct Conditions {
  bool nx = false, xx = false, gt = false, lt = false;
};

// False: it has replied with the error.
bool ParseConditions(Call& call, Conditions* conditions) {
  for (const std::string_view arg : call.args.subspan(3)) {
    if (Is(arg, "NX")) {
      conditions->nx = true;
    } else if (Is(arg, "XX")) {
      conditions->xx = true;
    } else if (Is(arg, "GT")) {
      conditions->gt = true;
    } else if (Is(arg, "LT")) {
      conditions->lt = true;
    } else {
      call.reply.Error(fmt::format("ERR Unsupported option {}", std::string(arg)));
      return false;
    }
  }
  if (conditions->nx && (conditions->xx || conditions->gt || conditions->lt)) {
    call.reply.Error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return false;
  }
  if (conditions->gt && conditions->lt) {
    call.reply.Error("ERR GT and LT options at the same time are not compatible");
    return false;
  }
  return true;
}

// A stream without a time is one that never goes.
bool Allow(const Conditions& conditions, std::optional<absl::Time> old, absl::Time wanted) {
  const absl::Time before = old.value_or(absl::InfiniteFuture());
  if (conditions.nx && old) return false;
  if (conditions.xx && !old) return false;
  if (conditions.gt && wanted <= before) return false;
  return !conditions.lt || wanted < before;
}

// The time that the command means, in milliseconds of the unix epoch. False: out of range.
bool WantedMs(const Call& call, int64_t value, int64_t* ms) {
  const bool in_ms = call.row.name.starts_with('p');
  const bool absolute = call.row.name.ends_with("at");
  if (!in_ms && __builtin_mul_overflow(value, 1000, &value)) return false;
  if (!absolute && __builtin_add_overflow(value, absl::ToUnixMillis(call.now), &value)) {
    return false;
  }
  *ms = value;
  return true;
}

}  // namespace

void HandleExpire(Call& call) {
  int64_t value = 0, ms = 0;
  Conditions conditions;
  if (!ParseConditions(call, &conditions)) return;
  if (!ParseNumber(call.arg(2), &value)) return call.reply.Error(kNotAnInteger);
  if (!WantedMs(call, value, &ms)) {
    return call.reply.Error(
        fmt::format("ERR invalid expire time in '{}' command", std::string(call.row.name)));
  }
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(1));
  if (absl::IsNotFound(info.status())) return call.reply.Integer(0);
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  const absl::Time wanted = absl::FromUnixMillis(ms);
  if (!Allow(conditions, info->options.expires_at, wanted)) return call.reply.Integer(0);
  // A time that has passed drops the stream at once, as in Redis.
  const bool past = wanted <= call.now;
  const absl::Status status = past ? call.log().DropStream(call.arg(1))
                                   : call.log().AlterStream(call.arg(1), {.expires_at = wanted});
  if (absl::IsNotFound(status)) return call.reply.Integer(0);
  if (!status.ok()) return ReplyStatus(call.reply, status);
  call.core.BumpRenames();
  NotifyKeyspace(call, kEventGeneric, past ? "del" : "expire", call.arg(1));
  call.reply.Integer(1);
}

void HandlePersist(Call& call) {
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(1));
  if (absl::IsNotFound(info.status())) return call.reply.Integer(0);
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  if (!info->options.expires_at) return call.reply.Integer(0);
  StreamChanges changes;
  changes.expires_at.emplace(std::nullopt);
  const absl::Status status = call.log().AlterStream(call.arg(1), changes);
  if (!status.ok()) return ReplyStatus(call.reply, status);
  call.core.BumpRenames();
  NotifyKeyspace(call, kEventGeneric, "persist", call.arg(1));
  call.reply.Integer(1);
}

void HandleTtl(Call& call) {
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(1));
  if (absl::IsNotFound(info.status())) return call.reply.Integer(-2);
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  if (!info->options.expires_at) return call.reply.Integer(-1);
  const bool in_ms = call.row.name.starts_with('p');
  int64_t ms = absl::ToUnixMillis(*info->options.expires_at);
  if (call.row.name.ends_with("ttl")) {
    ms = std::max<int64_t>(0, ms - absl::ToUnixMillis(call.now));
    return call.reply.Integer(in_ms ? ms : (ms + 500) / 1000);
  }
  call.reply.Integer(in_ms ? ms : (ms + 500) / 1000);
}

}  // namespace evlog::server
