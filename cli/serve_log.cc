#include "cli/serve_log.h"

#include <fmt/format.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "cli/encode.h"

namespace evlog::cli {
namespace {

// Parallel to kLogLevels.
constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                 spdlog::level::warn, spdlog::level::err,
                                                 spdlog::level::off};
static_assert(std::size(kLevels) == std::size(kLogLevels));

// `error` also for what is worse, `debug` for what is less.
std::string_view NameOf(spdlog::level::level_enum level) {
  size_t i = 0;
  while (i + 2 < std::size(kLevels) && kLevels[i] < level) ++i;
  return kLogLevels[i];
}

class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(bool json) : json_(json) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string line =
        LogLine(absl::FromChrono(message.time), NameOf(message.level),
                std::string_view(message.payload.data(), message.payload.size()), json_);
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(json_);
  }

 private:
  const bool json_;
};

}  // namespace

std::string LogLine(absl::Time time, std::string_view level, std::string_view message, bool json) {
  if (json) {
    std::string line =
        fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"message\":", TimeText(time), level);
    AppendJsonBytes(message, &line);
    return line + "}\n";
  }
  std::string line = fmt::format("{} {} ", TimeText(time), level);
  // One event is one line, whatever a client has named its stream.
  std::transform(message.begin(), message.end(), std::back_inserter(line),
                 [](char c) { return c == '\n' || c == '\r' ? ' ' : c; });
  return line + "\n";
}

std::shared_ptr<spdlog::logger> MakeServeLogger(std::string_view level, std::string_view format) {
  const auto found = std::find(std::begin(kLogLevels), std::end(kLogLevels), level);
  auto logger =
      std::make_shared<spdlog::logger>("evlog", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<LineFormatter>(format == kLogFormats[1]));
  logger->set_level(kLevels[std::min<size_t>(static_cast<size_t>(found - std::begin(kLogLevels)),
                                             std::size(kLevels) - 1)]);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

}  // namespace evlog::cli
