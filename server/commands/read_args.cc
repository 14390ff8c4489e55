#include "server/commands/read_args.h"

#include <algorithm>

#include "server/call.h"
#include "server/wire/error_map.h"

namespace evlog::server {

bool ReadArgs::Has(std::string_view option) {
  return Is(option, "COUNT") || Is(option, "BLOCK") || Is(option, "MAXCOUNT") ||
         Is(option, "MAXSIZE");
}

ParseError ReadArgs::Take(std::string_view option, std::string_view text) {
  int64_t value = 0;
  const bool number = ParseNumber(text, &value);
  if (Is(option, "BLOCK")) {
    if (!number) return "ERR timeout is not an integer or out of range";
    if (value < 0) return "ERR timeout is negative";
    blocks = true;
    timeout = value == 0 ? absl::InfiniteDuration() : absl::Milliseconds(value);
    return {};
  }
  if (!number) return kNotAnInteger;
  if (Is(option, "COUNT")) {
    count = value <= 0 ? UINT64_MAX : static_cast<uint64_t>(value);
    return {};
  }
  if (value <= 0) return "ERR value is out of range, must be positive";
  if (Is(option, "MAXCOUNT")) {
    max_count = static_cast<uint64_t>(value);
  } else {
    max_bytes = static_cast<size_t>(value);
  }
  return {};
}

ParseError ReadArgs::Check() const {
  if (max_count != UINT64_MAX && count != UINT64_MAX && max_count < count) {
    return "ERR MAXCOUNT must be greater than or equal to COUNT";
  }
  return {};
}

StreamsReply::StreamsReply(RespWriter* reply, const ReadArgs* args)
    : reply_(*reply), args_(*args), begin_(reply->Mark()) {}

uint64_t StreamsReply::count_left() const {
  return std::min(args_.count, args_.max_count - std::min(entries_, args_.max_count));
}

size_t StreamsReply::bytes_left() const {
  if (args_.max_bytes == SIZE_MAX) return SIZE_MAX;
  return args_.max_bytes - std::min(used(), args_.max_bytes);
}

bool StreamsReply::full() const { return entries_ > 0 && (count_left() == 0 || bytes_left() == 0); }

void StreamsReply::Begin(std::string_view name) {
  stream_mark_ = reply_.Mark();
  if (reply_.protocol() == 2) reply_.Array(2);
  reply_.Bulk(name);
  entries_mark_ = reply_.Mark();
}

void StreamsReply::End(size_t entries) {
  reply_.ArrayAt(entries_mark_, entries);
  entries_ += entries;
  ++streams_;
}

void StreamsReply::Drop() { reply_.Rewind(stream_mark_); }

void StreamsReply::Fail() { reply_.Rewind(begin_); }

bool StreamsReply::Finish() {
  if (streams_ == 0) return false;
  // RESP3 has a map of names and entries, RESP2 an array of pairs.
  if (reply_.protocol() == 3) {
    reply_.MapAt(begin_, streams_);
  } else {
    reply_.ArrayAt(begin_, streams_);
  }
  return true;
}

}  // namespace evlog::server
