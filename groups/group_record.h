// The row of `groups`: what a group is, and its head.
#ifndef EVLOG_GROUPS_GROUP_RECORD_H_
#define EVLOG_GROUPS_GROUP_RECORD_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "groups/group_options.h"

namespace evlog {

struct GroupRecord {
  std::string name;
  GroupOptions options;
  std::string head;  // groups/group_journal.h

  friend bool operator==(const GroupRecord&, const GroupRecord&) = default;
};

std::string EncodeGroupRecord(const GroupRecord& record);
// Errors: DATA_LOSS, also for options that cannot be.
absl::StatusOr<GroupRecord> DecodeGroupRecord(std::string_view value);

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_RECORD_H_
