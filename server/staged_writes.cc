#include "server/staged_writes.h"

#include <utility>

#include "server/command_stats.h"
#include "server/command_table.h"
#include "server/commands/groups.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/stream_args.h"
#include "server/keyspace_events.h"

namespace evlog::server {

namespace {

// Of a key that there was not: that what has its name now is new.
Expect As(const std::optional<KeyVersion>& version) {
  if (!version || version->last_id == EntryId::Min()) return Expect::NoEntries();
  return Expect::LastId(version->last_id);
}

void Require(const Call& call, const WatchedKey& key, Transaction* transaction) {
  Call of_key = call;
  of_key.database = key.database;
  const absl::StatusOr<Stream> stream = OpenKey(of_key, key.name, IfMissing::kError);
  // An expectation is of one partition: of several, the look before this must do.
  if (!stream.ok() || stream->options().partitions != 1) return;
  transaction->Require(*stream, As(key.version));
}

}  // namespace

void StagedWrites::RequireUnchanged(const Call& call) {
  if (watched_ == nullptr) return;
  for (const WatchedKey& key : *watched_) {
    if (key.version) Require(call, key, &transaction_);
  }
}

void StagedWrites::RequireNew(const Call& call, const Stream& stream) {
  if (watched_ == nullptr || stream.options().partitions != 1) return;
  for (const WatchedKey& key : *watched_) {
    if (key.version || key.database != call.database || key.name != call.arg(1)) continue;
    if (made_.insert(stream.id()).second) transaction_.Require(stream, Expect::NoEntries());
  }
}

bool StagedWrites::Take(const Call& call) {
  const bool xadd = call.row.handler == HandleXadd;
  if (!xadd && call.row.handler != HandleXack) return false;
  if (staged_.empty()) RequireUnchanged(call);
  return xadd ? TakeXadd(call) : TakeXack(call);
}

bool StagedWrites::TrimsLast(const Stream& stream, const std::optional<TrimOptions>& trim) {
  for (Staged& staged : staged_) {
    if (!staged.trim || staged.stream->id() != stream.id()) continue;
    if (!trim || *trim != *staged.trim) return false;
    staged.trim.reset();
  }
  return true;
}

bool StagedWrites::TakeXadd(const Call& call) {
  XaddArgs args;
  if (!args.Parse(call.args).empty() || args.idempotence ||
      args.id_kind == XaddArgs::Id::kAutoSequence || args.extras.delayed() ||
      args.extras.durability) {
    return false;
  }
  const bool is_new = WantsKeyspaceEvent(call, kEventNew) && !HasKey(call, args.key);
  const absl::StatusOr<Stream> stream =
      OpenKey(call, args.key, args.make_stream ? IfMissing::kCreate : IfMissing::kError);
  if (!stream.ok()) return false;
  std::optional<TrimOptions> trim;
  if (args.trim.trims()) trim = args.trim.options();
  if (!TrimsLast(*stream, trim)) return false;
  RequireNew(call, *stream);
  AppendOptions options;
  options.key = args.extras.key;
  options.expect = args.extras.expect;
  if (args.id_kind == XaddArgs::Id::kGiven) options.id = args.id;
  if (!transaction_.Append(*stream, FieldsOf(args), options).ok()) return false;
  staged_.push_back({call, *stream, trim, is_new, appends_++});
  return true;
}

bool StagedWrites::TakeXack(const Call& call) {
  std::vector<EntryId> ids;
  for (const std::string_view text : call.args.subspan(3)) {
    if (!ParseId(text, 0, &ids.emplace_back())) return false;
  }
  const absl::StatusOr<Group> group = OpenGroupOf(call, call.arg(1), call.arg(2));
  if (!group.ok()) return false;
  transaction_.Ack(*group, ids);
  staged_.push_back({call, std::nullopt, std::nullopt, false, acks_++});
  return true;
}

absl::Status StagedWrites::Commit(RespWriter& reply) {
  absl::StatusOr<CommitResult> done =
      staged_.front().call.core.log(0).Commit(std::move(transaction_));
  if (!done.ok()) return done.status();
  for (Staged& staged : staged_) Finish(staged, *done, reply);
  staged_.clear();
  return absl::OkStatus();
}

void StagedWrites::Finish(Staged& staged, const CommitResult& done, RespWriter& reply) {
  if (!staged.stream) {
    return reply.Integer(static_cast<int64_t>(done.acknowledged[staged.at]));
  }
  reply.Id(done.appends[staged.at].last_id);
  const std::string_view key = staged.call.arg(1);
  if (staged.is_new) NotifyKeyspace(staged.call, kEventNew, "new", key);
  NotifyKeyspace(staged.call, kEventStream, "xadd", key);
  if (!staged.trim) return;
  // The entry is there, whatever becomes of the trim: the next one makes up for it.
  const absl::StatusOr<TrimResult> trimmed = staged.stream->Trim(*staged.trim);
  if (trimmed.ok() && trimmed->entries > 0) {
    NotifyKeyspace(staged.call, kEventStream, "xtrim", key);
  }
}

bool StagedWrites::IsUnchanged(const Call& call) const {
  Transaction nothing;
  for (const WatchedKey& key : *watched_) Require(call, key, &nothing);
  return nothing.empty() || call.core.log(0).Commit(std::move(nothing)).ok();
}

void StagedWrites::RunOneByOne() {
  for (Staged& staged : staged_) RunAndCount(staged.call, staged.call.core.Now());
  staged_.clear();
}

}  // namespace evlog::server
