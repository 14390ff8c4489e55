// Bytes to append, read in big blocks: a buffer over a file, a pipe, or a test's pieces.
#ifndef EVLOG_CLI_INPUT_H_
#define EVLOG_CLI_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace evlog::cli {

// Where bytes come from.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads at most `size` bytes into `into`; 0 at the end. May block.
  virtual absl::StatusOr<size_t> Read(char* into, size_t size) = 0;
};

// A window over a ByteSource that grows when more is asked for. Not thread-safe.
class Input {
 public:
  static constexpr size_t kBlockBytes = size_t{256} << 10;

  // Reads blocks of `block_bytes`. A record must fit in the window, so `window_bytes_max` bounds
  // it: INVALID_ARGUMENT beyond.
  Input(ByteSource* source, size_t window_bytes_max, size_t block_bytes = kBlockBytes);

  // The bytes that were read and not yet consumed. Valid until the next Fill.
  std::string_view window() const {
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
  }
  void Consume(size_t bytes) { begin_ += bytes; }

  // Reads more behind the window: false at the end of the input.
  absl::StatusOr<bool> Fill();

  // How much was read so far.
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  ByteSource* const source_;
  const size_t window_bytes_max_;
  const size_t block_bytes_;
  std::string buffer_;  // begin_..end_ holds the window
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t bytes_read_ = 0;
};

// Reads a file descriptor.
class FdSource : public ByteSource {
 public:
  // `before_wait` is called whenever no byte is there yet, before it waits for one. When `wake_fd`
  // becomes readable, reading answers CANCELLED; -1: nothing wakes it. Neither descriptor is owned.
  FdSource(int fd, int wake_fd, std::function<absl::Status()> before_wait);
  absl::StatusOr<size_t> Read(char* into, size_t size) override;

 private:
  // Waits at most `timeout_ms` (-1: for ever) until there is something; sets *woken.
  bool Poll(int timeout_ms, bool* woken);

  const int fd_;
  const int wake_fd_;
  const std::function<absl::Status()> before_wait_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_INPUT_H_
