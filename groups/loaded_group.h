// A group at work: reads what is new, hands it out, and settles it.
//
// Each operation decides under the group's lock what it changes (group_state.h), queues the rows
// that make it durable, and waits for them without the lock. What is handed out is committed
// before: an entry that kills its process was counted.
#ifndef EVLOG_GROUPS_LOADED_GROUP_H_
#define EVLOG_GROUPS_LOADED_GROUP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/chunk_view.h"
#include "evlog/clock.h"
#include "evlog/entry_id.h"
#include "groups/dead_letter.h"
#include "groups/group_journal.h"
#include "groups/group_probe.h"
#include "groups/group_record.h"
#include "groups/group_state.h"
#include "groups/group_values.h"
#include "groups/growing_record.h"
#include "groups/new_entries.h"
#include "groups/pump.h"
#include "groups/wait_line.h"
#include "log/base/bytes.h"
#include "log/base/mutex.h"
#include "log/committer.h"
#include "log/ids.h"
#include "log/request.h"
#include "log/store/store.h"
#include "log/stream_state.h"

namespace evlog {

// What groups need of the log.
struct GroupContext {
  const Store* store = nullptr;
  Committer* committer = nullptr;  // null: read only, so nothing is changed
  Clock* clock = nullptr;
  // Opens a stream of a database by name, or makes it.
  std::function<absl::StatusOr<std::shared_ptr<StreamState>>(uint8_t database,
                                                             std::string_view name, Durability)>
      open_stream = nullptr;
  const GroupProbe* probe = nullptr;  // null: nothing is counted
  // Runs what waits without a thread; null: nothing does.
  std::shared_ptr<Pump> pump = nullptr;
};

// Called once with the outcome of an asynchronous operation.
template <typename T>
using GroupDone = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

// Thread-safe. An operation that was refused has changed nothing; of one that failed the outcome is
// unknown, as of an append. Afterwards the group is read from the store again.
class LoadedGroup : public std::enable_shared_from_this<LoadedGroup> {
 public:
  class Part;  // loaded_group_part.h

  LoadedGroup(GroupContext context, std::shared_ptr<StreamState> stream, GroupId id);
  ~LoadedGroup();

  GroupId id() const { return id_; }
  const std::shared_ptr<StreamState>& stream() const { return stream_; }

  // One of the two, before all else. A new group is written when Create returns.
  // Errors: those of the committer; DATA_LOSS and those of the store.
  absl::Status Create(std::string name, const GroupOptions& options,
                      std::span<const GroupPosition> positions) ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Load(GroupRecord record) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- loaded_group_read.cc
  // What is due again, what is claimed, then what is new; nothing is not an error. Entries that are
  // due and were trimmed or deleted are no longer pending. Errors: DATA_LOSS; those of store and
  // committer; RESOURCE_EXHAUSTED: too many consumers.
  absl::StatusOr<DeliveredRuns> Read(std::string_view consumer, const GroupRead& read)
      ABSL_LOCKS_EXCLUDED(mu_);
  // The same, but waits in line while there is nothing, until the deadline. Errors: as Read;
  // CANCELLED: stopped; FAILED_PRECONDITION: the log was closed.
  absl::StatusOr<DeliveredRuns> ReadWaiting(std::string_view consumer, const GroupRead& read,
                                            absl::Time deadline, const std::stop_token& stop)
      ABSL_LOCKS_EXCLUDED(mu_);
  // What the consumer has already, from after `id` on, entries that are gone left out; counts as a
  // delivery.
  absl::StatusOr<DeliveredRuns> ReadAgain(std::string_view consumer, EntryId after, uint64_t count)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Sends the event to entries; `event.now_ms` is set here. Answers how many it concerned. As
  // `event.consumer` was handed them: in an ordered group, those whose lease has ended do not
  // count. By ids: those that are not pending do not.
  absl::StatusOr<uint64_t> Settle(std::span<const HandedOut> handed, PendingEvent event)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<uint64_t> SettleIds(std::span<const EntryId> ids, PendingEvent event)
      ABSL_LOCKS_EXCLUDED(mu_);

