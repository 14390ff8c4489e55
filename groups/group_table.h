// The groups of a log: which there are of a stream, and those that are loaded.
//
// A group is read from the disk when it is first asked for, and forgotten when nobody holds it and
// there are more than `idle_groups_max`. Groups of a dropped stream are gone with it; their rows go
// as RocksDB compacts.
#ifndef EVLOG_GROUPS_GROUP_TABLE_H_
#define EVLOG_GROUPS_GROUP_TABLE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/read.h"
#include "groups/loaded_group.h"
#include "log/base/mutex.h"
#include "log/trim_holds.h"

namespace evlog {

// Where a new group, or one that is set back, begins: the first entry that it delivers. Of the
// bounds all but kLast; kOffset for a stream of one partition. Errors: INVALID_ARGUMENT; those of
// the store.
absl::StatusOr<std::vector<GroupPosition>> PositionsAt(const Store& store,
                                                       const StreamState& stream,
                                                       const Bound& bound);

// Thread-safe.
class GroupTable {
 public:
  // Of groups that nobody holds, at most so many stay in memory, and so many bytes.
  GroupTable(GroupContext context, size_t idle_groups_max, size_t idle_bytes_max)
      : context_(std::move(context)),
        idle_groups_max_(idle_groups_max),
        idle_bytes_max_(idle_bytes_max) {}

  // A new group, written when this returns. Errors: ALREADY_EXISTS; INVALID_ARGUMENT (name,
  // options, bound); those of store and committer.
  absl::StatusOr<std::shared_ptr<LoadedGroup>> Create(const std::shared_ptr<StreamState>& stream,
                                                      std::string_view name,
                                                      const GroupOptions& options,
                                                      const Bound& from) ABSL_LOCKS_EXCLUDED(mu_);
  // Errors: NOT_FOUND; DATA_LOSS; those of the store.
  absl::StatusOr<std::shared_ptr<LoadedGroup>> Find(const std::shared_ptr<StreamState>& stream,
                                                    std::string_view name) ABSL_LOCKS_EXCLUDED(mu_);
  // By name. Errors: as Find.
  absl::StatusOr<std::vector<std::string>> List(const StreamState& stream) ABSL_LOCKS_EXCLUDED(mu_);
  // Of all streams, also of those that were dropped lately.
  struct Named {
    StreamId stream;
    std::string name;
  };
  // The first `limit`, by stream; `*more`: how many there are beyond,
  // 100,000 at most. Errors: as Find.
  absl::StatusOr<std::vector<Named>> ListAll(size_t limit, size_t* more) const;
  // What any of them has not done with yet; loads those that are not loaded. Errors: as Find.
  absl::StatusOr<std::vector<TrimHold>> Holds(const std::shared_ptr<StreamState>& stream)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Adds to `request` the groups that the stream has now as those of `to`, a copy of it without
  // any, which ends at `ends`, by partition. True: one of them is to be on the disk. Errors: as
  // Find; INVALID_ARGUMENT.
  absl::StatusOr<bool> Copy(const std::shared_ptr<StreamState>& stream, const StreamState& to,
                            std::span<const GroupPosition> ends, Request* request)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Errors: NOT_FOUND; those of the committer.
  absl::Status Destroy(const std::shared_ptr<StreamState>& stream, std::string_view name)
      ABSL_LOCKS_EXCLUDED(mu_);
  // The store was reopened, or written by somebody else: what it has counts. Groups that are held
  // stay what they are, if they are still there. Errors: DATA_LOSS; those of the store.
  absl::Status Reload() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Reload(StreamId stream) ABSL_LOCKS_EXCLUDED(mu_);
  size_t loaded() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Known {
    GroupNumber number;
    std::shared_ptr<LoadedGroup> group;  // null: not loaded
    uint64_t used = 0;                   // turn in which it was asked for last
  };
  using Groups = absl::btree_map<std::string, Known>;

  absl::StatusOr<Groups*> GroupsOf(StreamId stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status ReloadLocked(StreamId stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<GroupRecord> ReadRecord(GroupId id) const;
  void ForgetIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const GroupContext context_;
  const size_t idle_groups_max_;
  const size_t idle_bytes_max_;

  mutable Mutex mu_;  // before that of a group
  // Streams whose groups were asked for.
  absl::flat_hash_map<StreamId, Groups> streams_ ABSL_GUARDED_BY(mu_);
  size_t loaded_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t turn_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t loads_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_TABLE_H_
