// What is said of groups when metrics are asked for: who is behind, and by how much.
#ifndef EVLOG_GROUPS_GROUP_METRICS_H_
#define EVLOG_GROUPS_GROUP_METRICS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evlog/metrics.h"
#include "groups/group_table.h"
#include "groups/group_values.h"
#include "log/ids.h"
#include "log/stream_state.h"

namespace evlog {

// However many groups there are, so many are looked at each time, those of the oldest streams
// first, and the ones that are the furthest behind have series of their own.
inline constexpr size_t kGroupsWatched = 1000;
inline constexpr size_t kGroupsShown = 100;

// Also groups that nobody has asked for since the log was opened: those are the ones that nobody
// reads any more. Thread-safe.
class GroupMetrics {
 public:
  using FindStream = std::function<absl::StatusOr<std::shared_ptr<StreamState>>(StreamId)>;
  // Which database has that home (log/databases.h).
  using DatabaseAt = std::function<int(uint8_t home)>;

  // All of them outlive Stop.
  GroupMetrics(MetricsRegistry* registry, GroupTable* table, FindStream find,
               DatabaseAt database_at);
  ~GroupMetrics() { Stop(); }

  // Says nothing any more once it returns; the registry may go then. Idempotent.
  void Stop();

 private:
  struct Watched {
    int database = 0;
    std::string stream;
    GroupInfo info;
  };

  void Collect(std::vector<MetricsRegistry::Sample>* samples) const;
  // Leaves out what is gone, or cannot be read: that is for those who read it.
  std::vector<Watched> Watch(const std::vector<GroupTable::Named>& groups) const;

  std::atomic<MetricsRegistry*> registry_;  // null: stopped
  GroupTable* const table_;
  const FindStream find_;
  const DatabaseAt database_at_;
  uint64_t collector_;
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_METRICS_H_
