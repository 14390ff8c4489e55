// A row of the journal that more operations may join, until its commit begins.
#ifndef EVLOG_GROUPS_GROWING_RECORD_H_
#define EVLOG_GROUPS_GROWING_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "groups/group_change.h"
#include "log/ids.h"
#include "log/request.h"

namespace evlog {

// Guarded by who has its request: the committer's lock while that waits, then the one who commits.
class GrowingRecord final : public GrowingRow {
 public:
  using Done = absl::AnyInvocable<void(const absl::Status&) &&>;

  GrowingRecord(GroupId id, uint64_t sequence, uint64_t oldest)
      : id_(id), sequence_(sequence), oldest_(oldest) {}

  // `done` is called with the end of the commit; it may be null.
  void Add(const GroupChange& change, Done done);
  Row Finish() override;
  void End(const absl::Status& status);

 private:
  const GroupId id_;
  const uint64_t sequence_, oldest_;
  GroupChange change_;
  std::vector<Done> ends_;
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROWING_RECORD_H_
