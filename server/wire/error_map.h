// How errors of the log look to Redis' clients: one row per code.
#ifndef EVLOG_SERVER_WIRE_ERROR_MAP_H_
#define EVLOG_SERVER_WIRE_ERROR_MAP_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace evlog::server {

// The first word of the error reply for that code. Clients tell errors apart by it.
std::string_view ErrorPrefix(absl::StatusCode code);

// The error reply: prefix and message.
std::string ErrorText(const absl::Status& status);

// Replies that several commands share, as Redis words them.
inline constexpr char kSyntaxError[] = "ERR syntax error";
inline constexpr char kNotAnInteger[] = "ERR value is not an integer or out of range";
inline constexpr char kNoSuchKey[] = "ERR no such key";
inline constexpr char kInvalidId[] = "ERR Invalid stream ID specified as stream command argument";

}  // namespace evlog::server

#endif  // EVLOG_SERVER_WIRE_ERROR_MAP_H_
