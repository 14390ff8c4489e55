#include "evlog/position.h"

#include <charconv>

#include "log/base/status.h"

namespace evlog {

namespace {

constexpr size_t kLogIdDigits = 16;

// Takes a number off the front: all digits that there are, in the form in which they are written.
bool TakeNumber(std::string_view* text, uint64_t max, uint64_t* number) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *number);
  const auto digits = static_cast<size_t>(end - text->data());
  if (error != std::errc() || *number > max) return false;
  if (digits > 1 && text->front() == '0') return false;
  text->remove_prefix(digits);
  return true;
}

bool TakeByte(std::string_view* text, char byte) {
  if (text->empty() || text->front() != byte) return false;
  text->remove_prefix(1);
  return true;
}

bool TakeLogId(std::string_view* text, uint64_t* id) {
  if (text->size() < kLogIdDigits) return false;
  for (const char digit : text->substr(0, kLogIdDigits)) {
    if (!(digit >= '0' && digit <= '9') && !(digit >= 'a' && digit <= 'f')) return false;
  }
  std::from_chars(text->data(), text->data() + kLogIdDigits, *id, 16);
  text->remove_prefix(kLogIdDigits);
  return true;
}

}  // namespace

std::string Position::ToString() const {
  const std::string after = fmt::format("{:016x}-{}", log_id, commit);
  if (inside == 0) return after;
  return fmt::format("{}-{}.{}", after, inside >> 32, inside & UINT32_MAX);
}

absl::StatusOr<Position> Position::Parse(std::string_view text) {
  std::string_view rest = text;
  Position position;
  bool good = TakeLogId(&rest, &position.log_id) && TakeByte(&rest, '-') &&
              TakeNumber(&rest, UINT64_MAX, &position.commit);
  if (good && !rest.empty()) {
    uint64_t chunk = 0, entry = 0;
    good = TakeByte(&rest, '-') && TakeNumber(&rest, UINT32_MAX, &chunk) && TakeByte(&rest, '.') &&
           TakeNumber(&rest, UINT32_MAX, &entry) && rest.empty() && (chunk | entry) != 0;
    position.inside = chunk << 32 | entry;
  }
  if (!good) return InvalidArgument("{} is no position of a log", Quoted(text));
  return position;
}

}  // namespace evlog
