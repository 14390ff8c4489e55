// What a run of the load generator does, as its command line says.
#ifndef EVLOG_CLI_LOAD_SHAPE_H_
#define EVLOG_CLI_LOAD_SHAPE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/load/payload.h"
#include "cli/load/tally.h"
#include "evlog/append.h"

namespace evlog::cli {

enum class LoadKind : uint8_t { kAppend, kRead, kConsume, kPubsub };

struct LoadShape {
  LoadKind kind = LoadKind::kAppend;
  // 0: entries are appended first, and what is measured is how they are read.
  uint32_t producers = 1;
  uint32_t consumers = 1;  // of each stream, of each group, of each channel
  uint32_t groups = 1;     // of each stream
  uint32_t streams = 1;    // or channels
  uint32_t threads = 1;    // of a server: that drive producers, and as many for consumers

  std::optional<uint32_t> partitions = std::nullopt;
  std::optional<Durability> durability = std::nullopt;
  Payload::Sizes sizes = {};
  uint64_t keys = 0;
  uint32_t batch = 1;     // entries of a request
  uint32_t pipeline = 1;  // requests of a producer that are under way at most
  uint32_t fetch = 100;   // entries of a request of a consumer at most

  uint64_t rate = 0;            // entries a second of all producers; 0: as fast as they can
  uint64_t count = UINT64_MAX;  // entries of all producers
  absl::Duration duration = absl::InfiniteDuration();
  absl::Duration warmup = absl::ZeroDuration();
  absl::Duration interval = absl::Seconds(1);

  std::string name = {};  // empty: streams are `bench-0`, else `bench-NAME-0`, and so on
  bool keep = false;

  bool filled() const { return producers == 0; }
  bool has_consumers() const { return kind != LoadKind::kAppend; }
  // Of the streams, or channels, by their number.
  std::string NameOf(uint32_t stream) const;
  std::vector<std::string> Names() const;
  // How many of the consumers get each entry.
  uint64_t FanOut() const;
  // How many consumers there are.
  uint64_t AllConsumers() const;
};

// `append`, `read`, `consume`, `pubsub`.
const char* LoadKindName(LoadKind kind);
// What a measure is called in that kind of run.
const char* MeasureName(LoadKind kind, Measure measure);
// What such a run measures.
std::vector<Measure> MeasuresOf(const LoadShape& shape);

// `100`, `1kB`, or a range `100..1000`, drawn evenly. Errors: INVALID_ARGUMENT.
absl::StatusOr<Payload::Sizes> ParseSizes(std::string_view text);

// `max`, or entries a second: `5000`, `5000/s`. Errors: INVALID_ARGUMENT.
absl::StatusOr<uint64_t> ParseRate(std::string_view text);

// What is asked for, in a line: `4 producers, pipeline 16, to 1 stream, 100 B`.
std::string Describe(const LoadShape& shape);

// INVALID_ARGUMENT naming what does not go together.
absl::Status CheckShape(const LoadShape& shape);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_SHAPE_H_
