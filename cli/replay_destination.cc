#include "cli/replay_destination.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/target/open_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr std::string_view kChannel = "channel:";

absl::StatusOr<Destination> OfServer(const Environment& env, const DestinationFlags& flags,
                                     const std::string& at) {
  Destination destination;
  Environment there = env;
  there.at = at;
  // `redis://HOST/STREAM` in --to has no place for a database.
  const bool whole = IsRedisAddress(flags.to);
  if (whole) {
    ASSIGN_OR_RETURN(const RedisAddress address, ParseRedisAddress(flags.to));
    if (address.rest.empty()) {
      return InvalidArgument("--to: which stream? write redis://HOST:PORT/STREAM");
    }
    destination.place.address = address;
    destination.place.database = flags.to_database.value_or(0);
    destination.place.clock = env.clock;
    destination.name = address.rest;
  } else {
    there.database = flags.to_database;
    // Beside the source, the database of the source is meant.
    if (!there.database.has_value() && flags.to_at.empty()) there.database = env.database;
    ASSIGN_OR_RETURN(destination.place, PlaceOf(there));
    destination.name = flags.to;
  }
  destination.database = destination.place.database;
  if (flags.to_database.has_value()) destination.place.database_flag = "--to-db";
  destination.kind = Destination::Kind::kServerStream;
  if (!whole && flags.to.starts_with(kChannel)) {
    destination.kind = Destination::Kind::kChannel;
    destination.name = flags.to.substr(kChannel.size());
  }
  return destination;
}

}  // namespace

std::string Destination::Described() const {
  const std::string server = place.address.Described();
  if (kind == Kind::kChannel) return fmt::format("channel {} of {}", Quoted(name), server);
  return fmt::format("stream {} of database {} of {}", Quoted(name), database, server);
}

absl::StatusOr<Destination> ParseDestination(const Environment& env,
                                             const DestinationFlags& flags) {
  if (flags.to.empty() == flags.exec.empty()) {
    return InvalidArgument("where to? give --to STREAM or --exec COMMAND, one of them");
  }
  if (flags.to.empty() && (!flags.to_at.empty() || flags.to_database.has_value())) {
    return InvalidArgument("--to-at and --to-db say where the stream of --to is");
  }
  if (!flags.exec.empty()) return Destination();
  const std::string& at = flags.to_at.empty() ? env.at : flags.to_at;
  if (IsRedisAddress(flags.to) && !flags.to_at.empty()) {
    return InvalidArgument("--to {} says where, and so does --to-at", "redis://...");
  }
  if (IsRedisAddress(flags.to) || IsRedisAddress(at)) return OfServer(env, flags, at);
  if (flags.to.starts_with(kChannel)) {
    return InvalidArgument(
        "--to {}: channels are in the memory of a server; give --at or --to-at redis://HOST:PORT",
        flags.to);
  }
  Destination destination;
  destination.kind = Destination::Kind::kStream;
  destination.name = flags.to;
  destination.at = at;
  std::error_code ignored;
  destination.same = flags.to_at.empty() || std::filesystem::equivalent(env.at, at, ignored);
  destination.database = flags.to_database.value_or(env.database.value_or(0));
  return destination;
}

}  // namespace evlog::cli
