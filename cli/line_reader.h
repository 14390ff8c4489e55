// Cuts an input into lines.
#ifndef EVLOG_CLI_LINE_READER_H_
#define EVLOG_CLI_LINE_READER_H_

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/input.h"

namespace evlog::cli {

class LineReader {
 public:
  explicit LineReader(Input* input) : input_(input) {}

  // The next line without its newline, valid until the next call; false at the end.
  absl::StatusOr<bool> Next(std::string_view* line);

 private:
  Input* const input_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LINE_READER_H_
