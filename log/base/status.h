// Short forms for absl::Status: the two macros that propagate errors, and builders with fmt.
#ifndef EVLOG_LOG_BASE_STATUS_H_
#define EVLOG_LOG_BASE_STATUS_H_

#include <fmt/format.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evlog {

// Builds a status whose message is formatted: `Error(absl::StatusCode::kNotFound, "no {}", name)`.
template <typename... Args>
absl::Status Error(absl::StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return absl::Status(code, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
absl::Status InvalidArgument(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

template <typename... Args>
absl::Status DataLoss(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kDataLoss, format, std::forward<Args>(args)...);
}

// The message of a status as a std::string, which fmt can print.
inline std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

// The same status with `context` and a colon before its message.
absl::Status Annotate(const absl::Status& status, const std::string& context);

// Bytes for an error text: printable, quoted, cut to `max` bytes.
std::string Quoted(std::string_view bytes, size_t max = 64);

}  // namespace evlog

#define EVLOG_CONCAT_INNER(a, b) a##b
#define EVLOG_CONCAT(a, b) EVLOG_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                                     \
  do {                                                            \
    if (absl::Status evlog_status = (expr); !evlog_status.ok()) { \
      return evlog_status;                                        \
    }                                                             \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_INNER(EVLOG_CONCAT(evlog_statusor_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                           \
  if (!tmp.ok()) return tmp.status();          \
  lhs = *std::move(tmp)

#endif  // EVLOG_LOG_BASE_STATUS_H_
