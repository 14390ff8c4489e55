// A terminal that is drawn anew again and again, and whose keys are read one by one.
#ifndef EVLOG_CLI_TOP_SCREEN_H_
#define EVLOG_CLI_TOP_SCREEN_H_

#include <termios.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace evlog::cli {

// Takes the terminal over while it lives: a page of its own, without cursor and echo; at its end
// what was there before is there again. Not thread-safe.
class Screen {
 public:
  // Null: one of both is no terminal. `output` and `interrupt` outlive it.
  static std::unique_ptr<Screen> Open(int input_fd, Output* output, const Interrupt* interrupt);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  struct Size {
    size_t rows = 24, columns = 80;
  };
  Size size() const;
  // Lines of text, in place of what was shown; those that do not fit are left out.
  absl::Status Show(std::string_view text);

  // A key that is pressed within that time; 0: none was, or it was asked to stop.
  char AwaitKey(absl::Duration within);

 private:
  Screen(int input_fd, Output* output, const Interrupt* interrupt, const termios& before);

  const int input_fd_;
  Output* const output_;
  const Interrupt* const interrupt_;
  const termios before_;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TOP_SCREEN_H_
