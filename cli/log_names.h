// The names that completion asks a log for.
#ifndef EVLOG_CLI_LOG_NAMES_H_
#define EVLOG_CLI_LOG_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/target/log_target.h"

namespace evlog::cli {

// Reads beside whoever owns the log. Blocks as long as that, or a server, takes; whatever goes
// wrong is no name.
class LogNames : public KnownNames {
 public:
  // More than a person reads.
  static constexpr size_t kNamesMax = 500;

  // `env` says where the log is unless a command line does, and outlives this.
  explicit LogNames(const Environment& env) : env_(env) {}

  std::vector<std::string> Streams(const Place& place, std::string_view prefix) override;
  std::vector<std::string> Groups(const Place& place, std::string_view stream) override;

 private:
  absl::StatusOr<std::unique_ptr<LogTarget>> Open(const Place& place) const;

  const Environment& env_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOG_NAMES_H_
