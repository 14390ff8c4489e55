// What `evlog serve` says on stderr: a line for each event, for people or for programs.
#ifndef EVLOG_CLI_SERVE_LOG_H_
#define EVLOG_CLI_SERVE_LOG_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace spdlog {
class logger;
}  // namespace spdlog

namespace evlog::cli {

// From the most to the least that is said.
inline constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error", "off"};
inline constexpr std::string_view kLogFormats[] = {"text", "json"};

// One line with its end: `TIME LEVEL MESSAGE`, or an object with these members.
std::string LogLine(absl::Time time, std::string_view level, std::string_view message, bool json);

// Thread-safe. `level` and `format` are of those above.
std::shared_ptr<spdlog::logger> MakeServeLogger(std::string_view level, std::string_view format);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_SERVE_LOG_H_
