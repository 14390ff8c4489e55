// Reading what projections made.

#include <utility>

#include "embedded/projection_rows.h"
#include "evlog/projection.h"
#include "log/base/status.h"

namespace evlog {

namespace {

// What `read` finds in the space of the current version. The state of a version that was replaced
// is removed afterwards, so what was read counts if it is still the current one.
template <typename Read>
auto ReadCurrent(EventLog& log, std::string_view name, const Read& read) -> decltype(read("")) {
  RETURN_IF_ERROR(CheckProjectionName(name));
  ASSIGN_OR_RETURN(uint64_t version, FindCurrentVersion(log, name));
  for (;;) {
    if (version == 0) {
      return Error(absl::StatusCode::kNotFound, "projection {} has no version that has caught up",
                   Quoted(name));
    }
    auto found = read(ProjectionSpace(name, version));
    RETURN_IF_ERROR(found.status());
    ASSIGN_OR_RETURN(const uint64_t after, FindCurrentVersion(log, name));
    if (after == version) return found;
    version = after;
  }
}

}  // namespace

absl::StatusOr<std::optional<std::string>> GetProjected(EventLog& log, std::string_view name,
                                                        std::string_view key) {
  return ReadCurrent(log, name, [&](std::string_view space) { return log.GetState(space, key); });
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ListProjected(
    EventLog& log, std::string_view name, const StateOptions& options) {
  return ReadCurrent(log, name,
                     [&](std::string_view space) { return log.ListState(space, options); });
}

absl::StatusOr<std::vector<ProjectionInfo>> DescribeProjection(EventLog& log,
                                                               std::string_view name) {
  RETURN_IF_ERROR(CheckProjectionName(name));
  ASSIGN_OR_RETURN(const uint64_t current, FindCurrentVersion(log, name));
  ASSIGN_OR_RETURN(std::vector<ProjectionVersion> versions, ListProjectionVersions(log, name));
  std::vector<ProjectionInfo> infos;
  for (ProjectionVersion& version : versions) {
    ProjectionRecord& record = version.record;
    if (record.removing) continue;
    ReadRequest request;
    request.pattern = record.pattern;
    request.after = record.position;
    request.limit = 1;
    ASSIGN_OR_RETURN(Cursor cursor, log.Read(request));
    ChunkView view;
    ASSIGN_OR_RETURN(const bool behind, cursor.Next(&view));
    ASSIGN_OR_RETURN(const LogInfo info, log.Describe());
    infos.push_back({version.version, version.version == current, std::move(record.pattern),
                     record.position, record.entries,
                     behind ? info.position.commit - record.position.commit : 0});
  }
  return infos;
}

}  // namespace evlog
