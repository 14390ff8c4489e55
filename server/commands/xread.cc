// XREAD, also where it waits.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "embedded/here.h"
#include "server/commands/entries.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/read_args.h"
#include "server/commands/stream_args.h"
#include "server/stream_cache.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

struct Key {
  std::string name;
  EntryId after;      // entries above this one
  bool last = false;  // `+`: only the last entry there is
  // What it is told by while it waits; nothing while there is no such stream.
  std::optional<Stream> watched = std::nullopt;
  Watch watch = {};
};

// Of more streams it reads on the storage pool.
constexpr size_t kStreamsHere = 16;

// An XREAD, with all that it needs while it waits.
class Xread final : public Waiting {
 public:
  Xread(Core* core, int database) : core_(*core), log_(&core->log(database)) {}

  ParseError Parse(const Call& call);
  // `$` and `+` mean what there is now. False: it has replied with the error.
  bool Resolve(Call& call);
  bool blocks() const { return args_.blocks; }
  // For those that follow.
  void NoteOpened(Call& call) const;

  // On the io thread. False: it is for the storage pool, with a new one.
  bool Try(Call& call);

  bool Look(RespWriter& reply) override;
  // Of each stream it is as much as Here allows.
  bool looks_here() const override { return keys_.size() <= kStreamsHere; }
  bool LookHere(std::function<void(EndOfLook)> done) override;
  bool Watch(const ChangeCallback& changed) override;
  void WriteTimeout(RespWriter& reply) override { reply.NullArray(); }

 private:
  ParseError ParseStreams(const Call& call, size_t at);
  static ReadRequest RequestFor(const Key& key, const StreamsReply& streams);
  // False: an error, which is the reply.
  bool WriteKey(RespWriter& reply, const Key& key, StreamsReply* streams);
  // False: it is not all in memory.
  static bool WriteHere(RespWriter& reply, const Key& key, const Stream& stream,
                        StreamsReply* streams);

  Core& core_;
  EventLog* const log_;
  uint64_t renames_ = 0;  // Core::renames, as of the last Watch
  std::vector<Key> keys_;
  std::vector<std::string> ids_;  // as they were sent
  ReadArgs args_;
  int protocol_ = 2;
};

ParseError Xread::ParseStreams(const Call& call, size_t at) {
  const size_t left = call.argc() - at;
  if (left == 0) return kSyntaxError;
  if (left % 2 != 0) {
    return "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be "
           "specified.";
  }
  for (size_t i = 0; i < left / 2; ++i) {
    Key& key = keys_.emplace_back();
    key.name = std::string(call.arg(at + i));
    const std::string_view id = call.arg(at + left / 2 + i);
    ids_.emplace_back(id);
    if (id == "$" || id == "+") continue;
    if (id == ">") {
      return "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
             "<consumer> option.";
    }
    if (!ParseId(id, 0, &key.after)) return kInvalidId;
  }
  return {};
}

ParseError Xread::Parse(const Call& call) {
  size_t at = 1;
  for (; at < call.argc() && !Is(call.arg(at), "STREAMS"); at += 2) {
    const std::string_view option = call.arg(at);
    if (Is(option, "NOACK")) {
      return "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.";
    }
    if (Is(option, "GROUP") && at + 2 < call.argc()) {
      return "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.";
    }
    if (at + 1 >= call.argc() || !ReadArgs::Has(option)) return kSyntaxError;
    ParseError error = args_.Take(option, call.arg(at + 1));
    if (!error.empty()) return error;
  }
  if (at >= call.argc()) return kSyntaxError;
  if (ParseError error = args_.Check(); !error.empty()) return error;
  timeout = args_.timeout;
  protocol_ = call.reply.protocol();
  return ParseStreams(call, at + 1);
}

bool Xread::Resolve(Call& call) {
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (ids_[i] != "$" && ids_[i] != "+") continue;
    Key& key = keys_[i];
    const absl::StatusOr<StreamInfo> info = DescribeKey(call, key.name);
    if (absl::IsNotFound(info.status())) continue;
    if (!info.ok()) {
      ReplyStatus(call.reply, info.status());
      return false;
    }
    key.after = info->last_id;
    key.last = ids_[i] == "+" && info->entries > 0;
  }
  return true;
}

void Xread::NoteOpened(Call& call) const {
  if (call.opened == nullptr || keys_.size() != 1) return;
  const std::string& name = keys_.front().name;
  absl::StatusOr<Stream> stream = OpenKey(call, name, IfMissing::kError);
  if (stream.ok()) *call.opened = {name, *std::move(stream)};
}

