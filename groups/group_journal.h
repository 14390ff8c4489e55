// Writes a group to the store, and reads it back.
//
// Each operation is one row of the journal, a ring of kJournalSlots rows that are written over and
// over; those that nobody waits for, and that follow each other into a commit, share one. What was
// touched (blocks of pending entries, and the head: positions and consumers) is written by itself
// later, the longest unwritten first, before its first row in the journal is overwritten. So an
// operation costs a small row, whatever is pending, and the journal does not grow. Each part says
// up to which operation it has them all: reading a group is reading its parts and applying what
// each has not yet.
//
//   row of `groups`   a GroupMeta; its head is a JournalRecord whose change sets everything
//   row of `pending`  as_of:varint block       see pending_block.h
//   row of `journal`  a JournalRecord          see group_change.h
#ifndef EVLOG_GROUPS_GROUP_JOURNAL_H_
#define EVLOG_GROUPS_GROUP_JOURNAL_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "groups/group_change.h"
#include "groups/group_state.h"
#include "groups/growing_record.h"
#include "groups/pending_set.h"
#include "log/ids.h"
#include "log/request.h"
#include "log/store/store.h"

namespace evlog {

inline constexpr uint16_t kJournalSlots = 1024;
inline constexpr size_t kJournalBytesMax = size_t{128} << 10;

// The row of the operation `sequence`.
Row JournalRow(GroupId id, uint64_t sequence, std::string record);

// Not thread-safe. Rows of one group must be written in the order in which they are made.
class GroupJournal {
 public:
  // Encodes a row of `groups` around the head.
  using EncodeHead = absl::FunctionRef<std::string(std::string head)>;

  GroupJournal(GroupId id, GroupState* state) : id_(id), state_(state) {}

  // A group that has no rows yet: adds its row of `groups`.
  void Begin(EncodeHead encode, std::vector<Row>* rows);
  // Reads the state; `head`: of the row of `groups`. Errors: DATA_LOSS naming what is malformed or
  // missing; those of the store.
  absl::Status Load(const Store& store, std::string_view head);

  // Applies the change to the state and adds the rows that make it durable.
  void Write(const GroupChange& change, EncodeHead encode, std::vector<Row>* rows);
  // The same, but the operation's own row is made when its commit begins. Until then Grow takes in
  // changes that were added to it as well, if nothing else was written since.
  std::shared_ptr<GrowingRecord> WriteGrowing(const GroupChange& change, EncodeHead encode,
                                              std::vector<Row>* rows);
  void Grow(const GroupChange& change);
  // Adds the row of `groups`, for its other values have changed.
  void WriteHead(EncodeHead encode, std::vector<Row>* rows);
  // Adds all that is not written by itself yet: afterwards the journal is not needed.
  void WriteAll(EncodeHead encode, std::vector<Row>* rows);

  // Adds the rows of a group that has none yet and is as this one is now. Its stream ends at
  // `ends`, by partition: what this one knows of entries behind is left out.
  void CopyTo(GroupId to, std::span<const GroupPosition> ends, EncodeHead encode,
              std::vector<Row>* rows) const;

  // Adds what takes all rows of the group away.
  void Erase(std::vector<Row>* rows) const;

  uint64_t sequence() const { return sequence_; }

 private:
  // What is written by itself. The head stands where no partition does.
  static constexpr BlockKey kHead{0xffff, 0};

  uint64_t Oldest() const { return queue_.empty() ? sequence_ + 1 : queue_.front().first; }
  void Touch(BlockKey key, uint64_t sequence);
  void WritePart(BlockKey key, EncodeHead encode, std::vector<Row>* rows);
  void WriteOldest(EncodeHead encode, std::vector<Row>* rows);
  GroupChange HeadAsChange() const;
  void TakeIn(const GroupChange& change);
  // Begins an operation: parts that the journal has no room for any more, and the change.
  void Begin(const GroupChange& change, EncodeHead encode, std::vector<Row>* rows);
  void NoteSize(size_t bytes);
  void Record(const GroupChange& change, std::vector<Row>* rows);
  absl::Status LoadBlocks(const Store& store);
  absl::Status LoadRecords(const Store& store, std::vector<JournalRecord>* records);
  void Replay(const JournalRecord& record);
  void ReplayIn(BlockKey key, const GroupChange::OfPending& change, uint64_t sequence);

  const GroupId id_;
  GroupState* const state_;
  uint64_t sequence_ = 0;  // of the last operation
  // What is not written by itself, with the first operation that it lacks, in that order.
  std::deque<std::pair<uint64_t, BlockKey>> queue_;
  absl::flat_hash_set<std::pair<uint16_t, uint64_t>> queued_;
  // Bytes of the rows Oldest()..sequence_.
  std::deque<std::pair<uint64_t, size_t>> sizes_;
  size_t bytes_ = 0;
  // While it is loaded: up to which operation a part has them.
  absl::btree_map<BlockKey, uint64_t> as_of_;
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_JOURNAL_H_
