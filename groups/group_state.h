// A group in memory: its positions, consumers and pending entries. No input or output: operations
// are decided here as a GroupChange, which the journal writes and Apply takes in.
#ifndef EVLOG_GROUPS_GROUP_STATE_H_
#define EVLOG_GROUPS_GROUP_STATE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "groups/group_change.h"
#include "groups/pending.h"
#include "groups/pending_set.h"
#include "log/base/bytes.h"

namespace evlog {

// Not thread-safe.
class GroupState {
 public:
  // `partitions`: of the stream.
  explicit GroupState(uint16_t partitions);

  uint16_t partitions() const { return static_cast<uint16_t>(positions_.size()); }
  const GroupPosition& position(uint16_t partition) const { return positions_[partition]; }
  const std::vector<Lease>& leases() const { return leases_; }  // by partition
  uint64_t entries_read() const { return entries_read_; }
  const PendingSet& pending() const { return pending_; }
  PendingSet& pending() { return pending_; }
  const PendingPolicy& policy() const { return pending_.policy(); }
  void SetPolicy(const PendingPolicy& policy) { pending_.SetPolicy(policy); }

  std::optional<ConsumerNumber> FindConsumer(std::string_view name) const;
  const ConsumerState* consumer(ConsumerNumber number) const;
  // By number; removed ones are left out.
  void VisitConsumers(absl::FunctionRef<void(ConsumerNumber, const ConsumerState&)> see) const;

  // ---- what an operation would change; `change` is added to
  // The consumer's number; it is made when there is none. It was seen now.
  // Errors: RESOURCE_EXHAUSTED: the group has kConsumersMax.
  absl::StatusOr<ConsumerNumber> SeeConsumer(std::string_view name, uint64_t now_ms,
                                             GroupChange* change) const;
  // It was seen, which is written with the next change of it.
  void SawConsumer(ConsumerNumber number, uint64_t now_ms);
  // Of one that SeeConsumer has put into `change`: it got something.
  static void NoteActive(ConsumerNumber number, uint64_t now_ms, GroupChange* change);

  // Runs of entries with what became of them.
  struct Outcome {
    PlaceRun was;
    PendingTransition now;
  };
  // Sends the event to what is pending in the range, and with event.force to the rest of it, too.
  // `ids`: of the entries of the range; only for those that are not pending.
  void Send(const PlaceRange& range, const PendingEvent& event, const IdRuns& ids,
            GroupChange* change, std::vector<Outcome>* outcomes) const;
  // New entries, in order, behind what was delivered of their partition. Some in between may be
  // gone. `acknowledged`: they are not even pending.
  void Deliver(const PlaceRange& range, const IdRuns& ids, ConsumerNumber consumer, uint64_t now_ms,
               bool acknowledged, GroupChange* change) const;
  // Goes on at these positions. `forget`: what is pending at or behind them is not any more, as it
  // will be delivered again. Leases end.
  void Seek(std::span<const GroupPosition> positions, bool forget, GroupChange* change) const;
  // The consumer is gone. Its entries are released, or with `forget` no longer pending; its leases
  // end.
  void RemoveConsumer(ConsumerNumber number, bool forget, uint64_t now_ms,
                      GroupChange* change) const;

  // ---- taking it in
  // `touch` is told the blocks that change.
  void Apply(const GroupChange& change, absl::FunctionRef<void(BlockKey)> touch);
  // The parts of a change that are not pending entries.
  void ApplyHead(const GroupChange& change);

  // Checks what must always hold; for tests and `evlog verify`. Errors: INTERNAL naming the
  // invariant of docs/groups.md.
  absl::Status CheckInvariants() const;

 private:
  friend class GroupJournal;

  void EndLease(uint16_t partition, GroupChange* change) const;

  std::vector<GroupPosition> positions_;  // by partition
  std::vector<Lease> leases_;             // by partition
  std::vector<ConsumerState> consumers_;  // by number; without a name: a number that is free
  absl::flat_hash_map<std::string, ConsumerNumber, TransparentHash, std::equal_to<>> numbers_;
  uint64_t entries_read_ = 0;
  PendingSet pending_;
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_STATE_H_
