// Runs scripts as a user would type them, with `evlog` on the path and EVLOG_AT set.
#ifndef EVLOG_TESTS_CLI_SHELL_H_
#define EVLOG_TESTS_CLI_SHELL_H_

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/temp_dir.h"

namespace evlog::cli {

struct Outcome {
  int code = -1;  // of the script; 124 when it took longer than 100 s
  std::string out;
  std::string err;
};

// Each has a directory of its own, in which its scripts run: the log is `log` in there.
class Shell {
 public:
  // Runs a bash script to its end; with pipefail.
  Outcome Run(std::string_view script);

  // Its stdout; fails the test when it does not end with 0, or says anything on stderr.
  std::string Out(std::string_view script);

  const std::string& directory() const { return directory_.path(); }

 private:
  // In memory where there is room: what these scripts wait for is mostly the syncs of their disk,
  // and they kill processes, not machines. $TMPDIR says otherwise.
  static std::string Parent();

  TempDir directory_{Parent()};
};

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, std::string_view bytes);

}  // namespace evlog::cli

#endif  // EVLOG_TESTS_CLI_SHELL_H_
