// The command line of evlog_bench.
#ifndef EVLOG_BENCH_FLAGS_H_
#define EVLOG_BENCH_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"

namespace evlog::bench {

struct Flags {
  std::string filter;    // regular expression over names of benches
  std::string side;      // "ours", "twin", or a regular expression over names of sides
  std::string dir;       // where to work; empty: $TMPDIR or the current directory
  std::string json;      // file for the results; empty: none
  std::string markdown;  // the same as tables
  int rounds = 5;
  double scale = 1;
  bool tiny = false;
  bool list = false;
  bool help = false;
};

extern const char* const kUsage;

// Errors: INVALID_ARGUMENT naming the argument.
absl::StatusOr<Flags> ParseFlags(int argc, char** argv);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_FLAGS_H_
