// Where a replay goes to, as --to, --to-at, --to-db and --exec say it.
#ifndef EVLOG_CLI_REPLAY_DESTINATION_H_
#define EVLOG_CLI_REPLAY_DESTINATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/target/redis_target.h"

namespace evlog::cli {

struct DestinationFlags {
  std::string to;
  std::string to_at;
  std::optional<int> to_database;
  std::string exec;
};

struct Destination {
  enum class Kind : uint8_t {
    kCommand,       // its stdin
    kStream,        // of a directory
    kServerStream,  // of a server that speaks Redis' protocol
    kChannel,       // of such a server
  };
  Kind kind = Kind::kCommand;
  std::string name;   // of the stream, of the channel
  std::string at;     // the directory
  bool same = false;  // the directory that is replayed from
  int database = 0;   // of the stream
  RedisPlace place;   // the server

  bool command() const { return kind == Kind::kCommand; }
  bool server() const { return kind == Kind::kServerStream || kind == Kind::kChannel; }
  // Whether it gets entries as text, in a format.
  bool formatted() const { return kind == Kind::kCommand || kind == Kind::kChannel; }
  // For checkpoints, of a server: what it is.
  std::string Described() const;
};

// Errors: INVALID_ARGUMENT.
absl::StatusOr<Destination> ParseDestination(const Environment& env, const DestinationFlags& flags);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_REPLAY_DESTINATION_H_
