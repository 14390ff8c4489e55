#include "cli/size.h"

#include <charconv>
#include <string>

#include "log/base/status.h"

namespace evlog::cli {

absl::StatusOr<uint64_t> ParseCount(std::string_view text) {
  uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (text.empty() || error != std::errc() || rest != end) {
    return InvalidArgument("{} is no number from 0 to 2^64 - 1", Quoted(text));
  }
  return count;
}

absl::StatusOr<uint64_t> ParseSize(std::string_view text) {
  struct Unit {
    std::string_view name;
    uint64_t bytes;
  };
  static constexpr Unit kUnits[] = {
      {"", 1},
      {"B", 1},
      {"kB", 1'000},
      {"KB", 1'000},
      {"MB", 1'000'000},
      {"GB", 1'000'000'000},
      {"TB", 1'000'000'000'000},
      {"KiB", uint64_t{1} << 10},
      {"MiB", uint64_t{1} << 20},
      {"GiB", uint64_t{1} << 30},
      {"TiB", uint64_t{1} << 40},
  };
  const size_t digits = text.find_first_not_of("0123456789");
  const std::string_view number = text.substr(0, digits);
  const std::string_view name = digits == std::string_view::npos ? "" : text.substr(digits);
  const absl::StatusOr<uint64_t> count = ParseCount(number);
  for (const Unit& unit : kUnits) {
    if (name != unit.name || !count.ok()) continue;
    if (*count > UINT64_MAX / unit.bytes) break;
    return *count * unit.bytes;
  }
  return InvalidArgument("{} is no size: write 4096, 64kB, 10MB, 64KiB or 1GiB", Quoted(text));
}

}  // namespace evlog::cli
