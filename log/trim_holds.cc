#include "log/trim_holds.h"

#include <utility>

#include "log/base/status.h"

namespace evlog {

namespace {

constexpr absl::Duration kTellEvery = absl::Minutes(1);
constexpr size_t kToldMax = 10'000;

}  // namespace

void TrimHolds::Set(FindHolds find) {
  MutexLock lock(mu_);
  find_ = std::move(find);
}

absl::StatusOr<std::vector<TrimHold>> TrimHolds::Of(const std::shared_ptr<StreamState>& stream) {
  MutexLock lock(mu_);
  if (find_ == nullptr) {
    return absl::UnavailableError("nobody knows yet what consumer groups need");
  }
  return find_(stream);
}

bool TrimHolds::ShouldTell(StreamId stream, absl::Time now) {
  MutexLock lock(mu_);
  if (told_.size() >= kToldMax) told_.clear();
  const auto [it, first] = told_.emplace(stream, now);
  if (!first && now < it->second + kTellEvery && now >= it->second) return false;
  it->second = now;
  return true;
}

}  // namespace evlog
