// XACK, XNACK, XACKDEL, XDELEX: settling entries, and deleting them with regard to groups.
#include <optional>
#include <utility>
#include <vector>

#include "embedded/here.h"
#include "server/answer.h"
#include "server/commands/groups.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/stream_args.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

// Arguments that are ids: from first on, up to end.
struct IdArgs {
  size_t first = 0;
  size_t end = 0;
  size_t size() const { return end - first; }
};

// IDS n id ... at *at, which moves behind them. False when it has replied with the error.
bool FindNumberedIds(Call& call, size_t* at, IdArgs* ids) {
  int64_t count = 0;
  if (*at + 1 >= call.argc() || !Is(call.arg(*at), "IDS")) {
    call.reply.Error(kSyntaxError);
    return false;
  }
  if (!ParseNumber(call.arg(*at + 1), &count) || count <= 0) {
    call.reply.Error("ERR Number of IDs must be a positive integer");
    return false;
  }
  ids->first = *at + 2;
  if (static_cast<uint64_t>(count) > call.argc() - ids->first) {
    call.reply.Error("ERR The `numids` parameter must match the number of arguments");
    return false;
  }
  *at = ids->end = ids->first + static_cast<size_t>(count);
  return true;
}

// [KEEPREF | DELREF | ACKED] and IDS n id ..., in either order, to the end, from args[at] on; of
// several IDS the last counts, as in Redis. Where there is no stream, the ids may be anything, so
// they are not read yet.
bool ParseDeletion(Call& call, size_t at, References* references, IdArgs* ids) {
  std::optional<References> said;
  while (at < call.argc()) {
    if (!said && (said = ParseReferences(call.arg(at)))) {
      ++at;
    } else if (!FindNumberedIds(call, &at, ids)) {
      return false;
    }
  }
  *references = said.value_or(References::kKeep);
  return true;
}

void ReplyDeleted(Call& call, const absl::StatusOr<DeleteResult>& result, size_t ids) {
  const bool missing = absl::IsNotFound(result.status());
  if (!result.ok() && !missing) return ReplyStatus(call.reply, result.status());
  if (!missing && result->entries > 0) NotifyKeyspace(call, kEventStream, "xdel", call.arg(1));
  call.reply.Array(ids);
  for (size_t i = 0; i < ids; ++i) {
    const Deleted what = missing ? Deleted::kNotThere : result->each[i];
    call.reply.Integer(what == Deleted::kNotThere ? -1 : what == Deleted::kDeleted ? 1 : 2);
  }
}

void ReplyAcked(RespWriter& reply, const absl::StatusOr<uint64_t>& acked) {
  if (!acked.ok() && !absl::IsNotFound(acked.status())) return ReplyStatus(reply, acked.status());
  reply.Integer(acked.ok() ? static_cast<int64_t>(*acked) : 0);
}

}  // namespace

bool TryXack(Call& call) {
  Group* const group = call.connection->FindGroup(call.arg(1), call.arg(2));
  if (group == nullptr) return false;
  std::vector<EntryId> ids;
  for (const std::string_view text : call.args.subspan(3)) {
    if (!ParseId(text, 0, &ids.emplace_back())) return false;
  }
  return call.connection->Begin(call.row, [&](const Answer& answer) {
    return Here::Ack(*group, ids, [answer](absl::StatusOr<uint64_t> acked) {
      answer.Reply([acked = std::move(acked)](RespWriter& reply) { ReplyAcked(reply, acked); });
    });
  });
}

void HandleXack(Call& call) {
  absl::StatusOr<Group> group = OpenGroupOf(call, call.arg(1), call.arg(2));
  if (!group.ok() && !absl::IsNotFound(group.status())) {
    return ReplyStatus(call.reply, group.status());
  }
  // All ids are read before anything is acknowledged: a count cannot also be an error.
  std::vector<EntryId> ids;
  if (group.ok() && !ParseIds(call, 3, call.argc(), &ids)) return;
  ReplyAcked(call.reply, group.ok() ? group->Ack(ids) : group.status());
}

void HandleXnack(Call& call) {
  NackOptions options;
  options.delay = absl::ZeroDuration();
  if (Is(call.arg(3), "SILENT")) {
    options.kind = NackOptions::Kind::kSilent;
  } else if (Is(call.arg(3), "FATAL")) {
    options.kind = NackOptions::Kind::kFatal;
  } else if (!Is(call.arg(3), "FAIL")) {
    return call.reply.Error(kSyntaxError);
  }
  IdArgs numbered;
  std::vector<EntryId> ids;
  size_t at = 4;
  if (!FindNumberedIds(call, &at, &numbered)) return;
  if (!ParseIds(call, numbered.first, numbered.end, &ids)) return;
  for (; at < call.argc(); ++at) {
    if (Is(call.arg(at), "FORCE")) {
      options.force = true;
    } else if (Is(call.arg(at), "RETRYCOUNT") && at + 1 < call.argc()) {
      int64_t count = 0;
      if (!ParseNumber(call.arg(++at), &count) || count < 0 || count > UINT32_MAX) {
        return call.reply.Error("ERR Invalid RETRYCOUNT option argument for XNACK");
      }
      options.deliveries = static_cast<uint32_t>(count);
    } else {
      return call.reply.Error(kSyntaxError);
    }
  }
  std::optional<Group> group = RequireGroup(call, call.arg(1), call.arg(2), NoGroup::kOfClaiming);
  if (!group) return;
  const absl::StatusOr<uint64_t> nacked = group->Nack(ids, options);
  if (!nacked.ok()) return ReplyStatus(call.reply, nacked.status());
  call.reply.Integer(static_cast<int64_t>(*nacked));
}

void HandleXackdel(Call& call) {
  References references = References::kKeep;
  IdArgs numbered;
  if (!ParseDeletion(call, 3, &references, &numbered)) return;
  absl::StatusOr<Group> group = OpenGroupOf(call, call.arg(1), call.arg(2));
  if (!group.ok()) return ReplyDeleted(call, group.status(), numbered.size());
  std::vector<EntryId> ids;
  if (!ParseIds(call, numbered.first, numbered.end, &ids)) return;
  ReplyDeleted(call, group->AckDelete(ids, {.references = references}), ids.size());
}

void HandleXdelex(Call& call) {
  References references = References::kKeep;
  IdArgs numbered;
  if (!ParseDeletion(call, 2, &references, &numbered)) return;
  absl::StatusOr<Stream> stream = OpenKey(call, call.arg(1), IfMissing::kError);
  if (!stream.ok()) return ReplyDeleted(call, stream.status(), numbered.size());
  std::vector<EntryId> ids;
  if (!ParseIds(call, numbered.first, numbered.end, &ids)) return;
  ReplyDeleted(call, stream->Delete(ids, {.references = references}), ids.size());
}

}  // namespace evlog::server
