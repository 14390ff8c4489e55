// Deleting entries with regard to the groups that still need them.
#ifndef EVLOG_GROUPS_REFERENCES_H_
#define EVLOG_GROUPS_REFERENCES_H_

#include <functional>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "evlog/entry_id.h"
#include "evlog/trim.h"
#include "groups/group_table.h"
#include "groups/loaded_group.h"
#include "log/stream_state.h"

namespace evlog {

// Deletes entries of the stream; which are there, and doing it, are the log's.
struct Deleter {
  std::function<absl::StatusOr<std::vector<bool>>(std::span<const EntryId>)> find_live;
  std::function<absl::StatusOr<DeleteResult>(std::span<const EntryId>)> remove;
};

// Deletes what of `ids` may go. Entries go first and references after them: what a crash leaves
// between the two is pending and gone, which is found when it comes to be delivered.
// Errors: those of the log, and of the groups.
absl::StatusOr<DeleteResult> DeleteWithReferences(GroupTable* groups,
                                                  const std::shared_ptr<StreamState>& stream,
                                                  std::span<const EntryId> ids,
                                                  References references, const Deleter& deleter);

// What was trimmed off the stream is not pending in any of its groups any more.
absl::Status ForgetTrimmed(GroupTable* groups, const std::shared_ptr<StreamState>& stream);

// As DeleteWithReferences, of what is pending in `group`, which it acknowledges.
absl::StatusOr<DeleteResult> AckDelete(GroupTable* groups, LoadedGroup* group,
                                       std::span<const EntryId> ids, References references,
                                       const Deleter& deleter);

}  // namespace evlog

#endif  // EVLOG_GROUPS_REFERENCES_H_
