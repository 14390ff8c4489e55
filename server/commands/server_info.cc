// CONFIG, TIME and what else is about the server as a whole, but INFO.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "server/commands/handlers.h"
#include "server/wire/error_map.h"

namespace evlog::server {

void HandleConfigGet(Call& call) {
  std::vector<std::string> patterns;
  for (const std::string_view arg : call.args.subspan(2)) {
    std::string& pattern = patterns.emplace_back(arg);
    for (char& c : pattern) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  const auto found = call.core.settings().Get(patterns);
  call.reply.Map(found.size());
  for (const auto& [name, value] : found) {
    call.reply.Bulk(name);
    call.reply.Bulk(value);
  }
}

void HandleConfigSet(Call& call) {
  if (call.argc() % 2 != 0) {
    return call.reply.Error("ERR wrong number of arguments for 'config|set' command");
  }
  std::vector<Settings::Change> changes;
  for (size_t i = 2; i < call.argc(); i += 2) {
    changes.push_back({call.arg(i), call.arg(i + 1)});
  }
  std::string_view failed;
  const absl::Status status = call.core.settings().Set(changes, &failed);
  if (status.ok()) return call.reply.Ok();
  if (absl::IsNotFound(status)) {
    return call.reply.Error(fmt::format(
        "ERR Unknown option or number of arguments for CONFIG SET - '{}'", std::string(failed)));
  }
  call.reply.Error(fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}",
                               std::string(failed), std::string(status.message())));
}

void HandleConfigResetstat(Call& call) {
  call.core.ResetStats(call.now);
  call.reply.Ok();
}

void HandleConfigRewrite(Call& call) {
  call.reply.Error("ERR The server is running without a config file");
}

void HandleTime(Call& call) {
  const int64_t us = absl::ToUnixMicros(call.now);
  call.reply.Array(2);
  call.reply.BulkNumber(us / 1'000'000);
  call.reply.BulkNumber(us % 1'000'000);
}

void HandleWait(Call& call) {
  int64_t replicas = 0, timeout_ms = 0;
  if (!ParseNumber(call.arg(1), &replicas)) return call.reply.Error(kNotAnInteger);
  if (!ParseNumber(call.arg(2), &timeout_ms)) {
    return call.reply.Error("ERR timeout is not an integer or out of range");
  }
  if (timeout_ms < 0) return call.reply.Error("ERR timeout is negative");
  call.reply.Integer(0);
}

void HandleWaitaof(Call& call) {
  int64_t local = 0, replicas = 0, timeout_ms = 0;
  if (!ParseNumber(call.arg(1), &local) || local < 0 || local > 1 ||
      !ParseNumber(call.arg(2), &replicas) || replicas < 0) {
    return call.reply.Error("ERR value is out of range, must between 0 and 1");
  }
  if (!ParseNumber(call.arg(3), &timeout_ms) || timeout_ms < 0) {
    return call.reply.Error("ERR timeout is not an integer or out of range");
  }
  const absl::Status status = call.log().Sync();
  if (!status.ok()) return ReplyStatus(call.reply, status);
  call.reply.Array(2);
  call.reply.Integer(1);
  call.reply.Integer(0);
}

namespace {

// [NOSAVE | SAVE] [NOW] [FORCE], which mean nothing here, or ABORT alone. False: neither.
bool ParseShutdown(const Call& call, bool* abort) {
  bool save = false, no_save = false, other = false;
  for (const std::string_view option : call.args.subspan(1)) {
    if (Is(option, "ABORT")) {
      *abort = true;
    } else if (Is(option, "SAVE")) {
      save = true;
    } else if (Is(option, "NOSAVE")) {
      no_save = true;
    } else if (Is(option, "NOW") || Is(option, "FORCE")) {
      other = true;
    } else {
      return false;
    }
  }
  return !(save && no_save) && !(*abort && (save || no_save || other));
}

}  // namespace

void HandleShutdown(Call& call) {
  bool abort = false;
  if (!ParseShutdown(call, &abort)) return call.reply.Error(kSyntaxError);
  if (abort) return call.reply.Error("ERR No shutdown in progress.");
  if (call.core.options().on_shutdown == nullptr) {
    return call.reply.Error("ERR this server is ended by the application that it is part of");
  }
  // As in Redis, the end of the connection is the answer.
  call.connection->SetReplyMode(ReplyMode::kSkipNext);
  call.connection->CloseAfterReplies();
  call.core.options().on_shutdown();
}

void HandleRole(Call& call) {
  call.reply.Array(3);
  call.reply.Bulk("master");
  call.reply.Integer(0);
  call.reply.Array(0);
}

void HandleEmptyArray(Call& call) { call.reply.Array(0); }
void HandleZero(Call& call) { call.reply.Integer(0); }
void HandleOk(Call& call) { call.reply.Ok(); }

void HandleSlowlogGet(Call& call) {
  if (call.argc() > 3) {
    return call.reply.Error(
        "ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.");
  }
  int64_t count = 0;
  if (call.argc() == 3 && (!ParseNumber(call.arg(2), &count) || count < -1)) {
    return call.reply.Error("ERR count should be greater than or equal to -1");
  }
  call.reply.Array(0);
}

void HandleLatencyDoctor(Call& call) {
  call.reply.Verbatim("Slow events are not recorded by this server.\n");
}

void HandleMemoryDoctor(Call& call) {
  call.reply.Verbatim("Memory is bounded by the options of the log.\n");
}

void HandleAclWhoami(Call& call) { call.reply.Bulk("default"); }

void HandleClusterDisabled(Call& call) {
  call.reply.Error("ERR This instance has cluster support disabled");
}

}  // namespace evlog::server
