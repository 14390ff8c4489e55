// What may stand next on a command line.
#ifndef EVLOG_CLI_COMPLETION_H_
#define EVLOG_CLI_COMPLETION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/program.h"

namespace evlog::cli {

struct Candidate {
  std::string text;  // the whole word, what is there of it included
  std::string help;  // may be empty
};

struct Completion {
  // What the shell adds by itself: it knows better how.
  enum class Paths : uint8_t { kNone, kFiles, kDirectories };

  std::vector<Candidate> candidates;
  Paths paths = Paths::kNone;
};

// What the log has that a command line speaks of. Answers nothing where it cannot know.
class KnownNames {
 public:
  // Where a command line says that the log is, as --at and --db are written; empty: not.
  struct Place {
    std::string at;
    std::string database;
  };

  virtual ~KnownNames() = default;
  // Those that begin with `prefix`.
  virtual std::vector<std::string> Streams(const Place& place, std::string_view prefix) = 0;
  virtual std::vector<std::string> Groups(const Place& place, std::string_view stream) = 0;
};

// `words`: what stands behind `evlog`, up to the one to be completed, which may be empty. Words are
// as the program would get them: without the quotes of a shell.
Completion Complete(const Program& program, const std::vector<std::string>& words,
                    KnownNames& names);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_COMPLETION_H_
