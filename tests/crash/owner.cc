#include "tests/crash/owner.h"

#include <string>

#include "log/base/status.h"

namespace evlog {

absl::Status Own(EventLog& log, uint64_t calls, const std::function<void(const Record&)>& report) {
  constexpr uint64_t kCallsOfATrim = 100;
  ASSIGN_OR_RETURN(Stream stream, log.OpenStream(kOwned, {.durability = Durability::kOs}));
  ASSIGN_OR_RETURN(Group group, log.OpenGroup(kOwned, kOwnedGroup, GroupOptions()));
  ASSIGN_OR_RETURN(const StreamInfo info, log.DescribeStream(kOwned));
  const uint64_t next = info.partitions.front().next_offset;
  const std::string fill(400, 'x');
  for (uint64_t n = next; n < next + calls; ++n) {
    ASSIGN_OR_RETURN(const AppendResult appended,
                     stream.Append({{"n", std::to_string(n)}, {"fill", fill}}));
    Record record;
    record.kind = Record::kAcknowledged;
    record.first = n;
    record.commit = appended.position.commit;
    report(record);
    if (n % 3 == 0) {
      ASSIGN_OR_RETURN(const Deliveries got, group.Read("c", {.count = 2}));
      if (!got.empty() && n % 6 == 0) RETURN_IF_ERROR(group.Ack(got.receipt).status());
    }
    if (n % kCallsOfATrim == 0) {
      RETURN_IF_ERROR(stream.Trim({.keep = {.max_entries = kOwnedKept}}).status());
      RETURN_IF_ERROR(log.Maintain());
    }
  }
  return absl::OkStatus();
}

}  // namespace evlog
