// XINFO GROUPS, XINFO CONSUMERS.
#include <optional>
#include <string>
#include <vector>

#include "log/base/status.h"
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

// At most `count` of those that `consumer` has; without one, of all, each with its consumer.
void WritePending(RespWriter& reply, Group& group, uint64_t count,
                  const std::optional<std::string>& consumer) {
  const absl::StatusOr<std::vector<PendingEntry>> pending =
      group.ListPending({.count = count, .consumer = consumer});
  reply.Bulk("pending");
  if (!pending.ok()) return reply.Array(0);
  reply.Array(pending->size());
  for (const PendingEntry& entry : *pending) {
    reply.Array(consumer ? 3 : 4);
    reply.Id(entry.id);
    if (!consumer) reply.Bulk(entry.consumer);
    reply.Integer(absl::ToUnixMillis(entry.time));
    reply.Integer(static_cast<int64_t>(entry.deliveries));
  }
}

void WriteFullGroup(Call& call, Group& group, const GroupDescription& is, uint64_t count) {
  RespWriter& reply = call.reply;
  const bool active = call.core.IsAsOf(7, 2);
  const auto number = [&reply](std::string_view name, int64_t value) {
    reply.Bulk(name);
    reply.Integer(value);
  };
  reply.Map(7);
  reply.Bulk("name");
  reply.Bulk(is.name);
  reply.Bulk("last-delivered-id");
  reply.Id(is.last_delivered);
  number("entries-read", static_cast<int64_t>(is.entries_read));
  number("lag", static_cast<int64_t>(is.lag));
  number("pel-count", static_cast<int64_t>(is.pending));
  WritePending(reply, group, count, std::nullopt);
  reply.Bulk("consumers");
  reply.Array(is.consumers.size());
  for (const GroupConsumer& consumer : is.consumers) {
    reply.Map(active ? 5 : 4);
    reply.Bulk("name");
    reply.Bulk(consumer.name);
    number("seen-time", absl::ToUnixMillis(consumer.seen));
    if (active) {
      number("active-time", consumer.active ? absl::ToUnixMillis(*consumer.active) : -1);
    }
    number("pel-count", static_cast<int64_t>(consumer.pending));
    WritePending(reply, group, count, consumer.name);
  }
}

// Calls `write(group, description)` for each group that there is, and answers how many.
template <typename Write>
absl::StatusOr<size_t> ForEachGroup(Call& call, std::string_view key, const Write& write) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, call.log().ListGroups(key));
  size_t written = 0;
  for (const std::string& name : names) {
    absl::StatusOr<Group> group = call.log().OpenGroup(key, name);
    if (!group.ok()) continue;  // destroyed just now
    const absl::StatusOr<GroupDescription> is = DescribeGroup(*group);
    if (absl::IsNotFound(is.status())) continue;
    RETURN_IF_ERROR(is.status());
    write(*group, *is);
    ++written;
  }
  return written;
}

int64_t SinceMs(absl::Time then, absl::Time now) {
  return absl::ToInt64Milliseconds(std::max(now - then, absl::ZeroDuration()));
}

}  // namespace

void HandleXinfoGroups(Call& call) {
  const Presence presence = FindKey(call, call.arg(2));
  if (presence == Presence::kMissing) call.reply.Error(kNoSuchKey);
  if (presence != Presence::kThere) return;
  const size_t mark = call.reply.Mark();
  const absl::StatusOr<size_t> written =
      ForEachGroup(call, call.arg(2),
                   [&call](Group&, const GroupDescription& is) { WriteGroup(call.reply, is); });
  if (written.ok()) return call.reply.ArrayAt(mark, *written);
  call.reply.Rewind(mark);
  ReplyStatus(call.reply, written.status());
}

void WriteFullGroups(Call& call, std::string_view key, uint64_t count) {
  const size_t mark = call.reply.Mark();
  const absl::StatusOr<size_t> written = ForEachGroup(
      call, key,
      [&](Group& group, const GroupDescription& is) { WriteFullGroup(call, group, is, count); });
  if (!written.ok()) call.reply.Rewind(mark);
  call.reply.ArrayAt(mark, written.value_or(0));
}

void HandleXinfoConsumers(Call& call) {
  const Presence presence = FindKey(call, call.arg(2));
  if (presence == Presence::kMissing) call.reply.Error(kNoSuchKey);
  if (presence != Presence::kThere) return;
  std::optional<Group> group = RequireGroup(call, call.arg(2), call.arg(3), NoGroup::kOfXgroup);
  if (!group) return;
  const absl::StatusOr<GroupDescription> is = DescribeGroup(*group);
  if (!is.ok()) return ReplyStatus(call.reply, is.status());
  const bool inactive = call.core.IsAsOf(7, 2);
  call.reply.Array(is->consumers.size());
  for (const GroupConsumer& consumer : is->consumers) {
    call.reply.Map(inactive ? 4 : 3);
    call.reply.Bulk("name");
    call.reply.Bulk(consumer.name);
    call.reply.Bulk("pending");
    call.reply.Integer(static_cast<int64_t>(consumer.pending));
    call.reply.Bulk("idle");
    call.reply.Integer(SinceMs(consumer.seen, call.now));
    if (!inactive) continue;
    call.reply.Bulk("inactive");
    call.reply.Integer(consumer.active ? SinceMs(*consumer.active, call.now) : -1);
  }
}

}  // namespace evlog::server
