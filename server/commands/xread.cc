// XREAD, also where it waits.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/commands/entries.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
#include "server/commands/read_args.h"
#include "server/commands/stream_args.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

struct Key {
  std::string name;
  EntryId after;      // entries above this one
  bool last = false;  // `+`: only the last entry there is
  // What it is told by while it waits.
  uint64_t watched = 0;  // the number of the stream; 0: none
  Watch watch = {};
};

// An XREAD, with all that it needs while it waits.
class Xread final : public Waiting {
 public:
  explicit Xread(EventLog* log) : log_(log) {}

  ParseError Parse(const Call& call);
  // `$` and `+` mean what there is now. False: it has replied with the error.
  bool Resolve(Call& call);
  bool blocks() const { return args_.blocks; }

  bool Look(RespWriter& reply) override;
  bool Watch(const ChangeCallback& changed) override;
  void WriteTimeout(RespWriter& reply) override { reply.NullArray(); }

 private:
  ParseError ParseStreams(const Call& call, size_t at);
  // False: an error, which is the reply.
  bool WriteKey(RespWriter& reply, const Key& key, StreamsReply* streams);

  EventLog* const log_;
  std::vector<Key> keys_;
  std::vector<std::string> ids_;  // as they were sent
  ReadArgs args_;
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
    if (at + 1 >= call.argc() || !ReadArgs::Has(call.arg(at))) return kSyntaxError;
    ParseError error = args_.Take(call.arg(at), call.arg(at + 1));
    if (!error.empty()) return error;
  }
  if (at >= call.argc()) return kSyntaxError;
  if (ParseError error = args_.Check(); !error.empty()) return error;
  timeout = args_.timeout;
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

bool Xread::WriteKey(RespWriter& reply, const Key& key, StreamsReply* streams) {
  ReadRequest request;
  request.stream = key.name;
  request.until = Bound::End();
  request.on_trimmed = OnTrimmed::kSkip;
  if (key.last) {
    request.from = Bound::Last(1);
    request.limit = 1;
  } else {
    request.from = Bound::ExclusiveId(key.after);
    request.limit = streams->count_left();
  }
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
  bool missing = false;
  for (Key& key : keys_) {
    const absl::StatusOr<Stream> stream = log_->OpenStream(key.name, {}, IfMissing::kError);
    if (!stream.ok()) {
      key.watch = evlog::Watch();
      key.watched = 0;
      missing = true;
      continue;
    }
    if (key.watched == stream->id()) continue;
    absl::StatusOr<evlog::Watch> watch = stream->OnChange(changed);
    if (!watch.ok()) continue;  // the log is closed: nothing will come
    key.watch = *std::move(watch);
    key.watched = stream->id();
  }
  return missing;
}

}  // namespace

void HandleXread(Call& call) {
  auto read = std::make_unique<Xread>(&call.log());
  if (const ParseError error = read->Parse(call); !error.empty()) return call.reply.Error(error);
  if (!read->Resolve(call) || read->Look(call.reply)) return;
  if (read->blocks() && call.waiting != nullptr) {
    *call.waiting = std::move(read);
  } else {
    call.reply.NullArray();
  }
}

}  // namespace evlog::server
