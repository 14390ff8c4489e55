// `--at` and `--db`: where the log is, and which of its databases.
#ifndef EVLOG_CLI_TARGET_H_
#define EVLOG_CLI_TARGET_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/command.h"
#include "evlog/clock.h"
#include "evlog/event_log.h"
#include "evlog/limits.h"

namespace evlog::cli {

// A log that is open, seen through one of its databases.
class OpenedLog {
 public:
  explicit OpenedLog(std::unique_ptr<EventLog> whole, std::unique_ptr<EventLog> database = nullptr)
      : whole_(std::move(whole)), database_(std::move(database)) {}

  EventLog* get() const { return database_ != nullptr ? database_.get() : whole_.get(); }
  EventLog* operator->() const { return get(); }
  EventLog& operator*() const { return *get(); }

 private:
  std::unique_ptr<EventLog> whole_;  // closes the log; outlives its database
  std::unique_ptr<EventLog> database_;
};

// A place as a command line names it.
struct Target {
  std::string at;
  int database = 0;
  Clock* clock;
};

// INVALID_ARGUMENT unless `at` names a directory: it is empty, or the address of a server.
absl::Status CheckTarget(std::string_view at);

// Opens the directory to append to it, and makes it when it is missing.
// Errors: CheckTarget, Open, EventLog::InDatabase.
absl::StatusOr<OpenedLog> OpenForAppending(const Target& target, const Limits& limits = {});
absl::StatusOr<OpenedLog> OpenForAppending(const Environment& env);

// The same with options of the caller's own, but for the clock and that it is made.
absl::StatusOr<OpenedLog> OpenForServing(const Target& target, OpenOptions options);

// As OpenForAppending, but for a directory that must be there: NOT_FOUND.
absl::StatusOr<OpenedLog> OpenForChanging(const Environment& env, const Limits& limits = {});

// Closes a log of which something was removed, or whose retention was altered, once it has done
// what it would do in the background if it stayed open: expire, trim, give space back. Errors:
// EventLog::Maintain, EventLog::Close.
absl::Status MaintainAndClose(EventLog& log);

// For what was accepted elsewhere already.
Limits WidestLimits();

// Opens the directory to read it, beside whoever owns it.
// Errors: CheckTarget, OpenReadOnly, EventLog::InDatabase.
absl::StatusOr<OpenedLog> OpenForReading(const Environment& env);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_H_
