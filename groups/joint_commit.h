// Acknowledging entries of groups in the commit that does something else as well: what came of them
// is there, or they come again, and never both.
#ifndef EVLOG_GROUPS_JOINT_COMMIT_H_
#define EVLOG_GROUPS_JOINT_COMMIT_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "groups/loaded_group.h"
#include "log/committer.h"
#include "log/request.h"

namespace evlog {

struct GroupAck {
  std::shared_ptr<LoadedGroup> group;
  ConsumerNumber consumer = kNobody;
  std::vector<HandedOut> entries;
};

// Runs the request, as Committer::Run does, with the acknowledgments in the same commit, at least
// as durable as each of the groups. Thread-safe.
// Errors: ABORTED: the consumer does not have all of the entries by that delivery any more, and
// nothing was done; those of the groups; those of the committer.
absl::Status CommitWithAcks(std::vector<GroupAck> acks, Committer* committer, Request* request);

}  // namespace evlog

#endif  // EVLOG_GROUPS_JOINT_COMMIT_H_
