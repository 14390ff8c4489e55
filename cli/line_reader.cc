#include "cli/line_reader.h"

#include "log/base/status.h"

namespace evlog::cli {

absl::StatusOr<bool> LineReader::Next(std::string_view* line) {
  size_t searched = 0;
  for (;;) {
    const std::string_view window = input_->window();
    const size_t newline = window.find('\n', searched);
    if (newline != std::string_view::npos) {
      *line = window.substr(0, newline);
      input_->Consume(newline + 1);
      return true;
    }
    searched = window.size();
    ASSIGN_OR_RETURN(const bool more, input_->Fill());
    if (more) continue;
    *line = input_->window();
    input_->Consume(line->size());
    return !line->empty();
  }
}

}  // namespace evlog::cli
