// Where a replay sends entries: a stream, a channel, or a command.
#ifndef EVLOG_CLI_REPLAY_TARGET_H_
#define EVLOG_CLI_REPLAY_TARGET_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/checkpoint.h"
#include "cli/format.h"
#include "cli/target/redis_connection.h"
#include "evlog/clock.h"
#include "evlog/event_log.h"

namespace evlog::cli {

// Used by one thread.
class ReplayTarget {
 public:
  virtual ~ReplayTarget() = default;

  // Takes one entry; it may be held back until Flush.
  virtual absl::Status Add(const EntryView& entry, const Origin& origin) = 0;
  // Hands over what was taken.
  virtual absl::Status Flush() = 0;
  // Flushes, and waits until all that was handed over is done. Nothing may be added then.
  virtual absl::Status Finish() = 0;
  // What is done for good, counted from the progress with which it began.
  virtual Progress done() const = 0;
};

struct StreamTargetOptions {
  // Under which key of the log's state the progress is kept; empty: it is not.
  std::string state_key;
  Progress begin;
};

// The space of the state in which replays keep their progress.
inline constexpr char kReplayStateSpace[] = "evlog/replay";

// Appends to a stream, in batches. The progress is in the log's state, committed together with the
// entries: none of them can be there twice. `log` must outlive it.
std::unique_ptr<ReplayTarget> MakeStreamTarget(EventLog* log, Stream stream,
                                               const StreamTargetOptions& options);

struct ServerTargetOptions {
  std::string name;  // of the stream or the channel
  // What a message holds, without the end of its line; null: it is a stream.
  std::unique_ptr<const Formatter> formatter;
  Progress begin;
  Clock* clock = nullptr;
  // Called now and then with what the server has acknowledged; null: nobody wants to know.
  std::function<absl::Status(const Progress&)> keep;
};

// Appends to a stream of a server, or publishes to a channel of it, many commands under way. What
// was sent and not acknowledged when it ends is not done, and may be there all the same.
std::unique_ptr<ReplayTarget> MakeServerTarget(std::unique_ptr<RedisConnection> connection,
                                               ServerTargetOptions options);

// Starts `/bin/sh -c COMMAND` and writes the entries to its stdin; stdout and stderr are ours. It
// runs in a process group of its own, so that a Ctrl-C ends it by the end of its input, in order.
// What it got is done once it has ended with 0. Errors: UNAVAILABLE when it cannot be started.
absl::StatusOr<std::unique_ptr<ReplayTarget>> MakeCommandTarget(
    const std::string& command, std::unique_ptr<const Formatter> formatter, const Progress& begin);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_REPLAY_TARGET_H_
