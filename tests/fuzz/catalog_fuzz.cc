// Rows of `catalog` and `names`; bit 0 of the first byte says which.
#include <cstdint>
#include <string_view>

#include "log/catalog_codec.h"
#include "tests/fuzz/check.h"

namespace evlog {
namespace {

void RunRecord(std::string_view bytes) {
  const absl::StatusOr<StreamRecord> record = DecodeStreamRecord(bytes);
  if (!record.ok()) return Check(absl::IsDataLoss(record.status()));
  Check(record->options.Validate().ok() && !record->name.empty());
  const absl::StatusOr<StreamRecord> again = DecodeStreamRecord(EncodeStreamRecord(*record));
  Check(again.ok() && *again == *record);
}

void RunId(std::string_view bytes) {
  const absl::StatusOr<StreamId> id = DecodeStreamId(bytes);
  if (id.ok()) return Check(EncodeStreamId(*id) == bytes);
  Check(absl::IsDataLoss(id.status()));
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) == 0) {
    evlog::RunRecord(bytes);
  } else {
    evlog::RunId(bytes);
  }
  return 0;
}
