#include "cli/pace.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr double kFactorMin = 1e-6;
constexpr double kFactorMax = 1e9;

}  // namespace

absl::StatusOr<Pace> Pace::Parse(std::string_view text) {
  if (text == "max") return Pace(0);
  if (text.ends_with('x')) {
    const std::string_view number = text.substr(0, text.size() - 1);
    double factor = 0;
    const char* end = number.data() + number.size();
    const auto [rest, error] =
        std::from_chars(number.data(), end, factor, std::chars_format::fixed);
    // Written so that what is no number fails too.
    if (error == std::errc() && rest == end && factor >= kFactorMin && factor <= kFactorMax) {
      return Pace(factor);
    }
  }
  return InvalidArgument("--speed {}: 1x, a factor such as 0.5x or 60x, or max", Quoted(text));
}

absl::Duration Pace::Span(uint64_t ms) const {
  if (!paced()) return absl::ZeroDuration();
  const auto bounded = static_cast<int64_t>(std::min<uint64_t>(ms, INT64_MAX));
  return absl::Milliseconds(bounded) / factor_;
}

absl::Time Pace::Due(EntryId id, absl::Time now) {
  if (!paced()) return now;
  if (!origin_.has_value()) origin_ = Origin{id, now};
  return origin_->time + Span(id.ms - origin_->id.ms);
}

bool WaitUntil(Clock* clock, absl::Time then, const std::stop_token& stop) {
  std::mutex mu;  // nothing to guard: only time passes here
  std::condition_variable_any wake;
  std::unique_lock lock(mu);
  clock->Await(lock, wake, then, stop, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace evlog::cli
