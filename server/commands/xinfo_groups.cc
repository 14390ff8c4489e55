// XINFO GROUPS, XINFO CONSUMERS.
#include <string>

#include "server/commands/groups.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

void WriteGroup(RespWriter& reply, const GroupDescription& group) {
  const auto number = [&reply](std::string_view name, uint64_t value) {
    reply.Bulk(name);
    reply.Integer(static_cast<int64_t>(value));
  };
  reply.Map(6);
  reply.Bulk("name");
  reply.Bulk(group.name);
  number("consumers", group.consumers.size());
  number("pending", group.pending);
  reply.Bulk("last-delivered-id");
  reply.Id(group.last_delivered);
  number("entries-read", group.entries_read);
  number("lag", group.lag);
}

int64_t SinceMs(absl::Time then, absl::Time now) {
  return absl::ToInt64Milliseconds(std::max(now - then, absl::ZeroDuration()));
}

}  // namespace

void HandleXinfoGroups(Call& call) {
  const Presence presence = FindKey(call, call.arg(2));
  if (presence == Presence::kMissing) call.reply.Error(kNoSuchKey);
  if (presence != Presence::kThere) return;
  const absl::StatusOr<std::vector<std::string>> names = call.log().ListGroups(call.arg(2));
  if (!names.ok()) return ReplyStatus(call.reply, names.status());
  const size_t mark = call.reply.Mark();
  size_t written = 0;
  for (const std::string& name : *names) {
    absl::StatusOr<Group> group = call.log().OpenGroup(call.arg(2), name);
    if (!group.ok()) continue;  // destroyed just now
    const absl::StatusOr<GroupDescription> is = group->Describe();
    if (absl::IsNotFound(is.status())) continue;
    if (!is.ok()) {
      call.reply.Rewind(mark);
      return ReplyStatus(call.reply, is.status());
    }
    WriteGroup(call.reply, *is);
    ++written;
  }
  call.reply.ArrayAt(mark, written);
}

void HandleXinfoConsumers(Call& call) {
  const Presence presence = FindKey(call, call.arg(2));
  if (presence == Presence::kMissing) call.reply.Error(kNoSuchKey);
  if (presence != Presence::kThere) return;
  std::optional<Group> group = RequireGroup(call, call.arg(2), call.arg(3), NoGroup::kOfXgroup);
  if (!group) return;
  const absl::StatusOr<GroupDescription> is = group->Describe();
  if (!is.ok()) return ReplyStatus(call.reply, is.status());
  call.reply.Array(is->consumers.size());
  for (const GroupConsumer& consumer : is->consumers) {
    call.reply.Map(4);
    call.reply.Bulk("name");
    call.reply.Bulk(consumer.name);
    call.reply.Bulk("pending");
    call.reply.Integer(static_cast<int64_t>(consumer.pending));
    call.reply.Bulk("idle");
    call.reply.Integer(SinceMs(consumer.seen, call.now));
    call.reply.Bulk("inactive");
    call.reply.Integer(consumer.active ? SinceMs(*consumer.active, call.now) : -1);
  }
}

}  // namespace evlog::server
