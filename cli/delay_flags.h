// `--delay` and `--deliver-at`: when an entry is to be appended.
#ifndef EVLOG_CLI_DELAY_FLAGS_H_
#define EVLOG_CLI_DELAY_FLAGS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace CLI {
class App;
}

namespace evlog::cli {

struct DelayFlags {
  std::optional<std::string> delay;
  std::optional<std::string> deliver_at;

  void AddTo(CLI::App* app);

  bool given() const { return delay.has_value() || deliver_at.has_value(); }
  // One of them is given. Errors: INVALID_ARGUMENT: both are, or what is wrong with the one.
  absl::StatusOr<absl::Time> At(absl::Time now) const;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_DELAY_FLAGS_H_
