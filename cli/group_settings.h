// How a consumer group delivers, as flags: `groups create` and `groups alter` share them.
#ifndef EVLOG_CLI_GROUP_SETTINGS_H_
#define EVLOG_CLI_GROUP_SETTINGS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "evlog/group_options.h"

namespace CLI {
class App;
}

namespace evlog::cli {

// The flags as text. Those that are not given leave what there is.
struct GroupSettings {
  std::optional<std::string> order;
  std::optional<std::string> poison;
  std::optional<std::string> ack_wait;
  std::optional<std::string> backoff;
  std::optional<std::string> max_deliveries;
  std::optional<std::string> dead_letters;
  bool no_dead_letters = false;
  std::optional<std::string> max_in_flight;
  std::optional<std::string> max_in_flight_of_consumer;
  std::optional<std::string> durability;
  bool redeliver = false;
  bool no_redeliver = false;

  // `change`: of a group that is there, so the dead letters may be taken away.
  void AddTo(CLI::App* app, bool change);

  bool given() const;

  // Puts what the flags say on the options of a group of `stream`. Errors: INVALID_ARGUMENT naming
  // the flag, also one that has no effect with what the options are.
  absl::Status Apply(std::string_view stream, GroupOptions* options) const;

 private:
  absl::Status ApplyOrder(GroupOptions* options) const;
  absl::Status ApplyWaits(GroupOptions* options) const;
  absl::Status ApplyLimits(GroupOptions* options) const;
  absl::Status CheckAckWait(const GroupOptions& options) const;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_GROUP_SETTINGS_H_
