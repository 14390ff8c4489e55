// Keys of every family that has rows; the first byte says which. What decodes encodes to the same
// bytes.
#include <cstdint>
#include <string_view>

#include "log/key_codec.h"
#include "tests/fuzz/check.h"

namespace evlog {
namespace {

void RunLog(std::string_view key) {
  const absl::StatusOr<LogLocation> location = DecodeLogKey(key);
  if (location.ok()) return Check(EncodeLogKey(*location).view() == key);
  Check(absl::IsDataLoss(location.status()));
}

void RunDir(std::string_view key) {
  PartitionId partition;
  EntryId id;
  const absl::Status status = DecodeDirKey(key, &partition, &id);
  if (!status.ok()) return Check(absl::IsDataLoss(status));
  Check(EncodeDirKey(partition, id).view() == key);
  const KeyRange range = DirRange(partition);
  Check(range.begin <= key);
  if (partition.partition < kPartitionsMax) Check(key < range.end);
}

void RunCatalog(std::string_view key) {
  const absl::StatusOr<StreamId> stream = DecodeCatalogKey(key);
  if (stream.ok()) return Check(EncodeCatalogKey(*stream).view() == key);
  Check(absl::IsDataLoss(stream.status()));
}

void RunNames(std::string_view key) {
  uint8_t database;
  std::string_view name;
  const absl::Status status = DecodeNameKey(key, &database, &name);
  if (!status.ok()) return Check(absl::IsDataLoss(status));
  Check(EncodeNameKey(database, name) == key);
  if (database == UINT8_MAX) return;  // there are 16 of them
  const KeyRange range = NameRange(database, "");
  Check(range.begin <= key && key < range.end);
  Check(NameRange(database, name).begin > key);
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view key(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      evlog::RunLog(key);
      break;
    case 1:
      evlog::RunDir(key);
      break;
    case 2:
      evlog::RunCatalog(key);
      break;
    case 3:
      evlog::RunNames(key);
      break;
  }
  return 0;
}
