// The arguments STREAM and GROUP of the verbs that work on one consumer group.
#ifndef EVLOG_CLI_GROUP_NAME_H_
#define EVLOG_CLI_GROUP_NAME_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/target.h"
#include "cli/target/log_target.h"
#include "evlog/group.h"

namespace CLI {
class App;
}

namespace evlog::cli {

struct GroupName {
  std::string stream;
  std::string group;

  void AddTo(CLI::App* app);

  // Errors: EventLog::OpenGroup.
  absl::StatusOr<Group> Open(const OpenedLog& log) const { return log->OpenGroup(stream, group); }
  // Errors: LogTarget::OpenGroup.
  absl::StatusOr<std::unique_ptr<TargetGroup>> Open(LogTarget& log) const {
    return log.OpenGroup(stream, group);
  }

  // For messages: `group "billing" of stream "orders"`.
  std::string Described() const;
  // For JSON: `"stream":"orders","group":"billing"`.
  void AppendMembers(std::string* out) const;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_GROUP_NAME_H_
