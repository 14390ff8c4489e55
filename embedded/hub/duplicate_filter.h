// Remembers the last so many different keys.
#ifndef EVLOG_EMBEDDED_HUB_DUPLICATE_FILTER_H_
#define EVLOG_EMBEDDED_HUB_DUPLICATE_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace evlog::internal {

// Not thread-safe. Grows as it fills. Takes two keys whose 64-bit hashes are equal for the same.
class DuplicateFilter {
 public:
  explicit DuplicateFilter(size_t window) : window_(window) {}  // > 0

  // True when the key is among those remembered; else it is from now on, and the oldest may not be.
  bool Seen(std::string_view key);

 private:
  const size_t window_;
  absl::flat_hash_set<uint64_t> hashes_;
  std::vector<uint64_t> ring_;  // in the order in which they came, from oldest_ on
  size_t oldest_ = 0;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_DUPLICATE_FILTER_H_
