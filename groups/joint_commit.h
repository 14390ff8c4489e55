// Acknowledging entries of groups in the commit that does something else as well: what came of them
// is there, or they come again, and never both.
#ifndef EVLOG_GROUPS_JOINT_COMMIT_H_
#define EVLOG_GROUPS_JOINT_COMMIT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "groups/loaded_group.h"
#include "log/committer.h"
#include "log/request.h"

namespace evlog {

// Either what a consumer was handed, all or nothing, or the pending ones of `ids`.
struct GroupAck {
  std::shared_ptr<LoadedGroup> group = nullptr;
  ConsumerNumber consumer = kNobody;
  std::vector<HandedOut> entries = {};
  std::vector<EntryId> ids = {};
  size_t number = 0;  // among all of the commit
};

// Runs the request, as Committer::Run does, with the acknowledgments in the same commit, at least
// as durable as each of the groups. `counts`: of each acknowledgment, by its number, how many
// entries it acknowledged. Thread-safe.
// Errors: ABORTED: the consumer does not have all of the entries by that delivery any more, and
// nothing was done; those of the groups; those of the committer.
absl::Status CommitWithAcks(std::vector<GroupAck> acks, Committer* committer, Request* request,
                            std::vector<uint64_t>* counts);

}  // namespace evlog

#endif  // EVLOG_GROUPS_JOINT_COMMIT_H_
