#include "embedded/projection_rows.h"

#include <utility>

#include "evlog/projection.h"
#include "log/base/bytes.h"
#include "log/base/status.h"

namespace evlog {

namespace {

constexpr uint8_t kRecordFormat = 1;
constexpr size_t kVersionBytes = 8;
// Keys that one commit of a removal deletes, and about how many of their bytes it reads before.
constexpr size_t kRemovedKeysMax = 1000;

}  // namespace

absl::Status CheckProjectionName(std::string_view name) {
  if (name.empty() || name.size() > kProjectionNameBytesMax ||
      name.find('\0') != std::string_view::npos) {
    return InvalidArgument(
        "the name of a projection is {}; it must have 1..{} bytes, and no zero byte", Quoted(name),
        kProjectionNameBytesMax);
  }
  return absl::OkStatus();
}

std::string ProjectionSpace(std::string_view name, uint64_t version) {
  std::string space = "evlog.projection.";
  space.append(name).push_back('\0');
  return space + std::to_string(version);
}

std::string ProjectionKey(std::string_view name, uint64_t version) {
  std::string key(name);
  key.push_back('\0');
  char bytes[kVersionBytes];
  PutBig64(bytes, version);
  return key.append(bytes, kVersionBytes);
}

std::string EncodeProjectionRecord(const ProjectionRecord& record) {
  std::string value = {static_cast<char>(kRecordFormat), static_cast<char>(record.removing)};
  AppendVarint(&value, record.position.log_id);
  AppendVarint(&value, record.position.commit);
  AppendVarint(&value, record.position.inside);
  AppendVarint(&value, record.entries);
  return value + record.pattern;
}

absl::StatusOr<ProjectionRecord> DecodeProjectionRecord(std::string_view value) {
  ByteReader reader(value);
  const uint8_t format = reader.ReadByte();
  const uint8_t removing = reader.ReadByte();
  ProjectionRecord record;
  record.position.log_id = reader.ReadVarint();
  record.position.commit = reader.ReadVarint();
  record.position.inside = reader.ReadVarint();
  record.entries = reader.ReadVarint();
  if (!reader.ok() || format != kRecordFormat || removing > 1) {
    return DataLoss("malformed record of a projection: {}", Quoted(value));
  }
  record.removing = removing != 0;
  record.pattern = std::string(reader.ReadBytes(reader.left()));
  return record;
}

std::string EncodeCurrentVersion(uint64_t version) {
  std::string value;
  AppendVarint(&value, version);
  return value;
}

absl::StatusOr<uint64_t> FindCurrentVersion(EventLog& log, std::string_view name) {
  ASSIGN_OR_RETURN(const std::optional<std::string> value, log.GetState(kProjectionsSpace, name));
  if (!value) return 0;
  ByteReader reader(*value);
  const uint64_t version = reader.ReadVarint();
  if (!reader.ok() || reader.left() != 0) {
    return DataLoss("malformed version of projection {}: {}", Quoted(name), Quoted(*value));
  }
  return version;
}

absl::StatusOr<std::vector<ProjectionVersion>> ListProjectionVersions(EventLog& log,
                                                                      std::string_view name) {
  StateOptions options;
  options.prefix = std::string(name) + '\0';
  ASSIGN_OR_RETURN(const auto rows, log.ListState(kProjectionsSpace, options));
  std::vector<ProjectionVersion> versions;
  for (const auto& [key, value] : rows) {
    if (key.size() != options.prefix.size() + kVersionBytes) {
      return DataLoss("malformed key of a projection: {}", Quoted(key));
    }
    ASSIGN_OR_RETURN(ProjectionRecord record, DecodeProjectionRecord(value));
    versions.push_back({GetBig64(key.data() + options.prefix.size()), std::move(record)});
  }
  return versions;
}

absl::Status RemoveProjectionVersion(EventLog& log, std::string_view name, uint64_t version) {
  const std::string space = ProjectionSpace(name, version);
  StateOptions options;
  options.limit = kRemovedKeysMax;
  for (;;) {
    ASSIGN_OR_RETURN(const auto rows, log.ListState(space, options));
    Transaction removal;
    for (const auto& [key, value] : rows) removal.DeleteState(space, key);
    if (rows.empty()) removal.DeleteState(kProjectionsSpace, ProjectionKey(name, version));
    RETURN_IF_ERROR(log.Commit(std::move(removal), Durability::kOs).status());
    if (rows.empty()) return absl::OkStatus();
    options.after = rows.back().first;  // not over the tombstones again
  }
}

}  // namespace evlog
