// Positions and durations as they stand on the command line.
#include <cstdint>
#include <string_view>

#include "cli/duration.h"
#include "cli/position.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using evlog::cli::PositionRole;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::Time now = absl::FromUnixSeconds(1'795'168'800);
  for (PositionRole role : {PositionRole::kFrom, PositionRole::kUntil}) {
    const auto bound = evlog::cli::ParsePosition(text, role, now);
    if (!bound.ok() && !absl::IsInvalidArgument(bound.status())) __builtin_trap();
  }
  const auto span = evlog::cli::ParseDuration(text);
  if (span.ok() && (*span < absl::ZeroDuration() || *span == absl::InfiniteDuration())) {
    __builtin_trap();
  }
  return 0;
}
