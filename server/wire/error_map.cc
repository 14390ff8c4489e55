#include "server/wire/error_map.h"

#include "log/base/status.h"

namespace evlog::server {

namespace {

struct Row {
  absl::StatusCode code;
  std::string_view prefix;
};

constexpr Row kRows[] = {
    {absl::StatusCode::kInvalidArgument, "ERR"},
    {absl::StatusCode::kOutOfRange, "ERR"},
    {absl::StatusCode::kAlreadyExists, "ERR"},
    {absl::StatusCode::kNotFound, "ERR"},
    {absl::StatusCode::kUnimplemented, "ERR"},
    {absl::StatusCode::kInternal, "ERR"},
    {absl::StatusCode::kPermissionDenied, "NOPERM"},
    {absl::StatusCode::kAborted, "CONFLICT"},
    {absl::StatusCode::kCancelled, "UNBLOCKED"},
    {absl::StatusCode::kFailedPrecondition, "READONLY"},
    // Redis' word for a server that cannot write.
    {absl::StatusCode::kUnavailable, "MISCONF"},
    {absl::StatusCode::kResourceExhausted, "MISCONF"},
    {absl::StatusCode::kDataLoss, "DATALOSS"},
};

}  // namespace

std::string_view ErrorPrefix(absl::StatusCode code) {
  for (const Row& row : kRows) {
    if (row.code == code) return row.prefix;
  }
  return "ERR";
}

std::string ErrorText(const absl::Status& status) {
  return std::string(ErrorPrefix(status.code())) + " " + MessageOf(status);
}

}  // namespace evlog::server
