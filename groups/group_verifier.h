// Checks the groups of a store: that each can be read, and holds what must always hold.
#ifndef EVLOG_GROUPS_GROUP_VERIFIER_H_
#define EVLOG_GROUPS_GROUP_VERIFIER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "groups/group_state.h"
#include "log/ids.h"
#include "log/store/store.h"

namespace evlog {

struct GroupCounts {
  uint64_t groups = 0;
  uint64_t pending = 0;
};

class GroupVerifier {
 public:
  // False: enough was found.
  using Add = absl::FunctionRef<bool(std::string finding)>;

  GroupVerifier(const Store* store, Add add) : store_(store), add_(add) {}

  // Each group is read as its first use would read it. Beside the invariants of docs/groups.md it
  // is checked that no position is behind the end of its partition, that nothing is pending there,
  // and that blocks and records belong to groups that there are. Errors: those of the store that
  // are not damage.
  absl::Status Run();
  const GroupCounts& counts() const { return counts_; }

 private:
  absl::Status CheckGroup(GroupId id, std::string_view row);
  absl::Status CheckPlaces(StreamId stream, const GroupState& state, const std::string& where);
  absl::Status CheckOwned(Family family);
  absl::Status FindStrange(Family family, std::vector<GroupId>* strange);
  // The partitions of a stream; 0: there is none, or it was dropped.
  absl::StatusOr<uint16_t> PartitionsOf(StreamId stream);
  absl::StatusOr<uint64_t> EndOf(PartitionId partition);
  absl::Status Note(const absl::Status& status);

  const Store* const store_;
  const Add add_;
  GroupCounts counts_;
  absl::flat_hash_map<StreamId, uint16_t> partitions_;
  absl::flat_hash_set<std::pair<StreamId, GroupNumber>> known_;
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_VERIFIER_H_
