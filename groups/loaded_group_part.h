// What a larger commit changes of a group, which is locked meanwhile.
#ifndef EVLOG_GROUPS_LOADED_GROUP_PART_H_
#define EVLOG_GROUPS_LOADED_GROUP_PART_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "groups/joint_commit.h"
#include "groups/loaded_group.h"
#include "log/request.h"

namespace evlog {

// The analysis of locks cannot follow one that is held by an object.
class LoadedGroup::Part {
 public:
  explicit Part(LoadedGroup* group) ABSL_NO_THREAD_SAFETY_ANALYSIS : group_(group) {
    group_->mu_.Lock();
  }
  ~Part() ABSL_NO_THREAD_SAFETY_ANALYSIS { group_->mu_.Unlock(); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  LoadedGroup* group() const { return group_; }

  // Changes nothing yet. Errors: ABORTED: the consumer does not have all of it; those of Usable.
  absl::Status Add(const GroupAck& ack, uint64_t* acknowledged);
  // From now on the group is as it will be; its rows are in the request.
  void Write(Request* request);
  // It will not: the group is read again.
  void Failed() ABSL_NO_THREAD_SAFETY_ANALYSIS { group_->ahead_ = true; }

 private:
  // Whether an entry of it is among the first `count` that were taken.
  bool IsTaken(const PlaceRange& range, size_t count) const;
  absl::Status TakeHanded(const GroupAck& ack);
  void TakePending(std::span<const EntryId> ids);

  LoadedGroup* const group_;
  GroupChange change_;
  std::vector<PlaceRange> taken_;  // what was added so far
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_LOADED_GROUP_PART_H_
