#include "server/error_stats.h"

namespace evlog::server {

namespace {

// A longer first word is text, as in Redis.
constexpr size_t kWordMax = 31;

std::string_view KindOf(std::string_view error) {
  const size_t space = error.substr(0, kWordMax).find(' ');
  return space == std::string_view::npos || space == 0 ? "ERR" : error.substr(0, space);
}

}  // namespace

void ErrorStats::Count(std::string_view error) {
  const std::string_view kind = KindOf(error);
  MutexLock lock(mu_);
  ++total_;
  const auto found = kinds_.find(kind);
  if (found != kinds_.end()) {
    ++found->second;
  } else if (kinds_.size() < kKindsMax) {
    kinds_.emplace(kind, 1);
  }
}

uint64_t ErrorStats::total() const {
  MutexLock lock(mu_);
  return total_;
}

std::vector<std::pair<std::string, uint64_t>> ErrorStats::List() const {
  MutexLock lock(mu_);
  return {kinds_.begin(), kinds_.end()};
}

void ErrorStats::Reset() {
  MutexLock lock(mu_);
  total_ = 0;
  kinds_.clear();
}

}  // namespace evlog::server