  // ---- loaded_group_async.cc
  // As those above, without a thread that waits for the commit: `done` is called by the completion
  // thread, or where nothing is written, before this returns. Only of a group in a shared_ptr.
  void SettleAsync(std::span<const HandedOut> handed, PendingEvent event, GroupDone<uint64_t> done)
      ABSL_LOCKS_EXCLUDED(mu_);
  void SettleIdsAsync(std::span<const EntryId> ids, PendingEvent event, GroupDone<uint64_t> done)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Who waits does so in the same line as others; its looks are then run by the pump.
  void ReadAsync(std::string_view consumer, const GroupRead& read, absl::Time deadline,
                 const std::stop_token& stop, GroupDone<DeliveredRuns> done)
      ABSL_LOCKS_EXCLUDED(mu_);
  // SettleIdsAsync of an acknowledgment, and ReadAsync of one look, for a thread that waits for
  // nobody. False, and nothing has happened: that would wait for the group's lock or for the disk,
  // or the group is gone, or there are more than `entries_max` to read, or it is ordered. `done` is
  // called as early as AppendOptions::done_at_once says.
  bool AckIdsHere(std::span<const EntryId> ids, GroupDone<uint64_t> done) ABSL_LOCKS_EXCLUDED(mu_);
  bool ReadHere(std::string_view consumer, const GroupRead& read, uint64_t entries_max,
                GroupDone<DeliveredRuns> done) ABSL_LOCKS_EXCLUDED(mu_);

  // ---- loaded_group_claim.cc
  // Takes over entries by id; those that the claim does not fit are left out. Errors: as Read.
  absl::StatusOr<ClaimedRuns> Claim(std::string_view consumer, std::span<const EntryId> ids,
                                    const GroupClaim& claim) ABSL_LOCKS_EXCLUDED(mu_);
  // At most `count` of those that have been idle, by id from `from` on, of `scan` pending entries
  // that are looked at. Entries that are gone count.
  absl::StatusOr<ClaimedRuns> AutoClaim(std::string_view consumer, EntryId from, uint64_t count,
                                        uint64_t scan, const GroupClaim& claim)
      ABSL_LOCKS_EXCLUDED(mu_);
  // At most `count` of those that have been idle, the longest first.
  absl::StatusOr<ClaimedRuns> ClaimIdle(std::string_view consumer, uint64_t count,
                                        const GroupClaim& claim) ABSL_LOCKS_EXCLUDED(mu_);
  // False: there is one of that name.
  absl::StatusOr<bool> AddConsumer(std::string_view consumer) ABSL_LOCKS_EXCLUDED(mu_);
  // Its entries are released, or with `forget` no longer pending. Answers how many it had; 0 also
  // when there is none of that name.
  absl::StatusOr<uint64_t> RemoveConsumer(std::string_view consumer, bool forget)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Errors: INVALID_ARGUMENT; those of the committer.
  absl::Status Alter(const GroupOptions& options) ABSL_LOCKS_EXCLUDED(mu_);

  absl::Status Seek(std::span<const GroupPosition> positions, bool forget) ABSL_LOCKS_EXCLUDED(mu_);
  // Nothing comes after it; answers NOT_FOUND from now on.
  absl::Status Destroy() ABSL_LOCKS_EXCLUDED(mu_);

  // A commit that it was part of has ended so.
  void Joined(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mu_);
  // What is in the store counts, and not what is in memory: it may have been written anew.
  void Forget() ABSL_LOCKS_EXCLUDED(mu_);

  // How it needs each of the entries.
  enum class Need : uint8_t { kNone, kPending, kNotDelivered };
  absl::StatusOr<std::vector<Need>> NeedOf(std::span<const EntryId> ids) ABSL_LOCKS_EXCLUDED(mu_);
  // As it is in memory. Reads the first entry that was not delivered. Errors: as Read.
  absl::StatusOr<GroupInfo> Describe() ABSL_LOCKS_EXCLUDED(mu_);
  // By partition, the offset of the first entry that it has not done with: that is pending, or not
  // delivered yet. Errors: as Describe.
  absl::StatusOr<std::vector<uint64_t>> FirstNeeded() ABSL_LOCKS_EXCLUDED(mu_);
  struct PendingSummary {
    uint64_t count = 0;
    EntryId first, last;  // of those, by id
  };
  absl::StatusOr<PendingSummary> SummarizePending() ABSL_LOCKS_EXCLUDED(mu_);
  // Adds to `request` the rows of a group of the stream `to` that is as this one, which may be
  // about to be written; see GroupJournal::CopyTo. True: it is to be on the disk. Errors: of
  // Usable; INVALID_ARGUMENT: `to` is where its dead letters go.
  absl::StatusOr<bool> CopyTo(const StreamState& to, std::span<const GroupPosition> ends,
                              Request* request) ABSL_LOCKS_EXCLUDED(mu_);
  // What lies before the start of the stream is not pending any more.
  absl::Status ForgetTrimmed() ABSL_LOCKS_EXCLUDED(mu_);
  // The line of those who wait, for a consumer that waits in its own way.
  WaitLine& line() { return line_; }
  // Of who stands in it: `more` is 1 when it comes and -1 when it leaves. Waits for nobody.
  void NoteWaiting(std::string_view consumer, int more) ABSL_LOCKS_EXCLUDED(waiting_mu_);
  const std::shared_ptr<Pump>& pump() const { return context_.pump; }
  // Tells what is pending, by id from `from` on, until `see` says false. Errors: as Describe.
  absl::Status VisitPending(
      EntryId from, absl::FunctionRef<bool(EntryId, const Pending&, std::string_view consumer)> see)
      ABSL_LOCKS_EXCLUDED(mu_);
  // What its state takes in memory, about.
  size_t memory() const ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status CheckInvariants() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  class WaitingRead;  // loaded_group_async.cc

