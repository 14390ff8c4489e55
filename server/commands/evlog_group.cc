// EVLOG GROUP: consumer groups with policies that Redis has no word for.
#include <string>

#include "server/commands/groups.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/setting_tables.h"
#include "server/commands/settings_args.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

// EVLOG GROUP CREATE key group id|$ [MKSTREAM] [setting value ...]
void Create(Call& call) {
  if (call.argc() < 6) return call.reply.Error(kSyntaxError);
  const bool make_stream = call.argc() > 6 && Is(call.arg(6), "MKSTREAM");
  // What is not said is as the library has it, but for what this server's streams are.
  GroupOptions options;
  options.durability = GroupOptionsFor(call).durability;
  const ParseError error =
      TakeSettings(GroupSettings(), call.args, make_stream ? 7 : 6, false, &options);
  if (!error.empty()) return call.reply.Error(error);
  CreateGroupOf(call, 3, options, make_stream);
}

void Alter(Call& call, Group& group) {
  const absl::StatusOr<GroupDescription> is = group.Describe();
  if (!is.ok()) return ReplyStatus(call.reply, is.status());
  GroupOptions options = is->options;
  const ParseError error = TakeSettings(GroupSettings(), call.args, 5, true, &options);
  if (!error.empty()) return call.reply.Error(error);
  const absl::Status altered = group.Alter(options);
  if (!altered.ok()) return ReplyStatus(call.reply, altered);
  call.reply.Ok();
}

void Describe(Call& call, Group& group) {
  const absl::StatusOr<GroupDescription> is = DescribeGroup(group);
  if (!is.ok()) return ReplyStatus(call.reply, is.status());
  RespWriter& reply = call.reply;
  const auto number = [&reply](std::string_view name, uint64_t value) {
    reply.Bulk(name);
    reply.Integer(static_cast<int64_t>(value));
  };
  reply.Map(GroupSettings().size() + 9);
  reply.Bulk("name");
  reply.Bulk(is->name);
  WriteSettings(reply, GroupSettings(), is->options);
  number("entries-read", is->entries_read);
  reply.Bulk("last-delivered-id");
  reply.Id(is->last_delivered);
  number("lag", is->lag);
  number("lag-age-ms", static_cast<uint64_t>(absl::ToInt64Milliseconds(is->lag_age)));
  number("pending", is->pending);
  number("released", is->released);
  number("consumers", is->consumers.size());
  reply.Bulk("leases");
  const bool leased = is->options.order == GroupOptions::Order::kOrdered;
  reply.Array(leased ? is->leases.size() : 0);
  if (!leased) return;
  for (const std::string& consumer : is->leases) reply.Bulk(consumer);
}

}  // namespace

void HandleEvlogGroup(Call& call) {
  if (Is(call.arg(2), "CREATE")) return Create(call);
  const bool alter = Is(call.arg(2), "ALTER");
  if (!alter && !Is(call.arg(2), "DESCRIBE")) {
    return call.reply.Error("ERR EVLOG GROUP: expected CREATE, ALTER or DESCRIBE");
  }
  if (alter ? call.argc() < 7 : call.argc() != 5) return call.reply.Error(kSyntaxError);
  std::optional<Group> group = RequireGroup(call, call.arg(3), call.arg(4), NoGroup::kOfXgroup);
  if (!group) return;
  if (alter) return Alter(call, *group);
  Describe(call, *group);
}

}  // namespace evlog::server
