#include "log/catalog_codec.h"

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/meta.pb.h"

namespace evlog {

std::string EncodeStreamRecord(const StreamRecord& record) {
  StreamMeta meta;
  meta.set_database(record.database);
  meta.set_name(record.name);
  meta.set_partitions(record.options.partitions);
  meta.set_durability(static_cast<uint32_t>(record.options.durability));
  const Retention& keep = record.options.retention;
  if (!keep.empty() || keep.exact) {
    RetentionPolicy* policy = meta.mutable_retention();
    if (keep.max_entries) policy->set_max_entries(*keep.max_entries);
    if (keep.max_bytes) policy->set_max_bytes(*keep.max_bytes);
    if (keep.max_age) policy->set_max_age_ms(absl::ToInt64Milliseconds(*keep.max_age));
    if (keep.min_id) {
      policy->set_min_id_ms(keep.min_id->ms);
      policy->set_min_id_seq(keep.min_id->seq);
    }
    policy->set_exact(keep.exact);
  }
  if (record.options.expires_at)
    meta.set_expires_ms(absl::ToUnixMillis(*record.options.expires_at));
  meta.set_unfinished(record.unfinished);
  meta.set_copied_through(record.copied_through);
  meta.set_floor_ms(record.floor.last_id.ms);
  meta.set_floor_seq(record.floor.last_id.seq);
  meta.set_added(record.floor.added);
  meta.set_idempotence_window_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(record.options.idempotence_window)));
  meta.set_idempotence_ids_max(record.options.idempotence_ids);
  meta.set_keep_unacknowledged_bytes(record.options.keep_unacknowledged_bytes);
  return meta.SerializeAsString();
}

absl::StatusOr<StreamRecord> DecodeStreamRecord(std::string_view value) {
  StreamMeta meta;
  if (!meta.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      meta.database() > UINT8_MAX || meta.name().empty() || meta.durability() > UINT8_MAX) {
    return DataLoss("malformed row of the catalog: {}", Quoted(value));
  }
  StreamRecord record;
  record.database = static_cast<uint8_t>(meta.database());
  record.name = meta.name();
  record.options.partitions = meta.partitions();
  record.options.durability = static_cast<Durability>(meta.durability());
  if (meta.has_retention()) {
    const RetentionPolicy& policy = meta.retention();
    Retention& keep = record.options.retention;
    if (policy.has_max_entries()) keep.max_entries = policy.max_entries();
    if (policy.has_max_bytes()) keep.max_bytes = policy.max_bytes();
    if (policy.has_max_age_ms()) keep.max_age = absl::Milliseconds(policy.max_age_ms());
    if (policy.has_min_id_ms()) keep.min_id = EntryId{policy.min_id_ms(), policy.min_id_seq()};
    keep.exact = policy.exact();
  }
  if (meta.expires_ms() != 0) {
    record.options.expires_at = absl::FromUnixMillis(static_cast<int64_t>(meta.expires_ms()));
  }
  record.unfinished = meta.unfinished();
  record.copied_through = meta.copied_through();
  record.floor = {{meta.floor_ms(), meta.floor_seq()}, meta.added()};
  record.options.idempotence_window = absl::Milliseconds(meta.idempotence_window_ms());
  record.options.idempotence_ids = meta.idempotence_ids_max();
  record.options.keep_unacknowledged_bytes = meta.keep_unacknowledged_bytes();
  if (absl::Status status = record.options.Validate(); !status.ok()) {
    return DataLoss("malformed row of the catalog, stream {}: {}", Quoted(record.name),
                    MessageOf(status));
  }
  return record;
}

std::string EncodeRouteRecord(const RouteRecord& record) {
  RouteMeta meta;
  meta.set_fields(record.fields);
  meta.set_key(record.key);
  meta.set_key_field(record.key_field);
  meta.set_live(record.live);
  return meta.SerializeAsString();
}

absl::StatusOr<RouteRecord> DecodeRouteRecord(std::string_view value) {
  RouteMeta meta;
  if (!meta.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      meta.fields() > UINT8_MAX || meta.key() > UINT8_MAX) {
    return DataLoss("malformed row of the routes: {}", Quoted(value));
  }
  return RouteRecord{static_cast<uint8_t>(meta.fields()), static_cast<uint8_t>(meta.key()),
                     meta.key_field(), meta.live()};
}

std::string EncodeStreamId(StreamId id) {
  std::string value(sizeof(uint64_t), '\0');
  PutBig64(value.data(), id.value());
  return value;
}

absl::StatusOr<StreamId> DecodeStreamId(std::string_view value) {
  if (value.size() != sizeof(uint64_t)) {
    return DataLoss("malformed row of the names: {}", Quoted(value));
  }
  return StreamId(GetBig64(value.data()));
}

}  // namespace evlog
