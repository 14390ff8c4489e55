#include "evlog/entry_id.h"

#include <fmt/format.h>

#include <charconv>

#include "log/base/status.h"

namespace evlog {
namespace {

// Digits only: no sign, no space, nothing before or after; false also when it passes 64 bits.
bool ParseDecimal(std::string_view text, uint64_t* value) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, *value, 10);
  return error == std::errc() && stopped == end;
}

}  // namespace

absl::StatusOr<EntryId> EntryId::Parse(std::string_view text, uint64_t missing_seq) {
  EntryId id{0, missing_seq};
  const size_t dash = text.find('-');
  const bool valid =
      ParseDecimal(text.substr(0, dash), &id.ms) &&
      (dash == std::string_view::npos || ParseDecimal(text.substr(dash + 1), &id.seq));
  if (!valid) {
    return InvalidArgument(
        "not an entry id: {}; expected ms-seq or ms, two unsigned 64-bit numbers", Quoted(text));
  }
  return id;
}

std::string EntryId::ToString() const {
  const fmt::format_int ms_text(ms);
  const fmt::format_int seq_text(seq);
  std::string text;
  text.reserve(ms_text.size() + 1 + seq_text.size());
  text.append(ms_text.data(), ms_text.size());
  text += '-';
  text.append(seq_text.data(), seq_text.size());
  return text;
}

}  // namespace evlog
