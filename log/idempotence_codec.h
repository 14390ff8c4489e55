// Values of the `idempotence` family: the answer to an append that its producer may repeat. Golden
// bytes: tests/golden/idempotence.txt.
//
//   value := time_ms:varint sequence:varint first_ms:varint first_seq:varint last_ms:varint
//            last_seq:varint count:varint partition:varint offset:varint commit:varint
//
// time_ms: when it was appended, by the clock of the log; within a producer it never falls.
// sequence: 0 where the key is no sequence's. A producer has one row for its last sequence number,
// and one for each id in its window; a row is deleted by the append that moves it out of there.
#ifndef EVLOG_LOG_IDEMPOTENCE_CODEC_H_
#define EVLOG_LOG_IDEMPOTENCE_CODEC_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "evlog/entry_id.h"

namespace evlog {

struct IdempotenceRecord {
  uint64_t time_ms = 0;
  uint64_t sequence = 0;
  EntryId first_id;
  EntryId last_id;
  uint64_t count = 0;
  uint16_t partition = 0;
  uint64_t offset = 0;
  uint64_t commit = 0;

  friend bool operator==(const IdempotenceRecord&, const IdempotenceRecord&) = default;
};

void EncodeIdempotenceRecord(const IdempotenceRecord& record, std::string* out);
// Errors: DATA_LOSS.
absl::Status DecodeIdempotenceRecord(std::string_view value, IdempotenceRecord* record);

}  // namespace evlog

#endif  // EVLOG_LOG_IDEMPOTENCE_CODEC_H_
