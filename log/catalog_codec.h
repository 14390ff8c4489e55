// Values of the `catalog`, `names` and `routes` families.
#ifndef EVLOG_LOG_CATALOG_CODEC_H_
#define EVLOG_LOG_CATALOG_CODEC_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "evlog/stream_options.h"
#include "log/ids.h"
#include "log/stream_state.h"

namespace evlog {

// A row of `catalog`.
struct StreamRecord {
  uint8_t database = 0;
  std::string name;
  StreamOptions options;
  bool unfinished = false;      // a copy that has not got its name yet
  uint64_t copied_through = 0;  // up to this commit its entries are copies
  IdFloor floor = {};

  friend bool operator==(const StreamRecord&, const StreamRecord&) = default;
};

std::string EncodeStreamRecord(const StreamRecord& record);
// Errors: DATA_LOSS, also for a durability or number of partitions that there is not.
absl::StatusOr<StreamRecord> DecodeStreamRecord(std::string_view value);

// A row of `routes`. What the numbers mean is the business of evlog/route.h.
struct RouteRecord {
  uint8_t fields = 0;
  uint8_t key = 0;
  std::string key_field;
  bool live = true;

  friend bool operator==(const RouteRecord&, const RouteRecord&) = default;
};

std::string EncodeRouteRecord(const RouteRecord& record);
// Errors: DATA_LOSS.
absl::StatusOr<RouteRecord> DecodeRouteRecord(std::string_view value);

// The value of `names`.
std::string EncodeStreamId(StreamId id);
absl::StatusOr<StreamId> DecodeStreamId(std::string_view value);

}  // namespace evlog

#endif  // EVLOG_LOG_CATALOG_CODEC_H_
