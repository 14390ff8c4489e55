#include "cli/duration.h"

#include <charconv>
#include <string>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr absl::Duration kLongest = absl::Hours(24 * 366 * 10000);

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes the unit that `*text` begins with; zero when there is none.
absl::Duration TakeUnit(std::string_view* text) {
  struct Unit {
    std::string_view name;
    absl::Duration span;
  };
  static constexpr Unit kUnits[] = {{"ms", absl::Milliseconds(1)}, {"s", absl::Seconds(1)},
                                    {"m", absl::Minutes(1)},       {"h", absl::Hours(1)},
                                    {"d", absl::Hours(24)},        {"w", absl::Hours(24 * 7)}};
  for (const Unit& unit : kUnits) {
    if (text->starts_with(unit.name)) {
      text->remove_prefix(unit.name.size());
      return unit.span;
    }
  }
  return absl::ZeroDuration();
}

// Takes digits with at most one point, and not more than fit in a double exactly enough.
bool TakeNumber(std::string_view* text, double* number) {
  size_t length = 0;
  size_t points = 0;
  size_t digits = 0;
  for (; length < text->size(); ++length) {
    const char c = (*text)[length];
    if (IsDigit(c)) {
      ++digits;
    } else if (c == '.' && points == 0) {
      ++points;
    } else {
      break;
    }
  }
  if (digits == 0 || digits > 18) return false;
  const char* end = text->data() + length;
  const auto [rest, error] = std::from_chars(text->data(), end, *number, std::chars_format::fixed);
  if (error != std::errc() || rest != end) return false;
  text->remove_prefix(length);
  return true;
}

}  // namespace

std::string DurationText(absl::Duration span) {
  struct Unit {
    int64_t ms;
    const char* name;
  };
  static constexpr Unit kUnits[] = {
      {24 * 3'600'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}};
  int64_t left = absl::ToInt64Milliseconds(span);
  std::string text;
  for (const Unit& unit : kUnits) {
    if (left >= unit.ms) text += std::to_string(left / unit.ms) + unit.name;
    left %= unit.ms;
  }
  return text.empty() ? "0" : text;
}

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  const std::string_view whole = text;
  if (text == "0") return absl::ZeroDuration();
  if (text.empty()) return InvalidArgument("a duration is missing, such as 500ms, 15m or 1h30m");
  absl::Duration sum;
  while (!text.empty()) {
    double number = 0;
    if (!TakeNumber(&text, &number)) {
      return InvalidArgument(
          "{} is no duration: a number is expected at {}, as in 500ms, 15m, 1h30m", Quoted(whole),
          Quoted(text));
    }
    const absl::Duration unit = TakeUnit(&text);
    if (unit == absl::ZeroDuration()) {
      return InvalidArgument("{} is no duration: a unit (ms, s, m, h, d, w) is expected at {}",
                             Quoted(whole), Quoted(text));
    }
    sum += number * unit;
    if (sum > kLongest) return InvalidArgument("{} is too long a time", Quoted(whole));
  }
  return sum;
}

}  // namespace evlog::cli
