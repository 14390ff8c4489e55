// References between `log` and `dir`. Bit 0 of the first byte says which way, the others the
// partition.
#include <cstdint>
#include <string>
#include <string_view>

#include "log/row_codec.h"
#include "tests/fuzz/check.h"
#include "tests/log/chunks.h"

namespace evlog {
namespace {

void RunLog(std::string_view bytes, uint16_t partition) {
  LogReference row;
  const absl::Status status = DecodeLogReference(bytes, partition, &row);
  if (!status.ok()) return Check(absl::IsDataLoss(status));
  Check(row.count != 0 && row.next_offset() > row.base_offset);
  const absl::StatusOr<DirExtent> extent = DecodeDirExtent(bytes, partition);
  Check(extent.ok() && extent->base_offset == row.base_offset && extent->last_id == row.last_id);
  if (row.ids.empty()) return;  // then there is no header of which it could be made
  std::string encoded;
  EncodeLogReference(MakeHeader({StreamId(1), partition}, row.base_offset, row.ids,
                                row.partitioned_ids, row.base_bytes),
                     row.location, row.bytes, &encoded);
  LogReference again;
  Check(DecodeLogReference(encoded, partition, &again).ok());
  Check(again.base_offset == row.base_offset && again.base_bytes == row.base_bytes &&
        again.count == row.count);
  Check(again.location == row.location && again.bytes == row.bytes);
  Check(again.last_id == row.last_id && (again.ids.empty() || again.ids == row.ids));
}

void RunDir(std::string_view bytes, uint16_t partition) {
  const absl::StatusOr<DirExtent> extent = DecodeDirExtent(bytes, partition);
  Check(extent.ok() || absl::IsDataLoss(extent.status()));
  DirReference row;
  const absl::Status status = DecodeDirReference(bytes, &row);
  if (!status.ok()) return Check(absl::IsDataLoss(status));
  std::string encoded;
  EncodeDirReference(MakeHeader(row.partition, row.base_offset, {{row.first_id, row.count}}),
                     &encoded);
  DirReference again;
  Check(DecodeDirReference(encoded, &again).ok());
  Check(again == row);
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto partition = static_cast<uint16_t>(data[0] >> 1);
  if ((data[0] & 1) == 0) {
    evlog::RunLog(bytes, partition);
  } else {
    evlog::RunDir(bytes, partition);
  }
  return 0;
}
