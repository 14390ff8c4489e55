#include "evlog/snapshot.h"

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/key_codec.h"

namespace evlog {

namespace {

std::string KeyOf(const Stream& stream) { return SnapshotKey(StreamId(stream.id())); }

}  // namespace

// Value: version:varint schema:varint state:bytes.
void PutSnapshot(const Stream& stream, const Snapshot& snapshot, Transaction* transaction) {
  std::string value;
  AppendVarint(&value, snapshot.version);
  AppendVarint(&value, snapshot.schema);
  value.append(snapshot.state);
  transaction->PutState(kSnapshotSpace, KeyOf(stream), value);
}

void DeleteSnapshot(const Stream& stream, Transaction* transaction) {
  transaction->DeleteState(kSnapshotSpace, KeyOf(stream));
}

absl::StatusOr<std::optional<Snapshot>> GetSnapshot(EventLog& log, const Stream& stream,
                                                    uint32_t schema) {
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   log.GetState(kSnapshotSpace, KeyOf(stream)));
  if (!value) return std::nullopt;
  ByteReader reader(*value);
  Snapshot snapshot;
  snapshot.version = reader.ReadVarint();
  const uint64_t found_schema = reader.ReadVarint();
  if (!reader.ok()) return DataLoss("malformed snapshot of stream {}", Quoted(stream.name()));
  if (found_schema != schema) return std::nullopt;
  snapshot.schema = schema;
  snapshot.state = std::string(reader.ReadBytes(reader.left()));
  return snapshot;
}

}  // namespace evlog