ReadRequest Xread::RequestFor(const Key& key, const StreamsReply& streams) {
  ReadRequest request;
  request.stream = key.name;
  request.until = Bound::End();
  request.on_trimmed = OnTrimmed::kSkip;
  if (key.last) {
    request.from = Bound::Last(1);
    request.limit = 1;
  } else {
    request.from = Bound::ExclusiveId(key.after);
    request.limit = streams.count_left();
  }
  return request;
}

bool Xread::WriteHere(RespWriter& reply, const Key& key, const Stream& stream,
                      StreamsReply* streams) {
  if (streams->full()) return true;
  std::optional<Cursor> cursor = Here::Read(stream, RequestFor(key, *streams));
  if (!cursor) return false;
  const size_t bytes = streams->bytes_left();
  streams->Begin(key.name);
  const absl::StatusOr<size_t> entries = WriteEntries(reply, *cursor, bytes);
  if (!entries.ok()) return false;
  *entries > 0 ? streams->End(*entries) : streams->Drop();
  return true;
}

bool Xread::Try(Call& call) {
  if (!looks_here()) return false;
  StreamsReply streams(&call.reply, &args_);
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (ids_[i] == "$" || ids_[i] == "+") return false;
    const OpenedStream* const opened = call.connection->FindStream(keys_[i].name);
    if (opened == nullptr || !WriteHere(call.reply, keys_[i], opened->stream, &streams)) {
      return false;
    }
  }
  if (streams.Finish()) return true;
  if (args_.blocks) return false;
  call.reply.NullArray();
  return true;
}

bool Xread::LookHere(std::function<void(EndOfLook)> done) {
  if (renames_ != core_.renames()) return false;
  std::string bytes;
  RespWriter reply(&bytes, protocol_);
  StreamsReply streams(&reply, &args_);
  for (const Key& key : keys_) {
    if (!key.watched || !WriteHere(reply, key, *key.watched, &streams)) return false;
  }
  const bool found = streams.Finish();
  done([found, bytes = std::move(bytes)](RespWriter& out) {
    out.out()->append(bytes);
    return found;
  });
  return true;
}

bool Xread::WriteKey(RespWriter& reply, const Key& key, StreamsReply* streams) {
  const ReadRequest request = RequestFor(key, *streams);
  const size_t bytes = streams->bytes_left();
  streams->Begin(key.name);
  const absl::StatusOr<size_t> entries = WriteEntries(reply, *log_, request, bytes);
  if (entries.ok() && *entries > 0) {
    streams->End(*entries);
    return true;
  }
  streams->Drop();
  if (entries.ok() || absl::IsNotFound(entries.status())) return true;
  streams->Fail();
  ReplyStatus(reply, entries.status());
  return false;
}

bool Xread::Look(RespWriter& reply) {
  StreamsReply streams(&reply, &args_);
  for (const Key& key : keys_) {
    if (!streams.full() && !WriteKey(reply, key, &streams)) return true;
  }
  return streams.Finish();
}

bool Xread::Watch(const ChangeCallback& changed) {
  renames_ = core_.renames();
  bool missing = false;
  for (Key& key : keys_) {
    const absl::StatusOr<Stream> stream = log_->OpenStream(key.name, {}, IfMissing::kError);
    if (!stream.ok()) {
      key.watch = evlog::Watch();
      key.watched.reset();
      missing = true;
      continue;
    }
    if (key.watched && key.watched->id() == stream->id()) continue;
    absl::StatusOr<evlog::Watch> watch = stream->OnChange(changed);
    if (!watch.ok()) continue;  // the log is closed: nothing will come
    key.watch = *std::move(watch);
    key.watched = *stream;
  }
  return missing;
}

}  // namespace

bool TryXread(Call& call) {
  Xread read(&call.core, call.database);
  return read.Parse(call).empty() && read.Try(call);
}

void HandleXread(Call& call) {
  auto read = std::make_unique<Xread>(&call.core, call.database);
  if (const ParseError error = read->Parse(call); !error.empty()) return call.reply.Error(error);
  if (!read->Resolve(call)) return;
  read->NoteOpened(call);
  if (read->Look(call.reply)) return;
  if (read->blocks() && call.waiting != nullptr) {
    *call.waiting = std::move(read);
  } else {
    call.reply.NullArray();
  }
}

}  // namespace evlog::server
