// What a command says about itself: on stderr, and only where somebody looks.
#ifndef EVLOG_CLI_STATUS_LINE_H_
#define EVLOG_CLI_STATUS_LINE_H_

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "evlog/clock.h"

namespace evlog::cli {

// A progress line that rewrites itself, and the lines that remain. Not thread-safe.
class StatusLine {
 public:
  // `terminal`: whether `fd` is one; without, progress is never shown. Neither argument is owned.
  StatusLine(int fd, bool terminal, Clock* clock);

  // Whether it is time to show progress again: a few times a second, and never without a terminal.
  // Cheap enough to be asked for every batch.
  bool ProgressDue();
  void ShowProgress(std::string_view text);

  // Wipes the progress line.
  void EndProgress();

  // Wipes the progress line, then asks: the answer is typed behind it.
  void Ask(std::string_view text);

  // Wipes the progress line, then writes a line that stays.
  void Say(std::string_view text);

  bool terminal() const { return terminal_; }

 private:
  void Write(std::string_view bytes);

  const int fd_;
  const bool terminal_;
  Clock* const clock_;
  absl::Time shown_ = absl::InfinitePast();
  bool showing_ = false;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_STATUS_LINE_H_
