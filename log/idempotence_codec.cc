#include "log/idempotence_codec.h"

#include "evlog/entry_id.h"
#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/ids.h"

namespace evlog {

void EncodeIdempotenceRecord(const IdempotenceRecord& record, std::string* out) {
  for (const uint64_t number :
       {record.time_ms, record.sequence, record.first_id.ms, record.first_id.seq, record.last_id.ms,
        record.last_id.seq, record.count, uint64_t{record.partition}, record.offset,
        record.commit}) {
    AppendVarint(out, number);
  }
}

absl::Status DecodeIdempotenceRecord(std::string_view value, IdempotenceRecord* record) {
  ByteReader reader(value);
  record->time_ms = reader.ReadVarint();
  record->sequence = reader.ReadVarint();
  record->first_id.ms = reader.ReadVarint();
  record->first_id.seq = reader.ReadVarint();
  record->last_id.ms = reader.ReadVarint();
  record->last_id.seq = reader.ReadVarint();
  record->count = reader.ReadVarint();
  const uint64_t partition = reader.ReadVarint();
  record->partition = static_cast<uint16_t>(partition);
  record->offset = reader.ReadVarint();
  record->commit = reader.ReadVarint();
  if (!reader.ok() || reader.left() != 0 || record->count == 0 || partition >= kPartitionsMax ||
      record->first_id > record->last_id) {
    return DataLoss("malformed row of idempotence: {}", Quoted(value));
  }
  return absl::OkStatus();
}

}  // namespace evlog
