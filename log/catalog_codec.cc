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
  if (absl::Status status = record.options.Validate(); !status.ok()) {
    return DataLoss("malformed row of the catalog, stream {}: {}", Quoted(record.name),
                    Message(status));
  }
  return record;
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
