// Bytes that arrive in pieces of a given size, as a pipe may hand them out.
#ifndef EVLOG_TESTS_CLI_PIECES_SOURCE_H_
#define EVLOG_TESTS_CLI_PIECES_SOURCE_H_

#include <algorithm>
#include <cstring>
#include <string_view>

#include "cli/input.h"

namespace evlog::cli {

class PiecesSource : public ByteSource {
 public:
  PiecesSource(std::string_view bytes, size_t piece) : left_(bytes), piece_(piece) {}

  absl::StatusOr<size_t> Read(char* into, size_t size) override {
    const size_t count = std::min({size, piece_, left_.size()});
    if (count != 0) std::memcpy(into, left_.data(), count);
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
  const size_t piece_;
};

}  // namespace evlog::cli

#endif  // EVLOG_TESTS_CLI_PIECES_SOURCE_H_
