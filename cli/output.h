// Buffered writing to stdout, in big blocks.
#ifndef EVLOG_CLI_OUTPUT_H_
#define EVLOG_CLI_OUTPUT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"

namespace evlog::cli {

// Collects bytes and writes them when there is a block of them, or when told. A reader that has
// gone (EPIPE) is no error: `closed()` turns true and everything further is dropped. Not
// thread-safe.
class Output {
 public:
  static constexpr size_t kBlockBytes = size_t{256} << 10;

  // Writes to `fd`, which stays the caller's. SIGPIPE must be ignored (see Interrupt).
  explicit Output(int fd, size_t block_bytes = kBlockBytes);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  int fd() const { return fd_; }

  // Where to append. Call FlushIfFull after each record.
  std::string* buffer() { return &buffer_; }

  // Errors of both: UNAVAILABLE or RESOURCE_EXHAUSTED with the system's reason.
  absl::Status FlushIfFull() { return buffer_.size() < block_bytes_ ? absl::OkStatus() : Flush(); }
  absl::Status Flush();

  // Whether nobody reads any more.
  bool closed() const { return closed_; }

 private:
  const int fd_;
  const size_t block_bytes_;
  std::string buffer_;
  bool closed_ = false;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_OUTPUT_H_
