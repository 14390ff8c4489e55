// `redis://[USER:PASSWORD@]HOST[:PORT][/REST]`: where a server is.
#ifndef EVLOG_CLI_TARGET_REDIS_ADDRESS_H_
#define EVLOG_CLI_TARGET_REDIS_ADDRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace evlog::cli {

struct RedisAddress {
  std::string user;      // empty: the default one
  std::string password;  // empty: none
  std::string host;
  uint16_t port = 6379;
  std::string rest;  // what stands after the slash behind the port, decoded

  // For messages, without the password: `HOST:PORT`.
  std::string Described() const;
};

// Whether the text names a server and not a directory.
bool IsRedisAddress(std::string_view text);

// `%XX` stands for a byte in user, password and rest. Errors: INVALID_ARGUMENT; it does not quote
// the text, which may hold a password.
absl::StatusOr<RedisAddress> ParseRedisAddress(std::string_view text);

// The database that `/REST` of an --at names, else that of --db, else 0. Errors: INVALID_ARGUMENT:
// it names none of 0..15, or --db another one.
absl::StatusOr<int> DatabaseOf(const RedisAddress& address, std::optional<int> flag);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_REDIS_ADDRESS_H_
