#include "cli/input.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "log/base/status.h"

namespace evlog::cli {

Input::Input(ByteSource* source, size_t window_bytes_max, size_t block_bytes)
    : source_(source), window_bytes_max_(window_bytes_max), block_bytes_(block_bytes) {}

absl::StatusOr<bool> Input::Fill() {
  const size_t used = end_ - begin_;
  if (used >= window_bytes_max_) {
    return InvalidArgument("a record of more than {} bytes", window_bytes_max_);
  }
  if (buffer_.size() - end_ < block_bytes_) {
    // Make room: to the front first, then, for a record larger than the buffer, twice as much.
    if (begin_ != 0) memmove(buffer_.data(), buffer_.data() + begin_, used);
    begin_ = 0;
    end_ = used;
    if (buffer_.size() - end_ < block_bytes_) {
      buffer_.resize(std::max(buffer_.size() * 2, used + 2 * block_bytes_));
    }
  }
  absl::StatusOr<size_t> got = source_->Read(buffer_.data() + end_, block_bytes_);
  if (!got.ok()) return got.status();
  end_ += *got;
  bytes_read_ += *got;
  return *got != 0;
}

FdSource::FdSource(int fd, int wake_fd, std::function<absl::Status()> before_wait)
    : fd_(fd), wake_fd_(wake_fd), before_wait_(std::move(before_wait)) {}

bool FdSource::Poll(int timeout_ms, bool* woken) {
  pollfd fds[] = {{fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};  // poll skips -1
  int ready;
  do {
    ready = poll(fds, 2, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  *woken = fds[1].revents != 0;
  return fds[0].revents != 0 || ready < 0;  // an error of poll shows again in read
}

absl::StatusOr<size_t> FdSource::Read(char* into, size_t size) {
  for (;;) {
    bool woken = false;
    bool ready = Poll(0, &woken);
    if (!ready && !woken) {
      if (before_wait_) RETURN_IF_ERROR(before_wait_());
      ready = Poll(-1, &woken);
    }
    if (woken) return absl::CancelledError("interrupted");
    if (!ready) continue;
    const ssize_t got = read(fd_, into, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno == EINTR || errno == EAGAIN) continue;
    return Error(absl::StatusCode::kUnavailable, "reading: {}", strerror(errno));
  }
}

}  // namespace evlog::cli
