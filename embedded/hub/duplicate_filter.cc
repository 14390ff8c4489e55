#include "embedded/hub/duplicate_filter.h"

#include "log/base/bytes.h"

namespace evlog::internal {

bool DuplicateFilter::Seen(std::string_view key) {
  const uint64_t hash = TransparentHash()(key);
  if (!hashes_.insert(hash).second) return true;
  if (ring_.size() < window_) {
    ring_.push_back(hash);
    return false;
  }
  hashes_.erase(ring_[oldest_]);
  ring_[oldest_] = hash;
  oldest_ = (oldest_ + 1) % window_;
  return false;
}

}  // namespace evlog::internal
