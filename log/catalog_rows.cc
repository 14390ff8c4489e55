#include "log/catalog_rows.h"

#include <algorithm>
#include <utility>

#include "evlog/limits.h"
#include "log/base/bytes.h"
#include "log/base/status.h"

namespace evlog {

absl::Status CheckPlace(uint8_t database, std::string_view name) {
  if (database >= kDatabases) {
    return InvalidArgument("database is {}; it must be in 0..{}", database, kDatabases - 1);
  }
  if (name.empty()) return InvalidArgument("the name of a stream is empty");
  if (name.size() > kStreamNameBytesMax) {
    return InvalidArgument("the name of a stream has {} bytes, at most {} are possible",
                           name.size(), kStreamNameBytesMax);
  }
  return absl::OkStatus();
}

absl::Status NoStream(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "there is no stream {}", Quoted(name));
}

Row DeleteRow(Family family, std::string key) { return {family, std::move(key), std::nullopt}; }

Row CatalogRow(StreamId id, const StreamRecord& record) {
  return {Family::kCatalog, std::string(EncodeCatalogKey(id).view()), EncodeStreamRecord(record)};
}

Row NextStreamRow(uint64_t next) {
  std::string value;
  AppendVarint(&value, next);
  return {Family::kMeta, std::string(kMetaNextStream), std::move(value)};
}

StreamRecord RecordOf(const StreamState& stream) {
  return {stream.database(),       stream.name(), stream.options(), false,
          stream.copied_through(), stream.floor()};
}

namespace {

Row TimerRow(const Timer& timer) {
  return {Family::kTimers, std::string(EncodeTimerKey(timer).view()), std::string()};
}

}  // namespace

void AddTimers(StreamId id, const StreamOptions& options, std::vector<Row>* rows) {
  // Due at once: the first look finds out when its oldest entry will be of age.
  if (options.retention.max_age) rows->push_back(TimerRow({0, TimerKind::kRetention, id}));
  if (options.expires_at) {
    const int64_t due_ms = std::max<int64_t>(absl::ToUnixMillis(*options.expires_at), 0);
    rows->push_back(TimerRow({static_cast<uint64_t>(due_ms), TimerKind::kExpiry, id}));
  }
}

Row AbandonedTimerRow(StreamId id, bool set) {
  Row row = TimerRow({0, TimerKind::kAbandoned, id});
  if (!set) row.value.reset();
  return row;
}

void AddDrop(const std::shared_ptr<StreamState>& stream, StreamOp* op, std::vector<Row>* rows) {
  op->stream = stream;
  op->Extras().drop = true;
  rows->push_back(DeleteRow(Family::kNames, EncodeNameKey(stream->database(), stream->name())));
  rows->push_back(DeleteRow(Family::kCatalog, std::string(EncodeCatalogKey(stream->id()).view())));
  rows->push_back(DeleteRow(Family::kState, EncodeStateKey(stream->database(), kSnapshotSpace,
                                                           SnapshotKey(stream->id()))));
}

}  // namespace evlog
