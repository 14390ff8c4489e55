// XREAD, also where it waits.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/commands/entries.h"
#include "server/commands/handlers.h"
#include "server/commands/keys.h"
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
  bool blocks() const { return blocks_; }

  bool Look(RespWriter& reply) override;
  bool Watch(const ChangeCallback& changed) override;
  void WriteTimeout(RespWriter& reply) override { reply.NullArray(); }

 private:
  ParseError ParseOption(const Call& call, size_t* at);
  ParseError ParseStreams(const Call& call, size_t at);
  // False: an error, which is the reply.
  bool WriteKey(RespWriter& reply, const Key& key, size_t begin, size_t* all, bool* any);

  EventLog* const log_;
  std::vector<Key> keys_;
  std::vector<std::string> ids_;  // as they were sent
  uint64_t count_ = UINT64_MAX;   // of each stream
  uint64_t max_count_ = UINT64_MAX;
  size_t max_bytes_ = SIZE_MAX;
  bool blocks_ = false;
};

ParseError Xread::ParseOption(const Call& call, size_t* at) {
  const std::string_view option = call.arg(*at);
  if (*at + 1 >= call.argc()) return kSyntaxError;
  const std::string_view text = call.arg(*at + 1);
  int64_t value = 0;
  const bool number = ParseNumber(text, &value);
  *at += 2;
  if (Is(option, "BLOCK")) {
    if (!number) return "ERR timeout is not an integer or out of range";
    if (value < 0) return "ERR timeout is negative";
    blocks_ = true;
    timeout = value == 0 ? absl::InfiniteDuration() : absl::Milliseconds(value);
    return {};
  }
  if (!Is(option, "COUNT") && !Is(option, "MAXCOUNT") && !Is(option, "MAXSIZE")) {
    return kSyntaxError;
  }
  if (!number) return kNotAnInteger;
  if (Is(option, "COUNT")) {
    count_ = value <= 0 ? UINT64_MAX : static_cast<uint64_t>(value);
    return {};
  }
  if (value <= 0) return "ERR value is out of range, must be positive";
  if (Is(option, "MAXCOUNT")) {
    max_count_ = static_cast<uint64_t>(value);
  } else {
    max_bytes_ = static_cast<size_t>(value);
  }
  return {};
}

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
  while (at < call.argc() && !Is(call.arg(at), "STREAMS")) {
    if (ParseError error = ParseOption(call, &at); !error.empty()) return error;
  }
  if (at >= call.argc()) return kSyntaxError;
  if (max_count_ != UINT64_MAX && count_ != UINT64_MAX && max_count_ < count_) {
    return "ERR MAXCOUNT must be greater than or equal to COUNT";
  }
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

bool Xread::WriteKey(RespWriter& reply, const Key& key, size_t begin, size_t* all, bool* any) {
  ReadRequest request;
  request.stream = key.name;
  request.until = Bound::End();
  request.on_trimmed = OnTrimmed::kSkip;
  if (key.last) {
    request.from = Bound::Last(1);
    request.limit = 1;
  } else {
    request.from = Bound::ExclusiveId(key.after);
    request.limit = std::min(count_, max_count_ - std::min<uint64_t>(*all, max_count_));
  }
  const size_t used = reply.Mark() - begin;
  if (*all > 0 && (request.limit == 0 || used >= max_bytes_)) return true;
  const size_t mark = reply.Mark();
  if (reply.protocol() == 2) reply.Array(2);
  reply.Bulk(key.name);
  const size_t entries_mark = reply.Mark();
  const size_t bytes = max_bytes_ == SIZE_MAX ? SIZE_MAX : max_bytes_ - std::min(used, max_bytes_);
  const absl::StatusOr<size_t> entries = *all > 0 && bytes == 0
                                             ? absl::StatusOr<size_t>(0)
                                             : WriteEntries(reply, *log_, request, bytes);
  if (entries.ok() && *entries > 0) {
    reply.ArrayAt(entries_mark, *entries);
    *all += *entries;
    *any = true;
    return true;
  }
  reply.Rewind(mark);
  *any = false;
  if (entries.ok() || absl::IsNotFound(entries.status())) return true;
  reply.Rewind(begin);
  ReplyStatus(reply, entries.status());
  return false;
}

bool Xread::Look(RespWriter& reply) {
  const size_t begin = reply.Mark();
  size_t streams = 0, all = 0;
  for (const Key& key : keys_) {
    bool any = false;
    if (!WriteKey(reply, key, begin, &all, &any)) return true;
    if (any) ++streams;
  }
  if (streams == 0) return false;
  // RESP3 has a map of names and entries, RESP2 an array of pairs.
  if (reply.protocol() == 3) {
    reply.MapAt(begin, streams);
  } else {
    reply.ArrayAt(begin, streams);
  }
  return true;
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
