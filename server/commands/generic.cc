// What works on keys of whatever type: here all are streams.
#include <charconv>
#include <random>
#include <string>
#include <vector>

#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

constexpr int64_t kScanCount = 10;

std::vector<StreamInfo> WithoutExpired(std::vector<StreamInfo> streams, absl::Time now) {
  std::erase_if(streams, [now](const StreamInfo& info) {
    return info.options.expires_at && *info.options.expires_at <= now;
  });
  return streams;
}

// What strtoul takes, as in Redis: there may be a sign, and nothing is 0.
bool ParseCursor(std::string_view text, uint64_t* cursor) {
  *cursor = 0;
  if (text.empty()) return true;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const std::from_chars_result read = std::from_chars(text.data(), end, *cursor);
  if (negative) *cursor = 0 - *cursor;
  return read.ec == std::errc() && read.ptr == end;
}

// The streams that match; replies with the error where they cannot be read.
bool ListKeys(Call& call, const ListOptions& options, std::vector<StreamInfo>* found) {
  absl::StatusOr<std::vector<StreamInfo>> streams = call.log().ListStreams(options);
  if (!streams.ok()) {
    ReplyStatus(call.reply, streams.status());
    return false;
  }
  *found = *std::move(streams);
  return true;
}

}  // namespace

void HandleType(Call& call) {
  const Presence presence = FindKey(call, call.arg(1));
  if (presence == Presence::kError) return;
  call.reply.Simple(presence == Presence::kThere ? "stream" : "none");
}

void HandleExists(Call& call) {
  int64_t there = 0;
  for (const std::string_view key : call.args.subspan(1)) {
    const Presence presence = FindKey(call, key);
    if (presence == Presence::kError) return;
    if (presence == Presence::kThere) ++there;
  }
  call.reply.Integer(there);
}

void HandleDel(Call& call) {
  int64_t dropped = 0;
  for (const std::string_view key : call.args.subspan(1)) {
    const Presence presence = FindKey(call, key);
    if (presence == Presence::kError) return;
    if (presence == Presence::kMissing) continue;
    const absl::Status status = call.log().DropStream(key);
    if (absl::IsNotFound(status)) continue;
    if (!status.ok()) return ReplyStatus(call.reply, status);
    ++dropped;
    NotifyKeyspace(call, kEventGeneric, "del", key);
  }
  call.reply.Integer(dropped);
}

void HandleKeys(Call& call) {
  std::vector<StreamInfo> streams;
  if (!ListKeys(call, {.pattern = std::string(call.arg(1))}, &streams)) return;
  streams = WithoutExpired(std::move(streams), call.now);
  call.reply.Array(streams.size());
  for (const StreamInfo& info : streams) call.reply.Bulk(info.name);
}

void HandleScan(Call& call) {
  uint64_t cursor = 0;
  if (!ParseCursor(call.arg(1), &cursor)) return call.reply.Error("ERR invalid cursor");
  ListOptions options;
  int64_t count = kScanCount;
  bool streams_wanted = true;
  for (size_t i = 2; i < call.argc(); i += 2) {
    if (i + 1 == call.argc()) return call.reply.Error(kSyntaxError);
    const std::string_view value = call.arg(i + 1);
    if (Is(call.arg(i), "COUNT")) {
      if (!ParseNumber(value, &count)) return call.reply.Error(kNotAnInteger);
      if (count < 1) return call.reply.Error(kSyntaxError);
    } else if (Is(call.arg(i), "MATCH")) {
      options.pattern = std::string(value);
    } else if (Is(call.arg(i), "TYPE")) {
      streams_wanted = Is(value, "STREAM");
    } else {
      return call.reply.Error(kSyntaxError);
    }
  }
  // One that is not known, as after a restart, begins at the start: a scan may come to a key twice,
  // but must not leave one out.
  if (cursor != 0) options.after = call.core.scan_cursors().Find(cursor).value_or("");
  options.limit = static_cast<size_t>(count);
  std::vector<StreamInfo> streams;
  if (streams_wanted && !ListKeys(call, options, &streams)) return;
  uint64_t next = 0;
  if (streams.size() == options.limit) next = call.core.scan_cursors().Put(streams.back().name);
  streams = WithoutExpired(std::move(streams), call.now);
  call.reply.Array(2);
  call.reply.BulkNumber(static_cast<int64_t>(next));
  call.reply.Array(streams.size());
  for (const StreamInfo& info : streams) call.reply.Bulk(info.name);
}

