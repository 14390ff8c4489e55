// Where projections keep what they know, in the family `state`, through EventLog alone.
//
//   space                                            key                        value
//   "evlog.projections"                              name                       current:varint
//   "evlog.projections"                              name 00 version:u64        record
//   "evlog.projection." name 00 version (decimal)    the handler's              the handler's
//
//   record := 01 removing:u8 log_id:varint commit:varint inside:varint entries:varint pattern:bytes
//
// `removing`: its state is being removed, and the record goes with the last of it.
#ifndef EVLOG_EMBEDDED_PROJECTION_ROWS_H_
#define EVLOG_EMBEDDED_PROJECTION_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/event_log.h"

namespace evlog {

inline constexpr std::string_view kProjectionsSpace = "evlog.projections";

struct ProjectionRecord {
  bool removing = false;
  Position position;
  uint64_t entries = 0;
  std::string pattern;

  friend bool operator==(const ProjectionRecord&, const ProjectionRecord&) = default;
};

struct ProjectionVersion {
  uint64_t version = 0;
  ProjectionRecord record;
};

// Errors: INVALID_ARGUMENT.
absl::Status CheckProjectionName(std::string_view name);

std::string ProjectionSpace(std::string_view name, uint64_t version);
std::string ProjectionKey(std::string_view name, uint64_t version);
std::string EncodeProjectionRecord(const ProjectionRecord& record);
// Errors: DATA_LOSS.
absl::StatusOr<ProjectionRecord> DecodeProjectionRecord(std::string_view value);
std::string EncodeCurrentVersion(uint64_t version);

// 0: none so far.
absl::StatusOr<uint64_t> FindCurrentVersion(EventLog& log, std::string_view name);
// By version.
absl::StatusOr<std::vector<ProjectionVersion>> ListProjectionVersions(EventLog& log,
                                                                      std::string_view name);
// Removes the state of a version whose record says so, in commits of bounded size; may be cut short
// and done again.
absl::Status RemoveProjectionVersion(EventLog& log, std::string_view name, uint64_t version);

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_PROJECTION_ROWS_H_
