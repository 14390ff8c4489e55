#include "bench/flags.h"

#include <cstdlib>
#include <string_view>

#include "log/base/status.h"

namespace evlog::bench {

const char* const kUsage =
    R"(evlog_bench [RE] [FLAGS]: ours and its raw twins, interleaved, with the bar beside the ratio.

  RE               the same as --filter RE
  --filter RE      only benches whose name matches (POSIX extended, case ignored)
  --rounds N       rounds; in each, every side runs once (default 5)
  --scale X        times the entries of each bench (default 1)
  --tiny           one round with next to no entries: only proves that everything runs
  --side WHICH     only `ours`, only `twin`, or sides whose name matches; for a profiler:
                     perf record -g evlog_bench --filter E1.*100 --side ours --rounds 1
  --dir DIR        work below DIR, on a real disk (default: $TMPDIR, else the current directory)
  --json FILE      write all figures as JSON
  --markdown FILE  write the tables as Markdown (`-`: standard output)
  --list           the benches, their sides and bars
)";

namespace {

absl::Status SetNumber(const char* text, std::string_view name, double min, double* number) {
  char* end = nullptr;
  *number = std::strtod(text, &end);
  if (end == text || *end != '\0' || !(*number >= min)) {
    return InvalidArgument("{} wants a number of at least {}, not {}", name, min, text);
  }
  return absl::OkStatus();
}

absl::Status SetValue(std::string_view name, const char* value, Flags* flags) {
  if (name == "--filter") {
    flags->filter = value;
  } else if (name == "--side") {
    flags->side = value;
  } else if (name == "--dir") {
    flags->dir = value;
  } else if (name == "--json") {
    flags->json = value;
  } else if (name == "--markdown") {
    flags->markdown = value;
  } else if (name == "--scale") {
    return SetNumber(value, name, 1e-6, &flags->scale);
  } else if (name == "--rounds") {
    double rounds;
    RETURN_IF_ERROR(SetNumber(value, name, 1, &rounds));
    flags->rounds = static_cast<int>(rounds);
  } else {
    return InvalidArgument("no such flag: {} (--help lists them)", name);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Flags> ParseFlags(int argc, char** argv) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--tiny") {
      flags.tiny = true;
      flags.rounds = 1;
    } else if (name == "--list") {
      flags.list = true;
    } else if (name == "--help" || name == "-h") {
      flags.help = true;
    } else if (!name.starts_with("-") && flags.filter.empty()) {
      flags.filter = name;
    } else if (i + 1 == argc) {
      return InvalidArgument("no such flag, or its value is missing: {}", name);
    } else {
      RETURN_IF_ERROR(SetValue(name, argv[++i], &flags));
    }
  }
  return flags;
}

}  // namespace evlog::bench