  // A change on its way.
  struct Operation {
    uint64_t now_ms = 0;
    GroupChange change;
    std::unique_ptr<Request> request = std::make_unique<Request>();
    // What is called with its end; null: a thread waits for it, and leads if it has to.
    absl::AnyInvocable<void(const absl::Status&) &&> done;
    bool done_at_once = false;  // by the thread that commits
    // It is a read that goes on until there is something, whatever it changes meanwhile.
    bool looks_again = false;
    RequestList lead;
    bool queued = false;
    uint64_t handed_out = 0;
    uint64_t redelivered = 0;  // of those
    uint64_t dead_letters = 0;
  };

  // At the beginning of each operation. Errors: NOT_FOUND: the group or its stream is gone; those
  // of loading it again.
  absl::Status Usable() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void MakeEmpty() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status LoadAgain() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status LoadFrom(GroupRecord record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Makes rows of `groups` for the journal; only while it is called under the lock.
  auto Encoder() const {
    return [this](std::string head) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      GroupRecord record = record_;
      record.head = std::move(head);
      return EncodeGroupRecord(record);
    };
  }
  // Applies the change and queues its rows.
  absl::Status Queue(Operation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status QueueRows(Operation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // One that nobody waits for: in the row of the one before, while that waits for its commit.
  absl::Status QueueShared(Operation* operation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void NoteQueued(Operation* operation) const;
  // Waits for what was queued.
  absl::Status Finish(Operation* operation) ABSL_LOCKS_EXCLUDED(mu_);
  // Where those that are pending are.
  std::vector<PlaceRange> RangesOf(std::span<const EntryId> ids) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status SettleHanded(std::span<const HandedOut> handed, PendingEvent event,
                            Operation* operation, uint64_t* concerned)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Runs `decide` under the lock, which fills in the outcome and queues what it changes. Once that
  // is committed `end` is called, and this answers nullopt; or the outcome, if nothing was queued.
  template <typename T, typename Decide>
  absl::StatusOr<std::optional<T>> Start(Decide decide, std::shared_ptr<GroupDone<T>> end)
      ABSL_LOCKS_EXCLUDED(mu_);
  template <typename T, typename Decide>
  absl::StatusOr<std::optional<T>> StartUnder(Decide decide, std::shared_ptr<GroupDone<T>> end,
                                              bool done_at_once) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  template <typename T, typename Decide>
  void RunAsync(Decide decide, GroupDone<T> done) ABSL_LOCKS_EXCLUDED(mu_);
  // If `can`, under the lock, which must be free. False: not.
  template <typename T, typename Can, typename Decide>
  bool RunHere(Can can, Decide decide, GroupDone<T> done) ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status SettleRanges(std::span<const PlaceRange> ranges, PendingEvent event,
                            Operation* operation, uint64_t* concerned)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status SettleUnder(std::span<const EntryId> ids, PendingEvent event, Operation* operation,
                           uint64_t* concerned) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What was sent to entries has these outcomes: makes dead letters of some, and queues it all.
  absl::Status FinishSettling(std::span<const GroupState::Outcome> outcomes,
                              const PendingEvent& event, Operation* operation, uint64_t* concerned)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckSettling(const PendingEvent& event) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // ---- loaded_group_ordered.cc
  bool ordered() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return record_.options.order == GroupOptions::Order::kOrdered;
  }
  bool Holds(ConsumerNumber consumer, uint16_t partition, uint64_t epoch) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // In place of AddDue and AddNew.
  absl::Status AddOrdered(const GroupRead& read, Operation* operation, DeliveredRuns* delivered)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The first entry that is there and was not delivered.
  std::optional<uint64_t> NextToDeliver(uint16_t partition) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What there is to do in a partition.
  struct PartitionLook {
    bool work = false;
    uint64_t due_ms = PendingPolicy::kNever;  // no work: until then
  };
  PartitionLook LookAt(uint16_t partition, uint64_t now_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status AddFrom(uint16_t partition, const GroupRead& read, Operation* operation,
                       DeliveredRuns* delivered, std::vector<GroupState::Outcome>* outcomes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Decides about what is pending in the partition. True: the entries behind it may follow.
  bool AddPendingFrom(uint16_t partition, ConsumerNumber consumer, uint64_t room,
                      Operation* operation, std::vector<GroupState::Outcome>* outcomes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Until when the consumer is there if nothing is heard of it; kNever: it waits in line.
  uint64_t LiveUntilMs(const ConsumerState& consumer) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<ConsumerNumber> LiveConsumers(ConsumerNumber besides, uint64_t now_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What was given back in the outcomes is not overtaken: nor does a consumer keep what lies behind
  // it.
  void GiveBackBehind(std::span<const GroupState::Outcome> outcomes, Operation* operation) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Why nothing will come any more.
  absl::Status Over() ABSL_LOCKS_EXCLUDED(mu_);

  absl::Status AddDue(ConsumerNumber consumer, uint64_t limit, Operation* operation,
                      DeliveredRuns* delivered) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status AddIdle(const GroupRead& read, Operation* operation, DeliveredRuns* delivered)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // How many new entries the consumer may have.
  uint64_t RoomFor(const GroupRead& read, const DeliveredRuns& delivered) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Look(const GroupRead& read, Operation* operation, DeliveredRuns* delivered)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status ClaimsAreRefused() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Decides one look at what there is, and queues it.
  absl::Status ReadUnder(std::string_view consumer, const GroupRead& read, Operation* operation,
                         DeliveredRuns* delivered) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // One look. True: nothing was handed out, but something changed, and there may be more.
  absl::StatusOr<bool> ReadOnce(std::string_view consumer, const GroupRead& read,
                                DeliveredRuns* delivered) ABSL_LOCKS_EXCLUDED(mu_);
  // What is due by `now_ms` already is kept back; a change will tell.
  absl::Time DueAfter(uint64_t now_ms) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // When a claim may find something that it does not find at `now_ms`.
  absl::Time IdleAfter(uint64_t now_ms, uint64_t claim_idle_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void HandOutNew(EntryRun run, const GroupRead& read, Operation* operation,
                  DeliveredRuns* delivered) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status AddNew(const GroupRead& read, Operation* operation, DeliveredRuns* delivered)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Hands out entries that were delivered before. Those that are no longer there are told in
  // `gone`, and not pending any more unless they are `kept`.
  absl::Status HandOutAgain(std::span<const GroupState::Outcome> outcomes,
                            std::vector<EntryId>* gone, bool kept, Operation* operation,
                            DeliveredRuns* delivered) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Decides what is claimed; `next`: of ClaimedRuns.
  using Choose =
      absl::FunctionRef<absl::Status(const PendingEvent& event, Operation* operation,
                                     std::vector<GroupState::Outcome>* outcomes, EntryId* next)>;
  absl::StatusOr<ClaimedRuns> ClaimWith(std::string_view consumer, const GroupClaim& claim,
                                        Choose choose) ABSL_LOCKS_EXCLUDED(mu_);
  // Adds the entries of the range that are not there any more, at most `limit`, to where the range
  // then ends; answers how many.
  uint64_t AddGone(uint64_t limit, PlaceRange* range, std::vector<PlaceRange>* gone) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What `outcomes` gives up becomes dead letters, in the same commit.
  absl::Status AddDeadLetters(std::span<const GroupState::Outcome> outcomes,
                              DeadLetterReason reason, Operation* operation)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  PendingEvent ClaimEvent(const GroupClaim& claim, const Operation& operation,
                          ConsumerNumber consumer) const;
  absl::Status AddForced(EntryId id, const PendingEvent& event, Operation* operation,
                         std::vector<GroupState::Outcome>* outcomes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  uint64_t NowMs() const;

  // Constant after construction.
  const GroupContext context_;
  const std::shared_ptr<StreamState> stream_;
  const GroupId id_;
  WaitLine line_;

  mutable Mutex mu_;  // before the committer's
  GroupRecord record_ ABSL_GUARDED_BY(mu_);
  // As it will be once what is queued is written.
  std::unique_ptr<GroupState> state_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<GroupJournal> journal_ ABSL_GUARDED_BY(mu_);
  // The newest row that may grow, and how those who have a part of it are told.
  std::shared_ptr<GrowingRecord> growing_ ABSL_GUARDED_BY(mu_);
  bool growing_done_at_once_ ABSL_GUARDED_BY(mu_) = false;
  std::unique_ptr<NewEntries> new_entries_ ABSL_GUARDED_BY(mu_);
  bool destroyed_ ABSL_GUARDED_BY(mu_) = false;
  uint16_t turn_ ABSL_GUARDED_BY(mu_) = 0;  // of an ordered group: where the next look begins
  // Something of it was not written: what is in the store counts, and is to be read.
  bool ahead_ ABSL_GUARDED_BY(mu_) = false;

  // A lock of its own, behind all others: whoever leaves the line may be a thread that commits, for
  // which another one waits under mu_.
  mutable Mutex waiting_mu_;
  // Who waits in line, how often; for ordered groups.
  absl::flat_hash_map<std::string, int, TransparentHash, std::equal_to<>> waiting_
      ABSL_GUARDED_BY(waiting_mu_);
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_LOADED_GROUP_H_
