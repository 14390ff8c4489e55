// `tail --group`: prints what a consumer of a group is handed, as it comes.
#ifndef EVLOG_CLI_GROUP_TAIL_H_
#define EVLOG_CLI_GROUP_TAIL_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/command.h"
#include "cli/reading.h"

namespace evlog::cli {

struct GroupTail {
  std::optional<std::string> group;
  std::optional<std::string> consumer;
  bool ack = false;

  void AddTo(CLI::App* app);

  // Errors: INVALID_ARGUMENT: --consumer or --ack without --group; --group without --consumer, or
  // with an option of `reading` that says which entries, for the group says that, and what is left
  // out would be pending for ever.
  absl::Status Check(const ReadingOptions& reading) const;

  // Ends after -n entries; without `follow` when there is nothing, else when there was nothing for
  // `timeout`. With `ack`, what was written to stdout and flushed is acknowledged, and nothing
  // before. Owns the directory. Check must have passed.
  // Errors: OpenTarget, LogTarget::OpenGroup, TargetGroup::Read, Output::Flush.
  absl::StatusOr<ExitCode> Run(Environment& env, const ReadingOptions& reading, bool follow,
                               absl::Duration timeout) const;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_GROUP_TAIL_H_
