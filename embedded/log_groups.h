// The groups of a log, shared by all databases of it.
#ifndef EVLOG_EMBEDDED_LOG_GROUPS_H_
#define EVLOG_EMBEDDED_LOG_GROUPS_H_

#include <memory>
#include <optional>
#include <string_view>

#include "groups/group_metrics.h"
#include "groups/group_probe.h"
#include "groups/group_table.h"
#include "groups/pump.h"
#include "groups/references.h"
#include "log/log.h"

namespace evlog {

class LogGroups {
 public:
  explicit LogGroups(const std::shared_ptr<Log>& log);
  ~LogGroups();

  GroupTable& table() { return table_; }

 private:
  const std::shared_ptr<Log> log_;
  const std::shared_ptr<Pump> pump_;
  const std::unique_ptr<GroupProbe> probe_;  // null: no registry was passed in
  GroupTable table_;
  std::unique_ptr<GroupMetrics> metrics_;  // null: the same, or read-only
};

// How entries of the stream are deleted. Uses the log as long as it is used.
Deleter DeleterOf(Log& log, const std::shared_ptr<StreamState>& stream,
                  std::optional<Durability> durability);

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_LOG_GROUPS_H_
