#include "cli/expectation.h"

#include <fmt/format.h>

#include "cli/encode.h"
#include "cli/size.h"
#include "log/base/status.h"

namespace evlog::cli {

absl::StatusOr<Expect> ParseExpectation(std::string_view text) {
  if (text == "none") return Expect::NoEntries();
  if (text.starts_with("o:")) {
    const absl::StatusOr<uint64_t> offset = ParseCount(text.substr(2));
    if (offset.ok()) return Expect::Offset(*offset);
  } else if (text.find('-') != std::string_view::npos) {
    const absl::StatusOr<EntryId> id = EntryId::Parse(text);
    if (id.ok()) return Expect::LastId(*id);
  }
  return InvalidArgument(
      "--expect {}: none, o:OFFSET (of the entry to come) or the last id (ms-seq)", Quoted(text));
}

absl::Status ExplainConflict(const absl::Status& status, const Conflict& conflict) {
  const std::string last = conflict.last_id == EntryId::Min()
                               ? "it never had an entry"
                               : "its last id is " + conflict.last_id.ToString();
  // Where the stream stands is no news to a producer that went back in its numbers.
  if (conflict.last_sequence.has_value()) {
    return Error(status.code(), "CONFLICT: {}", MessageOf(status));
  }
  return Error(status.code(), "CONFLICT: {}; partition {} stands at o:{}, {}", MessageOf(status),
               conflict.partition, conflict.next_offset, last);
}

void AppendConflictJson(const Conflict& conflict, std::string* out) {
  fmt::format_to(std::back_inserter(*out),
                 "{{\"conflict\":{{\"partition\":{},\"next_offset\":{},\"last_id\":",
                 conflict.partition, conflict.next_offset);
  if (conflict.last_id == EntryId::Min()) {
    out->append("null");
  } else {
    out->push_back('"');
    AppendId(conflict.last_id, out);
    out->push_back('"');
  }
  out->append(",\"last_sequence\":");
  if (conflict.last_sequence.has_value()) {
    fmt::format_to(std::back_inserter(*out), "{}", *conflict.last_sequence);
  } else {
    out->append("null");
  }
  out->append("}}\n");
}

}  // namespace evlog::cli
