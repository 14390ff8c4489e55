#include "cli/output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <string_view>

#include "log/base/status.h"

namespace evlog::cli {

Output::Output(int fd, size_t block_bytes) : fd_(fd), block_bytes_(block_bytes) {
  // Room for the record that passes the block's end.
  buffer_.reserve(block_bytes + block_bytes / 4);
}

absl::Status Output::Flush() {
  std::string_view left = closed_ ? std::string_view() : buffer_;
  while (!left.empty()) {
    const ssize_t written = write(fd_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EPIPE) {
      closed_ = true;
      break;
    } else if (errno == EAGAIN) {  // somebody made the other end of our stdout non-blocking
      pollfd writable = {fd_, POLLOUT, 0};
      poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      const int error = errno;
      const auto code = error == ENOSPC || error == EDQUOT ? absl::StatusCode::kResourceExhausted
                                                           : absl::StatusCode::kUnavailable;
      buffer_.clear();
      return Error(code, "writing the output: {}", strerror(error));
    }
  }
  buffer_.clear();
  return absl::OkStatus();
}

}  // namespace evlog::cli
