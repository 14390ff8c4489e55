// How many connections of the whole server are subscribed to a channel.
#ifndef EVLOG_SERVER_TOPIC_COUNTS_H_
#define EVLOG_SERVER_TOPIC_COUNTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "evlog/channels.h"
#include "log/base/bytes.h"
#include "log/base/mutex.h"

namespace evlog::server {

// The log's channels count one subscriber for each io thread that has connections which want the
// topic: this keeps how many more, or less, there are. Thread-safe.
class TopicCounts {
 public:
  void Add(Topic::Kind kind, std::string_view name, int64_t more) ABSL_LOCKS_EXCLUDED(mu_) {
    if (more == 0) return;
    MutexLock lock(mu_);
    ByName& counts = counts_[static_cast<size_t>(kind)];
    const auto at = counts.try_emplace(std::string(name), 0).first;
    at->second += more;
    if (at->second == 0) counts.erase(at);
  }
  int64_t Find(Topic::Kind kind, std::string_view name) const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    const ByName& counts = counts_[static_cast<size_t>(kind)];
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
  }

 private:
  using ByName = absl::flat_hash_map<std::string, int64_t, TransparentHash, std::equal_to<>>;

  mutable Mutex mu_;
  std::array<ByName, 3> counts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_TOPIC_COUNTS_H_