void HandleRandomkey(Call& call) {
  std::vector<StreamInfo> streams;
  if (!ListKeys(call, {}, &streams)) return;
  streams = WithoutExpired(std::move(streams), call.now);
  if (streams.empty()) return call.reply.Null();
  std::random_device random;
  call.reply.Bulk(streams[random() % streams.size()].name);
}

void HandleDbsize(Call& call) {
  std::vector<StreamInfo> streams;
  if (!ListKeys(call, {}, &streams)) return;
  streams = WithoutExpired(std::move(streams), call.now);
  call.reply.Integer(static_cast<int64_t>(streams.size()));
}

namespace {

absl::Status DropAll(EventLog& log) {
  const absl::StatusOr<std::vector<StreamInfo>> streams = log.ListStreams();
  if (!streams.ok()) return streams.status();
  for (const StreamInfo& info : *streams) {
    const absl::Status dropped = log.DropStream(info.name);
    if (!dropped.ok() && !absl::IsNotFound(dropped)) return dropped;
  }
  return absl::OkStatus();
}

// FLUSHDB and FLUSHALL take SYNC or ASYNC, which makes no difference here.
bool CheckFlushMode(Call& call) {
  const bool fine = call.argc() == 1 ||
                    (call.argc() == 2 && (Is(call.arg(1), "SYNC") || Is(call.arg(1), "ASYNC")));
  if (!fine) call.reply.Error(kSyntaxError);
  return fine;
}

}  // namespace

void HandleFlushdb(Call& call) {
  if (!CheckFlushMode(call)) return;
  const absl::Status status = DropAll(call.log());
  if (!status.ok()) return ReplyStatus(call.reply, status);
  call.reply.Ok();
}

void HandleFlushall(Call& call) {
  if (!CheckFlushMode(call)) return;
  for (int database = 0; database < kDatabases; ++database) {
    const absl::Status status = DropAll(call.core.log(database));
    if (!status.ok()) return ReplyStatus(call.reply, status);
  }
  call.reply.Ok();
}

namespace {

void ReplyRenamed(Call& call, const absl::Status& status) {
  if (absl::IsNotFound(status)) return call.reply.Error(kNoSuchKey);
  ReplyStatus(call.reply, status);
}

void NotifyRenamed(const Call& call) {
  NotifyKeyspace(call, kEventGeneric, "rename_from", call.arg(1));
  NotifyKeyspace(call, kEventGeneric, "rename_to", call.arg(2));
}

}  // namespace

void HandleRename(Call& call) {
  const Presence presence = FindKey(call, call.arg(1));
  if (presence == Presence::kError) return;
  if (presence == Presence::kMissing) return call.reply.Error(kNoSuchKey);
  const absl::Status status = call.log().RenameStream(call.arg(1), call.arg(2), /*replace=*/true);
  if (!status.ok()) return ReplyRenamed(call, status);
  NotifyRenamed(call);
  call.reply.Ok();
}

void HandleRenamenx(Call& call) {
  const Presence presence = FindKey(call, call.arg(1));
  if (presence == Presence::kError) return;
  if (presence == Presence::kMissing) return call.reply.Error(kNoSuchKey);
  if (call.arg(1) == call.arg(2)) return call.reply.Integer(0);
  if (FindKey(call, call.arg(2)) == Presence::kError) return;  // drops one whose time is up
  const absl::Status status = call.log().RenameStream(call.arg(1), call.arg(2));
  if (absl::IsAlreadyExists(status)) return call.reply.Integer(0);
  if (!status.ok()) return ReplyRenamed(call, status);
  NotifyRenamed(call);
  call.reply.Integer(1);
}

