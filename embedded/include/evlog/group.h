// Consumer groups: the entries of a stream, shared out among consumers, each until it is
// acknowledged.
//
//   auto group = log->CreateGroup("orders", "billing", {.ack_wait = absl::Minutes(1)});
//   if (!group.ok()) return group.status();
//   for (;;) {
//     auto got = group->Read("worker-1", {.deadline = absl::Now() + absl::Seconds(5)});
//     if (!got.ok()) return got.status();
//     for (const evlog::Delivery& delivery : got->runs)
//       for (const evlog::EntryView& entry : delivery.entries) Bill(entry);
//     if (absl::Status acked = group->Ack(got->receipt).status(); !acked.ok()) return acked;
//   }
//
// An entry that was delivered is pending until it is acknowledged: when its consumer has had it for
// `ack_wait`, it goes to another one, and counts as delivered once more. That a consumer got it is
// committed before it gets it, so an entry that kills its consumer is counted, and can end among
// the dead letters instead of killing them all. docs/groups.md has the whole table, the guarantees,
// and what they ask of a handler.
#ifndef EVLOG_GROUP_H_
#define EVLOG_GROUP_H_

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

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/chunk_view.h"
#include "evlog/entry_id.h"
#include "evlog/group_options.h"
#include "evlog/read.h"
#include "evlog/trim.h"

namespace evlog {

// Which entries a consumer was handed, to settle them by. Cheap to keep; worth nothing after the
// group was destroyed.
class Receipt {
 public:
  Receipt() = default;
  uint64_t size() const { return size_; }  // entries
  bool empty() const { return size_ == 0; }
  // Of the entries for which `wanted` says so, by their place in the order in which they were
  // handed out.
  Receipt Select(absl::FunctionRef<bool(uint64_t index)> wanted) const;

 private:
  friend class Group;
  friend class Transaction;
  struct Range {
    uint16_t partition;
    uint64_t begin, end;
    uint32_t deliveries;
    uint64_t epoch;
  };
  std::vector<Range> ranges_;
  uint16_t consumer_ = UINT16_MAX;
  uint64_t size_ = 0;
};

// Entries in a row.
struct Delivery {
  ChunkView entries;
  uint32_t deliveries = 1;  // how often each was delivered, this time included
  // Since it was delivered before, or may have been delivered again; zero for a new one.
  absl::Duration idle = absl::ZeroDuration();
};

struct Deliveries {
  std::vector<Delivery> runs;
  Receipt receipt;  // of all of them
  // ReadPending: of what the consumer has, what was trimmed or deleted. It is pending still.
  std::vector<EntryId> gone = {};
  // Of a read that found nothing: when something may be due that was not due then; and whether
  // there may be something for other consumers (the group's limits, or another one's lease).
  absl::Time due = absl::InfiniteFuture();
  bool limited = false;

