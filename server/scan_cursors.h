// SCAN's cursors: Redis' clients expect numbers, the log goes on after a name.
#ifndef EVLOG_SERVER_SCAN_CURSORS_H_
#define EVLOG_SERVER_SCAN_CURSORS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "log/base/mutex.h"

namespace evlog::server {

// Thread-safe. Remembers the newest kCursorsMax of them. They begin anywhere: one of a server that
// was there before is to be none here, as it would go on after another name.
class ScanCursors {
 public:
  static constexpr size_t kCursorsMax = 10'000;

  // A cursor, never 0, that goes on after that name.
  uint64_t Put(std::string after) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    if (names_.size() == kCursorsMax) names_.erase(names_.begin());
    names_.emplace(++last_, std::move(after));
    return last_;
  }
  // Nullopt: no such cursor, or no longer.
  std::optional<std::string> Find(uint64_t cursor) const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    const auto found = names_.find(cursor);
    if (found == names_.end()) return std::nullopt;
    return found->second;
  }

 private:
  mutable Mutex mu_;
  // Stays below 2^53, as clients may keep it in a double.
  uint64_t last_ ABSL_GUARDED_BY(mu_) = uint64_t{std::random_device{}()} << 20;
  std::map<uint64_t, std::string> names_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_SCAN_CURSORS_H_