void HandleCopy(Call& call) {
  CopyOptions options;
  options.database = call.database;
  for (size_t i = 3; i < call.argc(); ++i) {
    if (Is(call.arg(i), "REPLACE")) {
      options.replace = true;
    } else if (Is(call.arg(i), "DB") && i + 1 < call.argc()) {
      int64_t database = 0;
      if (!ParseNumber(call.arg(++i), &database)) return call.reply.Error(kNotAnInteger);
      if (database < 0 || database >= kDatabases) {
        return call.reply.Error("ERR DB index is out of range");
      }
      options.database = static_cast<int>(database);
    } else {
      return call.reply.Error(kSyntaxError);
    }
  }
  if (options.database == call.database && call.arg(1) == call.arg(2)) {
    return call.reply.Error("ERR source and destination objects are the same");
  }
  const Presence presence = FindKey(call, call.arg(1));
  if (presence == Presence::kError) return;
  if (presence == Presence::kMissing) return call.reply.Integer(0);
  const absl::Status status = call.log().CopyStream(call.arg(1), call.arg(2), options);
  if (absl::IsAlreadyExists(status) || absl::IsNotFound(status)) return call.reply.Integer(0);
  if (!status.ok()) return ReplyStatus(call.reply, status);
  NotifyKeyspace(call.core, *options.database, kEventGeneric, "copy_to", call.arg(2));
  call.reply.Integer(1);
}

void HandleMove(Call& call) {
  int64_t database = 0;
  if (!ParseNumber(call.arg(2), &database)) return call.reply.Error(kNotAnInteger);
  if (database < 0 || database >= kDatabases) {
    return call.reply.Error("ERR DB index is out of range");
  }
  if (database == call.database) {
    return call.reply.Error("ERR source and destination objects are the same");
  }
  const Presence presence = FindKey(call, call.arg(1));
  if (presence == Presence::kError) return;
  if (presence == Presence::kMissing) return call.reply.Integer(0);
  const absl::Status status = call.log().MoveStream(call.arg(1), static_cast<int>(database));
  if (absl::IsAlreadyExists(status) || absl::IsNotFound(status)) return call.reply.Integer(0);
  if (!status.ok()) return ReplyStatus(call.reply, status);
  NotifyKeyspace(call, kEventGeneric, "move_from", call.arg(1));
  NotifyKeyspace(call.core, static_cast<int>(database), kEventGeneric, "move_to", call.arg(1));
  call.reply.Integer(1);
}

void HandleSwapdb(Call& call) {
  int64_t first = 0, second = 0;
  if (!ParseNumber(call.arg(1), &first)) return call.reply.Error("ERR invalid first DB index");
  if (!ParseNumber(call.arg(2), &second)) return call.reply.Error("ERR invalid second DB index");
  if (first < 0 || first >= kDatabases || second < 0 || second >= kDatabases) {
    return call.reply.Error("ERR DB index is out of range");
  }
  const absl::Status status =
      call.log().SwapDatabases(static_cast<int>(first), static_cast<int>(second));
  if (!status.ok()) return ReplyStatus(call.reply, status);
  call.reply.Ok();
}

namespace {

// Whether the key of OBJECT is there; replies when it is not.
bool HasObject(Call& call) {
  const Presence presence = FindKey(call, call.arg(2));
  if (presence == Presence::kMissing) call.reply.Null();
  return presence == Presence::kThere;
}

}  // namespace

void HandleObjectEncoding(Call& call) {
  if (HasObject(call)) call.reply.Bulk("stream");
}
void HandleObjectRefcount(Call& call) {
  if (HasObject(call)) call.reply.Integer(1);
}
void HandleObjectIdletime(Call& call) {
  if (HasObject(call)) call.reply.Integer(0);
}
void HandleObjectFreq(Call& call) {
  if (!HasObject(call)) return;
  call.reply.Error(
      "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that "
      "when switching between policies at runtime LRU and LFU data will take some time to adjust.");
}

void HandleMemoryUsage(Call& call) {
  // All is counted, whatever the samples.
  for (size_t i = 3; i < call.argc(); i += 2) {
    int64_t samples = 0;
    if (!Is(call.arg(i), "SAMPLES") || i + 1 == call.argc()) return call.reply.Error(kSyntaxError);
    if (!ParseNumber(call.arg(i + 1), &samples)) return call.reply.Error(kNotAnInteger);
    if (samples < 0) return call.reply.Error(kSyntaxError);
  }
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, call.arg(2));
  if (absl::IsNotFound(info.status())) return call.reply.Null();
  if (!info.ok()) return ReplyStatus(call.reply, info.status());
  call.reply.Integer(static_cast<int64_t>(info->bytes));
}

}  // namespace evlog::server