  uint64_t size() const { return receipt.size(); }
  bool empty() const { return receipt.empty(); }
};

struct GroupReadOptions {
  uint64_t count = 100;  // entries at most
  // By the log's clock: how long to wait while there is nothing. By default not at all. Who waits
  // is served in the order of coming.
  absl::Time deadline = absl::InfinitePast();
  std::stop_token stop = {};
  // They are acknowledged with their delivery: what the consumer then loses is lost.
  bool acknowledge = false;
  // Before what is new, takes what was given back, and what any consumer has had for so long.
  std::optional<absl::Duration> claim_idle = std::nullopt;
  // Of an ordered group: entries of one partition only, so that other reads of the same consumer
  // can have those of the others.
  bool one_partition = false;
};

struct NackOptions {
  enum class Kind : uint8_t {
    kFail,    // it counts as a delivery that failed
    kSilent,  // it was not tried: the delivery does not count
    kFatal,   // it will never work: to the dead letters, or else only claims deliver it
  };
  Kind kind = Kind::kFail;
  // When it may be delivered again. Else the group's back-off says, or at once.
  std::optional<absl::Duration> delay = std::nullopt;
  // In place of the count that follows from `kind`.
  std::optional<uint32_t> deliveries = std::nullopt;
  // By ids: also entries that are not pending, if they are there; they are then.
  bool force = false;
};

struct ClaimOptions {
  absl::Duration min_idle = absl::ZeroDuration();  // only what its consumer has had for so long
  bool counts = true;                              // as a delivery
  bool force = false;  // also what is not pending, if the entry is there
  // In place of now, and of one delivery more. For who takes over from another system.
  std::optional<absl::Time> delivered = std::nullopt;
  std::optional<uint32_t> deliveries = std::nullopt;
};

struct Claimed {
  Deliveries taken;
  std::vector<EntryId> gone;  // were pending and are no longer there; not pending any more
  // AutoClaim: where to go on. EntryId::Min(): that was all.
  EntryId next;
};

struct PendingSummary {
  uint64_t count = 0;
  EntryId first, last;  // of those, by id; Min(): nothing is pending
};

struct PendingFilter {
  EntryId from = EntryId::Min();
  EntryId until = EntryId::Max();
  uint64_t count = UINT64_MAX;
  absl::Duration min_idle = absl::ZeroDuration();  // not of what nobody has
  std::optional<std::string> consumer = std::nullopt;  // empty: what nobody has
};

struct PendingEntry {
  EntryId id;
  std::string consumer;  // empty: nobody has it, and it may be delivered again at `time`
  absl::Time time;       // of its last delivery
  uint32_t deliveries = 0;
};

struct GroupConsumer {
  std::string name;
  uint64_t pending = 0;
  absl::Time seen;                                  // it asked for something
  std::optional<absl::Time> active = std::nullopt;  // and got something; nullopt: never
};

struct GroupDescription {
  std::string name;
  GroupOptions options;
  uint64_t entries_read = 0;  // delivered for the first time
  EntryId last_delivered;     // the newest of those; Min(): none
  uint64_t lag = 0;           // entries that are there and were not delivered
  absl::Duration lag_age;     // of the oldest of those, by its id; 0: there is none
  uint64_t pending = 0;
  uint64_t released = 0;  // of which nobody has
  // Of an ordered group, by partition: which consumer it is leased to; empty: none.
  std::vector<std::string> leases;
  std::vector<GroupConsumer> consumers;
};

// Called once with the outcome of an asynchronous call: on the log's completion thread; on that of
// the group reads that wait; or, where nothing is written, by the caller before the call returns.
// Must not block for long, nor close the log.
using ReadCallback = absl::AnyInvocable<void(absl::StatusOr<Deliveries>) &&>;
using SettleCallback = absl::AnyInvocable<void(absl::StatusOr<uint64_t>) &&>;

// A place in the line of those who wait for entries of a group: for who waits for several groups at
// once, or in an event loop, and then reads without waiting. Who stands in line counts as there.
// Movable. The destructor leaves the line, and gives the turn to the next. Thread-safe but for
// that; valid as long as the log is.
class GroupPlace {
 public:
  GroupPlace();
  ~GroupPlace();
  GroupPlace(GroupPlace&&) noexcept;
  GroupPlace& operator=(GroupPlace&&) noexcept;

  // Whether it had the turn, which is over then. Who has it may read before the others.
  bool TakeTurn();
  // It found nothing for itself, but there may be something for others (Deliveries::limited).
  void PassOn();
  // Whether nobody else stands in the line.
  bool alone() const;
  // Calls `turn` then as well. Only the earliest such time counts until it has come.
  void WakeAt(absl::Time time);

