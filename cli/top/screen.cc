#include "cli/top/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace evlog::cli {
namespace {

// Another page, without a cursor; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

}  // namespace

std::unique_ptr<Screen> Screen::Open(int input_fd, Output* output, const Interrupt* interrupt) {
  termios before{};
  if (isatty(output->fd()) == 0 || tcgetattr(input_fd, &before) != 0) return nullptr;
  return std::unique_ptr<Screen>(new Screen(input_fd, output, interrupt, before));
}

Screen::Screen(int input_fd, Output* output, const Interrupt* interrupt, const termios& before)
    : input_fd_(input_fd), output_(output), interrupt_(interrupt), before_(before) {
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // signals stay
  tcsetattr(input_fd_, TCSANOW, &raw);
  *output_->buffer() += kEnter;
}

Screen::~Screen() {
  *output_->buffer() += kLeave;
  output_->Flush().IgnoreError();
  tcsetattr(input_fd_, TCSANOW, &before_);
}

Screen::Size Screen::size() const {
  winsize window{};
  Size size;
  if (ioctl(output_->fd(), TIOCGWINSZ, &window) != 0) return size;
  if (window.ws_row != 0) size.rows = window.ws_row;
  if (window.ws_col != 0) size.columns = window.ws_col;
  return size;
}

absl::Status Screen::Show(std::string_view text) {
  std::string* const out = output_->buffer();
  *out += kHome;
  const size_t rows = size().rows;
  for (size_t row = 0; row < rows && !text.empty(); ++row) {
    const size_t end = std::min(text.find('\n'), text.size());
    // Not behind the last line, as that would scroll.
    if (row != 0) *out += '\n';
    *out += text.substr(0, end);
    *out += kClearLine;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  *out += kClearBelow;
  return output_->Flush();
}

char Screen::AwaitKey(absl::Duration within) {
  pollfd waits[] = {{input_fd_, POLLIN, 0}, {interrupt_->wake_fd(), POLLIN, 0}};
  const int64_t ms = std::clamp<int64_t>(absl::ToInt64Milliseconds(within), 0, INT32_MAX);
  if (poll(waits, 2, static_cast<int>(ms)) <= 0 || waits[0].revents == 0) return 0;
  char key = 0;
  // A terminal that is gone sends nothing any more: that ends it as the key does.
  return read(input_fd_, &key, 1) == 1 ? key : 'q';
}

}  // namespace evlog::cli
