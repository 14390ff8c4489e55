// XGROUP.
#include <algorithm>
#include <string>

#include "server/commands/groups.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/stream_args.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr char kKeyRequired[] =
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use "
    "the MKSTREAM option to create an empty stream automatically.";

// `$` or an id, behind which the group begins. False when it has replied with the error. `ends`:
// `-` and `+` are ids, too, as Redis has it of SETID but not of CREATE.
bool ParseStart(Call& call, std::string_view text, bool ends, Bound* start) {
  if (text == "$") {
    *start = Bound::End();
    return true;
  }
  EntryId id;
  if (ends && text == "-") {
    id = EntryId::Min();
  } else if (ends && text == "+") {
    id = EntryId::Max();
  } else if (!ParseId(text, 0, &id)) {
    call.reply.Error(kInvalidId);
    return false;
  }
  *start = Bound::ExclusiveId(id);
  return true;
}

// What the group has read is known exactly, so what a client says of it is checked and dropped.
bool ParseEntriesRead(Call& call, std::string_view text) {
  int64_t read = 0;
  if (!ParseNumber(text, &read)) {
    call.reply.Error(kNotAnInteger);
  } else if (read < -1) {
    call.reply.Error("ERR value for ENTRIESREAD must be positive or -1");
  } else {
    return true;
  }
  return false;
}

// The key of all subcommands but CREATE with MKSTREAM. False when it has replied with the error.
bool RequireKey(Call& call, std::string_view key) {
  const Presence presence = FindKey(call, key);
  if (presence == Presence::kMissing) call.reply.Error(kKeyRequired);
  return presence == Presence::kThere;
}

// Costs a description: only for who is told of it.
bool HasConsumer(Group& group, std::string_view name) {
  const absl::StatusOr<GroupDescription> is = group.Describe();
  return is.ok() && std::any_of(is->consumers.begin(), is->consumers.end(),
                                [name](const GroupConsumer& c) { return c.name == name; });
}

}  // namespace

GroupOptions GroupOptionsFor(const Call& call) {
  GroupOptions options;
  options.redelivers = false;
  options.ack_wait = absl::InfiniteDuration();
  options.durability = std::max(call.core.options().stream.durability, Durability::kOs);
  return options;
}

void CreateGroupOf(Call& call, size_t at, const GroupOptions& options, bool make_stream) {
  const std::string_view key = call.arg(at), group = call.arg(at + 1);
  if (!make_stream && !RequireKey(call, key)) return;
  Bound start = Bound::End();
  if (!ParseStart(call, call.arg(at + 2), /*ends=*/false, &start)) return;
  const bool is_new = make_stream && WantsKeyspaceEvent(call, kEventNew) && !HasKey(call, key);
  if (make_stream) {
    const absl::StatusOr<Stream> made = OpenKey(call, key, IfMissing::kCreate);
    if (!made.ok()) return ReplyStatus(call.reply, made.status());
  }
  const absl::Status made = call.log().CreateGroup(key, group, options, start).status();
  if (absl::IsAlreadyExists(made)) {
    return call.reply.Error("BUSYGROUP Consumer Group name already exists");
  }
  if (!made.ok()) return ReplyStatus(call.reply, made);
  if (is_new) NotifyKeyspace(call, kEventNew, "new", key);
  NotifyKeyspace(call, kEventStream, "xgroup-create", key);
  call.reply.Ok();
}

void HandleXgroupCreate(Call& call) {
  bool make_stream = false;
  for (size_t i = 5; i < call.argc(); ++i) {
    if (Is(call.arg(i), "MKSTREAM")) {
      make_stream = true;
    } else if (Is(call.arg(i), "ENTRIESREAD") && i + 1 < call.argc()) {
      if (!ParseEntriesRead(call, call.arg(++i))) return;
    } else {
      return call.reply.Error(kSyntaxError);
    }
  }
  CreateGroupOf(call, 2, GroupOptionsFor(call), make_stream);
}

void HandleXgroupSetid(Call& call) {
  for (size_t i = 5; i < call.argc(); i += 2) {
    if (!Is(call.arg(i), "ENTRIESREAD") || i + 1 == call.argc()) {
      return call.reply.Error(kSyntaxError);
    }
    if (!ParseEntriesRead(call, call.arg(i + 1))) return;
  }
  if (!RequireKey(call, call.arg(2))) return;
  std::optional<Group> group = RequireGroup(call, call.arg(2), call.arg(3), NoGroup::kOfXgroup);
  Bound start = Bound::End();
  if (!group || !ParseStart(call, call.arg(4), /*ends=*/true, &start)) return;
  const absl::Status sought = group->Seek(start);
  if (!sought.ok()) return ReplyStatus(call.reply, sought);
  NotifyKeyspace(call, kEventStream, "xgroup-setid", call.arg(2));
  call.reply.Ok();
}

void HandleXgroupDestroy(Call& call) {
  if (!RequireKey(call, call.arg(2))) return;
  const absl::Status destroyed = call.log().DestroyGroup(call.arg(2), call.arg(3));
  if (!destroyed.ok() && !absl::IsNotFound(destroyed)) return ReplyStatus(call.reply, destroyed);
  if (destroyed.ok()) NotifyKeyspace(call, kEventStream, "xgroup-destroy", call.arg(2));
  call.reply.Integer(destroyed.ok() ? 1 : 0);
}

void HandleXgroupCreateconsumer(Call& call) {
  if (!RequireKey(call, call.arg(2))) return;
  std::optional<Group> group = RequireGroup(call, call.arg(2), call.arg(3), NoGroup::kOfXgroup);
  if (!group) return;
  const absl::StatusOr<bool> added = group->AddConsumer(call.arg(4));
  if (!added.ok()) return ReplyStatus(call.reply, added.status());
  if (*added) NotifyKeyspace(call, kEventStream, "xgroup-createconsumer", call.arg(2));
  call.reply.Integer(*added ? 1 : 0);
}

void HandleXgroupDelconsumer(Call& call) {
  if (!RequireKey(call, call.arg(2))) return;
  std::optional<Group> group = RequireGroup(call, call.arg(2), call.arg(3), NoGroup::kOfXgroup);
  if (!group) return;
  const bool told = WantsKeyspaceEvent(call, kEventStream) && HasConsumer(*group, call.arg(4));
  const absl::StatusOr<uint64_t> pending = group->RemoveConsumer(call.arg(4), /*forget=*/true);
  if (!pending.ok()) return ReplyStatus(call.reply, pending.status());
  if (told) NotifyKeyspace(call, kEventStream, "xgroup-delconsumer", call.arg(2));
  call.reply.Integer(static_cast<int64_t>(*pending));
}

}  // namespace evlog::server
