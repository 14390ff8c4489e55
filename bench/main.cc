// evlog_bench: see README.md beside this file, or --help.
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "bench/benches.h"
#include "bench/flags.h"
#include "bench/machine.h"
#include "bench/payload.h"
#include "bench/report.h"
#include "bench/runner.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

// A new directory below the place asked for, removed with all that is in it at the end.
class WorkDirectory {
 public:
  ~WorkDirectory() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
  }

  absl::Status Create(const Flags& flags) {
    std::string parent = flags.dir;
    if (parent.empty()) {
      const char* tmp = getenv("TMPDIR");
      parent = tmp != nullptr && *tmp != '\0' ? tmp : ".";
    }
    std::error_code error;
    std::filesystem::create_directories(parent, error);
    std::string path = parent + "/evlog-bench-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) return absl::ErrnoToStatus(errno, path);
    path_ = path;
    return absl::OkStatus();
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

absl::Status WriteText(const std::string& path, const std::string& text) {
  FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "w");
  if (file == nullptr) return absl::ErrnoToStatus(errno, path);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool flushed = file == stdout ? std::fflush(file) == 0 : std::fclose(file) == 0;
  if (!written || !flushed) return absl::ErrnoToStatus(errno, path);
  return absl::OkStatus();
}

absl::Status RunAll(const Flags& flags) {
  WorkDirectory work;
  RETURN_IF_ERROR(work.Create(flags));
  const Machine machine = DescribeMachine(work.path());
  std::printf("%s\n", machine.ToString().c_str());
  if (!machine.on_disk && !flags.tiny) {
    std::fprintf(stderr, "warning: %s is in memory: syncs cost nothing, use --dir\n",
                 work.path().c_str());
  }
  Value(0);  // makes the pool now, outside of any measurement
  Runner runner(work.path(), flags);
  std::vector<BenchResult> results;
  for (const Bench& bench : AllBenches()) {
    ASSIGN_OR_RETURN(const bool wanted, Matches(flags.filter, bench.name));
    if (!wanted) continue;
    std::fprintf(stderr, "%s\n", bench.name);
    ASSIGN_OR_RETURN(BenchResult result, runner.Run(bench));
    if (result.sides.empty()) continue;
    // Figures of a tiny run would only mislead.
    if (!flags.tiny) std::printf("\n%s", ToText(result).c_str());
    std::fflush(stdout);
    results.push_back(std::move(result));
  }
  if (results.empty()) return absl::NotFoundError("no bench has such a name, or such a side");
  if (!flags.json.empty()) RETURN_IF_ERROR(WriteText(flags.json, ToJson(machine, results)));
  if (!flags.markdown.empty()) {
    RETURN_IF_ERROR(WriteText(flags.markdown, ToMarkdown(machine, results)));
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  const absl::StatusOr<Flags> flags = ParseFlags(argc, argv);
  if (!flags.ok()) {
    std::fprintf(stderr, "evlog_bench: %s\n", MessageOf(flags.status()).c_str());
    return 2;
  }
  if (flags->help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (flags->list) {
    for (const Bench& bench : AllBenches()) std::fputs(Describe(bench).c_str(), stdout);
    return 0;
  }
  const absl::Status status = RunAll(*flags);
  if (!status.ok()) {
    std::fprintf(stderr, "evlog_bench: %s\n", MessageOf(status).c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace evlog::bench

int main(int argc, char** argv) { return evlog::bench::Main(argc, argv); }