 private:
  friend class Group;
  class Impl;
  explicit GroupPlace(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A handle to a group. Cheap to copy; copies are the same group. Keeps nothing open: once the log
// is closed its calls answer FAILED_PRECONDITION. Thread-safe.
//
// Each call blocks until what it changes is as durable as the group's options say. Errors of all:
//   NOT_FOUND            the group was destroyed, or its stream dropped
//   FAILED_PRECONDITION  the log is closed, latched or read only
//   UNAVAILABLE, RESOURCE_EXHAUSTED  the write failed; the outcome is unknown
//   DATA_LOSS            a row of the group, or an entry, is damaged
class Group {
 public:
  class Impl;

  explicit Group(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  const std::string& name() const;
  const std::string& stream() const;  // as it was called when the handle was made
  uint64_t stream_id() const;         // its number

  // Hands entries to the consumer, who need not be known yet: what is due again, and then what is
  // new, in the order of ids. Nothing when the deadline has come is no error.
  // Errors: CANCELLED (stop); INVALID_ARGUMENT (name of 1..kGroupNameBytesMax bytes, count);
  // RESOURCE_EXHAUSTED: too many consumers.
  absl::StatusOr<Deliveries> Read(std::string_view consumer, const GroupReadOptions& options = {});
  // What the consumer has already, by id from after `after` on: after a restart, for instance.
  // Counts as a delivery. Entries that are gone are left out.
  absl::StatusOr<Deliveries> ReadPending(std::string_view consumer, EntryId after = EntryId::Min(),
                                         uint64_t count = 100);

  // Settling, by receipt or by ids. Each answers how many entries it concerned: those that are not
  // pending (any more) do not count, which is no error.
  //
  // Ack: handled. Whoever has them by now.
  absl::StatusOr<uint64_t> Ack(const Receipt& receipt);
  absl::StatusOr<uint64_t> Ack(std::span<const EntryId> ids);
  // Acknowledges what is pending of these, and deletes those entries from the stream; with
  // References::kOnlyAcknowledged, those that no other group needs. Errors: also those of
  // Stream::Delete.
  absl::StatusOr<DeleteResult> AckDelete(std::span<const EntryId> ids,
                                         const DeleteOptions& options = {});
  // Nack: not handled, and given back. By receipt only those that its consumer still has.
  absl::StatusOr<uint64_t> Nack(const Receipt& receipt, const NackOptions& options = {});
  absl::StatusOr<uint64_t> Nack(std::span<const EntryId> ids, const NackOptions& options = {});
  // Extend: being handled; the wait for it begins anew. Only those that its consumer still has.
  absl::StatusOr<uint64_t> Extend(const Receipt& receipt);
  // Puts them into the dead letters, by hand. FAILED_PRECONDITION: the group has none.
  absl::StatusOr<uint64_t> DeadLetter(std::span<const EntryId> ids);

  // The same without a thread that waits for the disk, or for entries: for event loops. Outcomes of
  // what one thread asks for come in that order, but for reads that wait. ReadAsync waits, with its
  // deadline and stop, in the same line as Read does; it may read entries from the disk before it
  // returns. At most OpenOptions::in_flight_bytes should be under way; nothing holds the caller up.
  void ReadAsync(std::string_view consumer, const GroupReadOptions& options, ReadCallback done);
  // `turn` is called when the place may have the turn, by whichever thread makes it so, under locks
  // of the log: it must be quick, and call nothing of the log. Once at first if nobody else waits.
  absl::StatusOr<GroupPlace> StandInLine(std::string_view consumer, std::function<void()> turn);
  void AckAsync(const Receipt& receipt, SettleCallback done);
  void AckAsync(std::span<const EntryId> ids, SettleCallback done);
  void NackAsync(const Receipt& receipt, const NackOptions& options, SettleCallback done);
  void NackAsync(std::span<const EntryId> ids, const NackOptions& options, SettleCallback done);

  // Takes entries over, by id; those that the claim does not fit are left out.
  absl::StatusOr<Claimed> Claim(std::string_view consumer, std::span<const EntryId> ids,
                                const ClaimOptions& options = {});
  // At most `count` that have been idle, by id from `from` on; looks at `scan` entries at most.
  absl::StatusOr<Claimed> AutoClaim(std::string_view consumer, EntryId from, uint64_t count,
                                    const ClaimOptions& options, uint64_t scan = UINT64_MAX);

  absl::StatusOr<PendingSummary> SummarizePending();
  // By id. Costs what it looks through.
  absl::StatusOr<std::vector<PendingEntry>> ListPending(const PendingFilter& filter = {});

  // False: there is one of that name.
  absl::StatusOr<bool> AddConsumer(std::string_view consumer);
  // What it has is released at once; with `forget` it is not pending any more, and nobody will get
  // it. Answers how many entries that were.
  absl::StatusOr<uint64_t> RemoveConsumer(std::string_view consumer, bool forget = false);

  // Goes on from `to`, forwards or backwards; as CreateGroup's `from`. What is pending stays so;
  // with `forget` what lies at or behind `to` is not pending any more, as it will come again.
  absl::Status Seek(const Bound& to, bool forget = false);
  // Other options, all of them; in force at once. Errors: INVALID_ARGUMENT.
  absl::Status Alter(const GroupOptions& options);
  absl::StatusOr<GroupDescription> Describe();

 private:
  friend class Here;
  friend class Transaction;
  friend class Worker;
  struct Convert;
  std::shared_ptr<Impl> impl_;
};

}  // namespace evlog

#endif  // EVLOG_GROUP_H_
