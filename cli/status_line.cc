#include "cli/status_line.h"

#include <errno.h>
#include <unistd.h>

namespace evlog::cli {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(200);
constexpr std::string_view kWipe = "\r\x1b[K";

}  // namespace

StatusLine::StatusLine(int fd, bool terminal, Clock* clock)
    : fd_(fd), terminal_(terminal), clock_(clock) {}

bool StatusLine::ProgressDue() {
  if (!terminal_) return false;
  const absl::Time now = clock_->Now();
  if (now >= shown_ && now - shown_ < kInterval) return false;
  shown_ = now;
  return true;
}

void StatusLine::ShowProgress(std::string_view text) {
  if (!terminal_) return;
  Write(std::string(kWipe).append(text));
  showing_ = true;
}

void StatusLine::EndProgress() {
  if (showing_) Write(kWipe);
  showing_ = false;
}

void StatusLine::Ask(std::string_view text) {
  EndProgress();
  Write(text);
}

void StatusLine::Say(std::string_view text) {
  EndProgress();
  Write(std::string(text).append("\n"));
}

void StatusLine::Write(std::string_view bytes) {
  // Best effort: where stderr cannot be written there is nobody to tell.
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace evlog::cli
