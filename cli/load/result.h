// What a run of the load generator found.
#ifndef EVLOG_CLI_LOAD_RESULT_H_
#define EVLOG_CLI_LOAD_RESULT_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/load/shape.h"
#include "cli/load/tally.h"

namespace evlog::cli {

// One measure over some time.
struct Summary {
  uint64_t entries = 0;
  uint64_t bytes = 0;
  uint64_t requests = 0;  // whose latencies these are; of kDelivery: entries
  Nanos p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0;
  absl::Duration span = absl::ZeroDuration();  // in which they came

  double PerSecond() const { return Over(entries); }
  double BytesPerSecond() const { return Over(bytes); }

 private:
  double Over(uint64_t count) const {
    const double seconds = absl::ToDoubleSeconds(span);
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
  }
};
Summary Summarize(const Tally& tally, absl::Duration span);

// A piece of the run; times are from when counting begins.
struct Interval {
  absl::Duration begin = absl::ZeroDuration();
  absl::Duration end = absl::ZeroDuration();
  std::array<Summary, kMeasures> measures;
  uint64_t errors = 0;
};

// One place of the curve of latencies.
struct CurvePoint {
  double quantile;
  Nanos latency;
};

struct LoadResult {
  LoadShape shape;
  std::string at;  // without a password
  std::array<Summary, kMeasures> measures;
  std::array<std::vector<CurvePoint>, kMeasures> curves;
  std::vector<Interval> intervals;
  ErrorCounts errors;
  absl::Duration elapsed = absl::ZeroDuration();  // counted, up to the last answer
  absl::Duration cpu = absl::ZeroDuration();      // of this process meanwhile, warm-up included
  // Entries, warm-up included: answered to producers; taken by consumers; and not taken by the end,
  // though they were awaited.
  uint64_t sent = 0;
  uint64_t received = 0;
  uint64_t missing = 0;
  bool interrupted = false;

  uint64_t ErrorTotal() const;
  bool failed() const { return !errors.empty() || missing != 0; }
  // Whether there is anything of that measure.
  bool has(Measure measure) const { return measures[static_cast<size_t>(measure)].requests != 0; }
};

// The latencies at the shares that matter: the middle, and ever closer to the longest.
std::vector<CurvePoint> CurveOf(const LatencyHistogram& histogram);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_RESULT_H_
