// What a run of the load generator counts, and where its threads put it.
#ifndef EVLOG_CLI_LOAD_TALLY_H_
#define EVLOG_CLI_LOAD_TALLY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "cli/load/latency.h"
#include "log/base/mutex.h"

namespace evlog::cli {

enum class Measure : uint8_t {
  kSend,      // of a request that appends or publishes: until it is answered
  kDelivery,  // of an entry: from when it was to be sent until a consumer has it
  kRead,      // of a request for entries that are there already
  kAck,       // of a request that acknowledges
};
inline constexpr size_t kMeasures = 4;

// One measure. `latency` counts requests (of kDelivery: entries), `entries` what is in them.
struct Tally {
  uint64_t entries = 0;
  uint64_t bytes = 0;  // of values
  LatencyHistogram latency;
  Nanos last = 0;  // when the last one was recorded

  void Merge(const Tally& other);
  void Clear();
};
using Tallies = std::array<Tally, kMeasures>;

// How often each error was met, by its text.
using ErrorCounts = std::map<std::string, uint64_t>;

// A thread puts its figures here, another one takes them out. Thread-safe.
class Recorder {
 public:
  // An entry, and when it was to be sent.
  struct Sample {
    Nanos since;
    uint32_t bytes;
  };

  // What began before does not count: it was to warm up. Call it before the first record.
  void CountFrom(Nanos from) { count_from_ = from; }

  // A request that began, or was to begin, at `since` and ended at `now`.
  void Record(Measure measure, Nanos now, Nanos since, uint64_t entries, uint64_t bytes);
  // Requests, or entries, of one entry each, which all ended at `now`.
  void RecordEach(Measure measure, Nanos now, std::span<const Sample> samples);
  // Counts them under `what`; past some 20 different texts, under "other errors".
  void RecordError(std::string_view what, uint64_t times = 1);

  // Adds what was recorded since the last time.
  void TakeInto(Tallies* tallies, ErrorCounts* errors);

 private:
  Mutex mu_;
  Nanos count_from_ = 0;
  Tallies tallies_ ABSL_GUARDED_BY(mu_);
  ErrorCounts errors_ ABSL_GUARDED_BY(mu_);
};

// Adds them up under the bound that Recorder has.
void AddError(std::string_view what, uint64_t times, ErrorCounts* errors);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_TALLY_H_
