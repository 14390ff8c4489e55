// What INFO errorstats counts: error replies, by their first word.
#ifndef EVLOG_SERVER_ERROR_STATS_H_
#define EVLOG_SERVER_ERROR_STATS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "log/base/mutex.h"

namespace evlog::server {

// Thread-safe. One lock for all: errors are rare beside replies.
class ErrorStats {
 public:
  // As many as Redis keeps. What is of yet another kind is counted in the total alone.
  static constexpr size_t kKindsMax = 128;

  // An error as RespWriter::Error takes it. One without a word of its own is an ERR.
  void Count(std::string_view error) ABSL_LOCKS_EXCLUDED(mu_);

  uint64_t total() const ABSL_LOCKS_EXCLUDED(mu_);
  // Each kind and its number, by name.
  std::vector<std::pair<std::string, uint64_t>> List() const ABSL_LOCKS_EXCLUDED(mu_);
  void Reset() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  mutable Mutex mu_;
  uint64_t total_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, uint64_t, std::less<>> kinds_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_ERROR_STATS_H_
