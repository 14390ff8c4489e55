// Values and keys of `schedule`, the row that counts them, and tickets as text; the first byte says
// which.
#include <cstdint>
#include <string>
#include <string_view>

#include "log/key_codec.h"
#include "log/schedule_codec.h"
#include "tests/fuzz/check.h"

namespace evlog {
namespace {

void RunBatch(std::string_view bytes) {
  ScheduledBatch batch, again;
  const absl::Status status = DecodeScheduledBatch(bytes, &batch);
  if (!status.ok()) return Check(absl::IsDataLoss(status));
  std::string encoded;
  EncodeScheduledBatch(batch, &encoded);
  Check(DecodeScheduledBatch(encoded, &again).ok() && again == batch);
  internal::BatchData copy = batch.Copy();
  Check(copy.count() == batch.count() && copy.bytes() == batch.bytes());
  std::string of_copy;
  EncodeScheduledBatch(batch.stream, copy, &of_copy);
  Check(of_copy == encoded);
}

void RunCounts(std::string_view bytes) {
  ScheduleCounts counts, again;
  const absl::Status status = DecodeScheduleCounts(bytes, &counts);
  if (!status.ok()) return Check(absl::IsDataLoss(status));
  std::string encoded;
  EncodeScheduleCounts(counts, &encoded);
  Check(DecodeScheduleCounts(encoded, &again).ok() && again == counts);
}

void RunKey(std::string_view bytes) {
  const absl::StatusOr<Ticket> ticket = DecodeScheduleKey(bytes);
  if (!ticket.ok()) return Check(absl::IsDataLoss(ticket.status()));
  Check(EncodeScheduleKey(*ticket).view() == bytes);
  Check(ScheduleRange(*ticket).begin == bytes);
  if (ticket->number == 0) return;
  const absl::StatusOr<Ticket> again = Ticket::Parse(ticket->ToString());
  Check(again.ok() && *again == *ticket);
}

void RunTicket(std::string_view text) {
  const absl::StatusOr<Ticket> ticket = Ticket::Parse(text);
  if (!ticket.ok()) return Check(absl::IsInvalidArgument(ticket.status()));
  Check(ticket->ToString() == text);
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      evlog::RunBatch(bytes);
      break;
    case 1:
      evlog::RunCounts(bytes);
      break;
    case 2:
      evlog::RunKey(bytes);
      break;
    case 3:
      evlog::RunTicket(bytes);
      break;
  }
  return 0;
}
