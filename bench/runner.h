// Runs benches: all sides of one interleaved, round by round, so that a machine whose speed drifts
// drifts for all of them.
#ifndef EVLOG_BENCH_RUNNER_H_
#define EVLOG_BENCH_RUNNER_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/bench.h"
#include "bench/flags.h"

namespace evlog::bench {

// What one side did in all rounds.
struct SideResult {
  const Side* side;
  std::vector<Measurement> rounds;

  // Entries per second, by round; of a bench of latency, how many medians fit into a second, so
  // that more is better and ratios mean the same.
  std::vector<double> Rates() const;
  std::optional<Latency> MedianLatency() const;
  std::vector<double> CpuMicros() const;  // for each entry, by round
  double GeneratorBusy() const;           // median
  std::vector<Figure> Figures() const;    // medians
};

struct BenchResult {
  const Bench* bench;
  uint64_t entries;
  std::vector<SideResult> sides;

  // Null when the side did not run.
  const SideResult* Find(std::string_view side) const;
};

// Ours against a twin. The median of the ratios of each round judges, as drift between rounds drops
// out of it; the ratio of the medians is shown beside it.
struct Ratio {
  double of_medians;
  double median;
  double min;
  double max;
};
Ratio Compare(const SideResult& ours, const SideResult& twin);
// The same of processor time for each entry: less is better.
Ratio CompareCpu(const SideResult& ours, const SideResult& twin);

double Median(std::vector<double> values);

// True when `pattern` is empty or found in `text`. Errors: INVALID_ARGUMENT.
absl::StatusOr<bool> Matches(const std::string& pattern, const char* text);

class Runner {
 public:
  // Works in `dir`, which exists and is emptied by the caller afterwards.
  Runner(std::string dir, Flags flags) : dir_(std::move(dir)), flags_(std::move(flags)) {}

  // Errors: that of the first side that fails; DATA_LOSS when two sides read different things.
  absl::StatusOr<BenchResult> Run(const Bench& bench);

 private:
  absl::StatusOr<bool> Wanted(const Bench& bench, const Side& side) const;
  absl::StatusOr<std::string> Fixture(const Side& side, uint64_t entries);
  absl::StatusOr<Measurement> RunSide(const Side& side, uint64_t entries, int round);

  const std::string dir_;
  const Flags flags_;
  std::map<std::string, std::string> fixtures_;  // directory by name and size
};

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_RUNNER_H_
