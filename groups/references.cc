#include "groups/references.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "log/base/status.h"

namespace evlog {

namespace {

using Groups = std::vector<std::shared_ptr<LoadedGroup>>;

absl::StatusOr<Groups> AllGroups(GroupTable* table, const std::shared_ptr<StreamState>& stream) {
  Groups groups;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, table->List(*stream));
  for (const std::string& name : names) {
    absl::StatusOr<std::shared_ptr<LoadedGroup>> group = table->Find(stream, name);
    if (absl::IsNotFound(group.status())) continue;  // destroyed just now
    RETURN_IF_ERROR(group.status());
    groups.push_back(*std::move(group));
  }
  return groups;
}

// Marks what one of the groups needs, `but` aside.
absl::Status MarkReferenced(const Groups& groups, const LoadedGroup* but,
                            std::span<const EntryId> ids, std::vector<Deleted>* each) {
  for (const std::shared_ptr<LoadedGroup>& group : groups) {
    if (group.get() == but) continue;
    const absl::StatusOr<std::vector<LoadedGroup::Need>> needs = group->NeedOf(ids);
    if (absl::IsNotFound(needs.status())) continue;
    RETURN_IF_ERROR(needs.status());
    for (size_t i = 0; i < ids.size(); ++i) {
      if ((*needs)[i] != LoadedGroup::Need::kNone && (*each)[i] == Deleted::kDeleted) {
        (*each)[i] = Deleted::kReferenced;
      }
    }
  }
  return absl::OkStatus();
}

absl::Status Acknowledge(LoadedGroup* group, std::span<const EntryId> ids) {
  PendingEvent event;
  event.kind = PendingEvent::Kind::kAck;
  const absl::Status status = group->SettleIds(ids, event).status();
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

std::vector<EntryId> Those(std::span<const EntryId> ids, const std::vector<Deleted>& each,
                           Deleted which) {
  std::vector<EntryId> some;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (each[i] == which) some.push_back(ids[i]);
  }
  return some;
}

// `each` says kDeleted of what is to go unless it is referenced; references to `dropped` end.
absl::StatusOr<DeleteResult> Delete(const Groups& groups, const LoadedGroup* own,
                                    std::span<const EntryId> ids, References references,
                                    std::span<const EntryId> dropped, std::vector<Deleted> each,
                                    const Deleter& deleter) {
  if (references == References::kOnlyAcknowledged) {
    RETURN_IF_ERROR(MarkReferenced(groups, own, ids, &each));
  }
  ASSIGN_OR_RETURN(DeleteResult result, deleter.remove(Those(ids, each, Deleted::kDeleted)));
  if (references == References::kDrop) {
    for (const std::shared_ptr<LoadedGroup>& group : groups) {
      RETURN_IF_ERROR(Acknowledge(group.get(), dropped));
    }
  }
  result.each = std::move(each);
  return result;
}

// An id that comes twice is there once.
void NoteTwice(std::span<const EntryId> ids, std::vector<Deleted>* each) {
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> seen;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!seen.insert({ids[i].ms, ids[i].seq}).second) (*each)[i] = Deleted::kNotThere;
  }
}

}  // namespace

absl::StatusOr<DeleteResult> DeleteWithReferences(GroupTable* groups,
                                                  const std::shared_ptr<StreamState>& stream,
                                                  std::span<const EntryId> ids,
                                                  References references, const Deleter& deleter) {
  if (references == References::kKeep) return deleter.remove(ids);
  ASSIGN_OR_RETURN(const Groups all, AllGroups(groups, stream));
  ASSIGN_OR_RETURN(const std::vector<bool> live, deleter.find_live(ids));
  std::vector<Deleted> each(ids.size(), Deleted::kNotThere);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (live[i]) each[i] = Deleted::kDeleted;
  }
  return Delete(all, nullptr, ids, references, ids, std::move(each), deleter);
}

absl::Status ForgetTrimmed(GroupTable* groups, const std::shared_ptr<StreamState>& stream) {
  ASSIGN_OR_RETURN(const Groups all, AllGroups(groups, stream));
  for (const std::shared_ptr<LoadedGroup>& group : all) {
    const absl::Status status = group->ForgetTrimmed();
    if (!absl::IsNotFound(status)) RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

absl::StatusOr<DeleteResult> AckDelete(GroupTable* groups, LoadedGroup* group,
                                       std::span<const EntryId> ids, References references,
                                       const Deleter& deleter) {
  Groups all;
  if (references != References::kKeep) {
    ASSIGN_OR_RETURN(all, AllGroups(groups, group->stream()));
  }
  ASSIGN_OR_RETURN(const std::vector<LoadedGroup::Need> needs, group->NeedOf(ids));
  std::vector<Deleted> each(ids.size(), Deleted::kNotThere);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (needs[i] == LoadedGroup::Need::kPending) each[i] = Deleted::kDeleted;
  }
  NoteTwice(ids, &each);
  const std::vector<EntryId> pending = Those(ids, each, Deleted::kDeleted);
  ASSIGN_OR_RETURN(DeleteResult result,
                   Delete(all, group, ids, references, pending, std::move(each), deleter));
  RETURN_IF_ERROR(Acknowledge(group, pending));
  return result;
}

}  // namespace evlog
