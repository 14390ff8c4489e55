#include "server/traffic_rates.h"

#include <algorithm>

namespace evlog::server {

namespace {

// Between two samples: less than a second, since ticks are no exact second apart, and none is to be
// passed over for that.
constexpr absl::Duration kApart = absl::Milliseconds(900);
// A rate over less would be that of a moment.
constexpr absl::Duration kOverAtLeast = absl::Seconds(1);

}  // namespace

void TrafficRates::Sample(absl::Time now, const Counts& counts) {
  MutexLock lock(mu_);
  if (newer_.at - now >= kApart) {
    // The clock was set back, and not just asked before another thread did: how long ago the
    // samples were is not known.
    older_ = newer_ = {now, counts};
  } else if (now - newer_.at >= kApart) {
    older_ = newer_;
    newer_ = {now, counts};
  }
}

TrafficRates::Rates TrafficRates::Until(absl::Time now, const Counts& counts) const {
  MutexLock lock(mu_);
  const double seconds = absl::ToDoubleSeconds(std::max(now - older_.at, kOverAtLeast));
  const auto rate = [seconds](uint64_t count, uint64_t before) {
    // Fewer than before: they are being set to zero.
    return count < before ? 0 : static_cast<double>(count - before) / seconds;
  };
  const Counts& before = older_.counts;
  return {rate(counts.commands, before.commands), rate(counts.input_bytes, before.input_bytes),
          rate(counts.output_bytes, before.output_bytes)};
}

void TrafficRates::Reset(absl::Time now) {
  MutexLock lock(mu_);
  older_ = newer_ = {now, {}};
}

}  // namespace evlog::server
