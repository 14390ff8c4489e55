// Rows of groups: bit 0 of the first byte says whether of `journal` or a block of `pending`.
#include <cstdint>
#include <string>
#include <string_view>

#include "groups/group_change.h"
#include "groups/pending_block.h"
#include "tests/fuzz/check.h"

namespace evlog {
namespace {

void RunRecord(std::string_view bytes) {
  const absl::StatusOr<JournalRecord> record = DecodeJournalRecord(bytes);
  if (!record.ok()) return Check(absl::IsDataLoss(record.status()));
  const absl::StatusOr<JournalRecord> again =
      DecodeJournalRecord(EncodeJournalRecord(record->sequence, record->oldest, record->change));
  Check(again.ok() && *again == *record);
}

void RunBlock(std::string_view bytes) {
  PendingBlock block, again;
  const absl::Status status = PendingBlock::Decode(bytes, &block);
  if (!status.ok()) return Check(absl::IsDataLoss(status));
  Check(block.HasAllIds());
  std::string coded;
  block.Encode(&coded);
  Check(PendingBlock::Decode(coded, &again).ok());
  std::string twice;
  again.Encode(&twice);
  Check(twice == coded);
  for (auto run = block.RunAt(0); run; run = block.RunAt(run->end)) {
    Check(block.OffsetOf(block.IdAt(run->begin)) == run->begin);
    Check(again.Find(run->end - 1) == run->pending);
  }
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) == 0) {
    evlog::RunRecord(bytes);
  } else {
    evlog::RunBlock(bytes);
  }
  return 0;
}
