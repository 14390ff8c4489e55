#include "cli/target.h"

#include "log/base/status.h"

namespace evlog::cli {
namespace {

absl::StatusOr<OpenedLog> InDatabase(absl::StatusOr<std::unique_ptr<EventLog>> whole,
                                     int database) {
  if (!whole.ok()) return whole.status();
  if (database == 0) return OpenedLog(*std::move(whole));
  absl::StatusOr<std::unique_ptr<EventLog>> part = (*whole)->InDatabase(database);
  if (!part.ok()) return part.status();
  return OpenedLog(*std::move(whole), *std::move(part));
}

absl::StatusOr<OpenedLog> OpenOwned(const Target& target, bool create, const Limits& limits = {}) {
  RETURN_IF_ERROR(CheckTarget(target.at));
  OpenOptions options;
  options.clock = target.clock;
  options.create_if_missing = create;
  options.limits = limits;
  return InDatabase(Open(target.at, options), target.database);
}

Target TargetOf(const Environment& env) { return {env.at, env.database.value_or(0), env.clock}; }

}  // namespace

absl::Status CheckTarget(std::string_view at) {
  if (at.empty()) {
    return InvalidArgument("no directory; give --at DIR, or set EVLOG_AT");
  }
  if (at.find("://") != std::string_view::npos) {
    // It is not quoted, for it may hold a password.
    return InvalidArgument("--at: that is neither a directory nor redis://HOST:PORT");
  }
  return absl::OkStatus();
}

absl::StatusOr<OpenedLog> OpenForAppending(const Target& target, const Limits& limits) {
  return OpenOwned(target, /*create=*/true, limits);
}

absl::StatusOr<OpenedLog> OpenForAppending(const Environment& env) {
  return OpenForAppending(TargetOf(env));
}

absl::StatusOr<OpenedLog> OpenForChanging(const Environment& env, const Limits& limits) {
  return OpenOwned(TargetOf(env), /*create=*/false, limits);
}

absl::StatusOr<OpenedLog> OpenForServing(const Target& target, OpenOptions options) {
  RETURN_IF_ERROR(CheckTarget(target.at));
  options.clock = target.clock;
  options.create_if_missing = true;
  return InDatabase(Open(target.at, options), target.database);
}

absl::Status MaintainAndClose(EventLog& log) {
  RETURN_IF_ERROR(log.Maintain());
  return log.Close();
}

Limits WidestLimits() {
  Limits limits;
  limits.entry_bytes = kLimitBytesMax;
  limits.batch_bytes = kLimitBytesMax;
  limits.fields = kFieldsMax;
  limits.key_bytes = kLimitBytesMax - 1;
  return limits;
}

absl::StatusOr<OpenedLog> OpenForReading(const Environment& env) {
  RETURN_IF_ERROR(CheckTarget(env.at));
  ReadOnlyOptions options;
  options.clock = env.clock;
  return InDatabase(OpenReadOnly(env.at, options), env.database.value_or(0));
}

}  // namespace evlog::cli
