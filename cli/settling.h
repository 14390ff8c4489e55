// What `ack` and `nack` share: pending entries by their ids, and how many of them it was.
#ifndef EVLOG_CLI_SETTLING_H_
#define EVLOG_CLI_SETTLING_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/group_name.h"
#include "evlog/entry_id.h"

namespace evlog::cli {

struct Settling {
  GroupName name;
  std::vector<std::string> ids;
  std::string format = "text";

  void AddTo(CLI::App* app);

  // Opens the group, settles the entries with `settle`, and says how many it were: `DONE 3 entries`
  // or one JSON object (docs/json-output.md). Those that are not pending do not count.
  absl::Status Run(
      Environment& env, const char* done,
      absl::FunctionRef<absl::StatusOr<uint64_t>(TargetGroup&, std::span<const EntryId>)> settle)
      const;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_SETTLING_H_
