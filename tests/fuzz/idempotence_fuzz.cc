// Keys and values of `idempotence`; bit 0 of the first byte says which.
#include <cstdint>
#include <string>
#include <string_view>

#include "log/idempotence_codec.h"
#include "log/key_codec.h"
#include "tests/fuzz/check.h"

namespace evlog {
namespace {

void RunKey(std::string_view bytes) {
  const absl::StatusOr<IdempotenceKey> key = DecodeIdempotenceKey(bytes);
  if (!key.ok()) return Check(absl::IsDataLoss(key.status()));
  Check(EncodeIdempotenceKey(*key) == bytes);
  const KeyRange range = ProducerRange(key->stream, key->producer);
  Check(range.begin <= bytes && bytes < range.end);
}

void RunRecord(std::string_view bytes) {
  IdempotenceRecord record, again;
  const absl::Status status = DecodeIdempotenceRecord(bytes, &record);
  if (!status.ok()) return Check(absl::IsDataLoss(status));
  std::string encoded;
  EncodeIdempotenceRecord(record, &encoded);
  Check(DecodeIdempotenceRecord(encoded, &again).ok() && again == record);
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) == 0) {
    evlog::RunKey(bytes);
  } else {
    evlog::RunRecord(bytes);
  }
  return 0;
}
