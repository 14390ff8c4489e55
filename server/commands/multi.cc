// MULTI, DISCARD, WATCH, UNWATCH. What EXEC does: exec_run.h.
#include "server/multi.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "server/commands/handlers.h"
#include "server/commands/key_version.h"

namespace evlog::server {

namespace {

MultiState& StateOf(Call& call) {
  if (*call.multi == nullptr) *call.multi = std::make_unique<MultiState>();
  return **call.multi;
}

bool IsQueueing(const Call& call) { return *call.multi != nullptr && (*call.multi)->queueing; }

}  // namespace

void HandleMulti(Call& call) {
  if (IsQueueing(call)) return call.reply.Error("ERR MULTI calls can not be nested");
  StateOf(call).queueing = true;
  call.client.multi = 0;
  call.reply.Ok();
}

void HandleDiscard(Call& call) {
  if (!IsQueueing(call)) return call.reply.Error("ERR DISCARD without MULTI");
  call.multi->reset();
  call.client.multi = -1;
  call.reply.Ok();
}

void HandleWatch(Call& call) {
  MultiState& state = StateOf(call);
  if (state.queueing) return call.reply.Error("ERR WATCH inside MULTI is not allowed");
  std::vector<WatchedKey> watched;
  for (const std::string_view name : call.args.subspan(1)) {
    const auto is_it = [&](const WatchedKey& key) {
      return key.database == call.database && key.name == name;
    };
    // One that is watched already stays at the version that it had then.
    if (std::any_of(state.watched.begin(), state.watched.end(), is_it)) continue;
    absl::StatusOr<std::optional<KeyVersion>> version = FindVersion(call, name);
    if (!version.ok()) return ReplyStatus(call.reply, version.status());
    watched.push_back({call.database, std::string(name), *std::move(version)});
  }
  for (WatchedKey& key : watched) state.watched.push_back(std::move(key));
  call.reply.Ok();
}

void HandleUnwatch(Call& call) {
  if (*call.multi != nullptr) (*call.multi)->watched.clear();
  call.reply.Ok();
}

}  // namespace evlog::server
