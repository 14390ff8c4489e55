// The settings of a stream as flags: `create` and `alter` share them.
#ifndef EVLOG_CLI_STREAM_SETTINGS_H_
#define EVLOG_CLI_STREAM_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/retention_flags.h"
#include "evlog/stream_options.h"

namespace evlog::cli {

// Everything that can be altered later; the flags as text.
struct StreamSettings {
  std::optional<std::string> durability;
  RetentionFlags retention;
  std::optional<std::string> expires_in;
  std::optional<std::string> expires_at;
  std::optional<std::string> idempotence_window;
  std::optional<uint32_t> idempotence_ids;
  std::optional<std::string> keep_unacked;

  // `change`: of a stream that is there, so bounds may be `none` and an expiry `never`.
  void AddTo(CLI::App* app, bool change);

  bool given() const;

  // What the flags ask for, where the stream keeps `kept` so far; its `exact` counts when no flag
  // says otherwise. `now` is what --expires-in counts from. Errors: INVALID_ARGUMENT naming the
  // flag.
  absl::StatusOr<StreamChanges> Changes(const Retention& kept, absl::Time now) const;

 private:
  absl::StatusOr<std::optional<absl::Time>> Expiry(absl::Time now) const;

  bool change_ = false;
};

// Puts the changes on `*options`.
void ApplyChanges(const StreamChanges& changes, StreamOptions* options);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_STREAM_SETTINGS_H_
