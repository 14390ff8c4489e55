#include "evlog/group.h"

#include <algorithm>
#include <utility>

#include "absl/functional/function_ref.h"
#include "embedded/group_impl.h"
#include "embedded/here.h"
#include "groups/group_table.h"
#include "log/base/status.h"

namespace evlog {

namespace {

absl::Time TimeOf(uint64_t ms) { return absl::FromUnixMillis(static_cast<int64_t>(ms)); }

uint64_t MsOf(absl::Duration duration) {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Milliseconds(duration)));
}

absl::Status CheckConsumer(std::string_view name) {
  if (!name.empty() && name.size() <= kGroupNameBytesMax) return absl::OkStatus();
  return InvalidArgument("the name of a consumer has {} bytes; it must have 1..{}", name.size(),
                         kGroupNameBytesMax);
}

PendingEvent EventOf(const NackOptions& options) {
  PendingEvent event;
  event.kind = PendingEvent::Kind::kNack;
  switch (options.kind) {
    case NackOptions::Kind::kFail:
      event.nack = PendingEvent::Nack::kFail;
      break;
    case NackOptions::Kind::kSilent:
      event.nack = PendingEvent::Nack::kSilent;
      break;
    case NackOptions::Kind::kFatal:
      event.nack = PendingEvent::Nack::kFatal;
      break;
  }
  if (options.delay) event.delay_ms = MsOf(*options.delay);
  event.set_count = options.deliveries;
  event.force = options.force;
  return event;
}

GroupClaim ClaimOf(const ClaimOptions& options) {
  GroupClaim claim;
  claim.min_idle_ms = MsOf(options.min_idle);
  claim.counts = options.counts;
  claim.force = options.force;
  claim.set_count = options.deliveries;
  if (options.delivered) {
    claim.set_ms = static_cast<uint64_t>(std::max<int64_t>(0, ToUnixMillis(*options.delivered)));
  }
  return claim;
}

// Calls `look` with the clock of the group's log, on the group as it is now.
absl::Status ToRead(const Group::Impl& impl, absl::FunctionRef<absl::Status(Clock*)> look) {
  const std::shared_ptr<Log> log = impl.log.lock();
  if (log == nullptr) return absl::FailedPreconditionError("the log is closed");
  RETURN_IF_ERROR(log->CatchUpReadOnly());
  return log->LookTogether(impl.group->stream().get(), [&] {
    if (log->read_only()) impl.group->Forget();  // its owner may have written it anew
    return look(log->clock());
  });
}

absl::StatusOr<std::shared_ptr<Log>> ToChange(const Group::Impl& impl) {
  std::shared_ptr<Log> log = impl.log.lock();
  if (log == nullptr) return absl::FailedPreconditionError("the log is closed");
  if (log->read_only()) return absl::FailedPreconditionError("the log is open for reading only");
  return log;
}

absl::Status CheckCount(uint64_t count) {
  if (count != 0) return absl::OkStatus();
  return InvalidArgument("count is 0; it must be at least 1");
}

absl::Status CheckRead(std::string_view consumer, const GroupReadOptions& options) {
  RETURN_IF_ERROR(CheckConsumer(consumer));
  return CheckCount(options.count);
}

GroupRead ReadOf(const GroupReadOptions& options) {
  GroupRead read;
  read.count = options.count;
  read.acknowledged = options.acknowledge;
  if (options.claim_idle) read.claim_idle_ms = MsOf(*options.claim_idle);
  read.one_partition = options.one_partition;
  return read;
}

PendingEvent AckEvent() {
  PendingEvent event;
  event.kind = PendingEvent::Kind::kAck;
  return event;
}

}  // namespace

// Between what is handed out inside and what applications see.
struct Group::Convert {
  static Deliveries ToDeliveries(DeliveredRuns delivered) {
    Deliveries result;
    result.receipt.consumer_ = delivered.consumer;
    result.receipt.size_ = delivered.entries;
    for (DeliveredRun& run : delivered.runs) {
      result.receipt.ranges_.push_back(
          {run.range.partition, run.range.begin, run.range.end, run.deliveries, run.epoch});
      result.runs.push_back({std::move(run.view), run.deliveries,
                             absl::Milliseconds(static_cast<int64_t>(run.idle_ms))});
    }
    result.gone = std::move(delivered.gone);
    result.due = delivered.due;
    result.limited = delivered.limited;
    return result;
  }
  static GroupDone<DeliveredRuns> ToRuns(ReadCallback done) {
    return [done = std::move(done)](absl::StatusOr<DeliveredRuns> delivered) mutable {
      if (!delivered.ok()) return std::move(done)(delivered.status());
      std::move(done)(ToDeliveries(*std::move(delivered)));
    };
  }
  static Claimed ToClaimed(ClaimedRuns claimed) {
    return {ToDeliveries(std::move(claimed.delivered)), std::move(claimed.gone), claimed.next};
  }
  static absl::StatusOr<std::vector<HandedOut>> HandedOutIn(const Impl& impl,
                                                            const Receipt& receipt) {
    std::vector<HandedOut> handed;
    for (const Receipt::Range& range : receipt.ranges_) {
      if (range.partition >= impl.group->stream()->partitions()) {
        return InvalidArgument("the receipt is of another group");
      }
      handed.push_back({{range.partition, range.begin, range.end}, range.deliveries, range.epoch});
    }
    return handed;
  }
  static absl::StatusOr<uint64_t> Settle(const Impl& impl, const Receipt& receipt,
                                         PendingEvent event) {
    ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(impl));
    ASSIGN_OR_RETURN(const std::vector<HandedOut> handed, HandedOutIn(impl, receipt));
    event.consumer = receipt.consumer_;
    return impl.group->Settle(handed, event);
  }
  static absl::StatusOr<uint64_t> Settle(const Impl& impl, std::span<const EntryId> ids,
                                         const PendingEvent& event) {
    ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(impl));
    return impl.group->SettleIds(ids, event);
  }
  static void SettleAsync(const Impl& impl, const Receipt& receipt, PendingEvent event,
                          SettleCallback done) {
    const absl::StatusOr<std::shared_ptr<Log>> log = ToChange(impl);
    if (!log.ok()) return std::move(done)(log.status());
    const absl::StatusOr<std::vector<HandedOut>> handed = HandedOutIn(impl, receipt);
    if (!handed.ok()) return std::move(done)(handed.status());
    event.consumer = receipt.consumer_;
    impl.group->SettleAsync(*handed, event, std::move(done));
  }
  static void SettleAsync(const Impl& impl, std::span<const EntryId> ids, const PendingEvent& event,
                          SettleCallback done) {
    const absl::StatusOr<std::shared_ptr<Log>> log = ToChange(impl);
    if (!log.ok()) return std::move(done)(log.status());
    impl.group->SettleIdsAsync(ids, event, std::move(done));
  }
};

Receipt Receipt::Select(absl::FunctionRef<bool(uint64_t index)> wanted) const {
  Receipt selected;
  selected.consumer_ = consumer_;
  uint64_t index = 0;
  for (const Range& range : ranges_) {
    bool open = false;
    for (uint64_t offset = range.begin; offset < range.end; ++offset) {
      const bool in = wanted(index++);
      if (in && !open) {
        selected.ranges_.push_back(range);
        selected.ranges_.back().begin = offset;
      }
      open = in;
      if (!in) continue;
      selected.ranges_.back().end = offset + 1;
      ++selected.size_;
    }
  }
  return selected;
}

const std::string& Group::name() const { return impl_->name; }
const std::string& Group::stream() const { return impl_->stream; }
uint64_t Group::stream_id() const { return impl_->group->stream()->id().value(); }

absl::StatusOr<Deliveries> Group::Read(std::string_view consumer, const GroupReadOptions& options) {
  RETURN_IF_ERROR(CheckRead(consumer, options));
  ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(*impl_));
  ASSIGN_OR_RETURN(
      DeliveredRuns delivered,
      impl_->group->ReadWaiting(consumer, ReadOf(options), options.deadline, options.stop));
  return Convert::ToDeliveries(std::move(delivered));
}

void Group::ReadAsync(std::string_view consumer, const GroupReadOptions& options,
                      ReadCallback done) {
  if (absl::Status status = CheckRead(consumer, options); !status.ok()) {
    return std::move(done)(status);
  }
  const absl::StatusOr<std::shared_ptr<Log>> log = ToChange(*impl_);
  if (!log.ok()) return std::move(done)(log.status());
  impl_->group->ReadAsync(consumer, ReadOf(options), options.deadline, options.stop,
                          Convert::ToRuns(std::move(done)));
}

bool Here::Ack(Group& group, std::span<const EntryId> ids, SettleCallback done) {
  return ids.size() <= kEntriesMax && ToChange(*group.impl_).ok() &&
         group.impl_->group->AckIdsHere(ids, std::move(done));
}

bool Here::Read(Group& group, std::string_view consumer, const GroupReadOptions& options,
                ReadCallback done) {
  return CheckRead(consumer, options).ok() && ToChange(*group.impl_).ok() &&
         group.impl_->group->ReadHere(consumer, ReadOf(options), kEntriesMax,
                                      Group::Convert::ToRuns(std::move(done)));
}

absl::StatusOr<Deliveries> Group::ReadPending(std::string_view consumer, EntryId after,
                                              uint64_t count) {
  RETURN_IF_ERROR(CheckConsumer(consumer));
  RETURN_IF_ERROR(CheckCount(count));
  ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(*impl_));
  ASSIGN_OR_RETURN(DeliveredRuns delivered, impl_->group->ReadAgain(consumer, after, count));
  return Convert::ToDeliveries(std::move(delivered));
}

absl::StatusOr<uint64_t> Group::Ack(const Receipt& receipt) {
  return Convert::Settle(*impl_, receipt, AckEvent());
}

absl::StatusOr<uint64_t> Group::Ack(std::span<const EntryId> ids) {
  return Convert::Settle(*impl_, ids, AckEvent());
}

void Group::AckAsync(const Receipt& receipt, SettleCallback done) {
  Convert::SettleAsync(*impl_, receipt, AckEvent(), std::move(done));
}

void Group::AckAsync(std::span<const EntryId> ids, SettleCallback done) {
  Convert::SettleAsync(*impl_, ids, AckEvent(), std::move(done));
}

void Group::NackAsync(const Receipt& receipt, const NackOptions& options, SettleCallback done) {
  PendingEvent event = EventOf(options);
  event.of_consumer = true;
  Convert::SettleAsync(*impl_, receipt, event, std::move(done));
}

void Group::NackAsync(std::span<const EntryId> ids, const NackOptions& options,
                      SettleCallback done) {
  Convert::SettleAsync(*impl_, ids, EventOf(options), std::move(done));
}

absl::StatusOr<uint64_t> Group::Nack(const Receipt& receipt, const NackOptions& options) {
  PendingEvent event = EventOf(options);
  event.of_consumer = true;
  return Convert::Settle(*impl_, receipt, event);
}

absl::StatusOr<uint64_t> Group::Nack(std::span<const EntryId> ids, const NackOptions& options) {
  return Convert::Settle(*impl_, ids, EventOf(options));
}

absl::StatusOr<uint64_t> Group::Extend(const Receipt& receipt) {
  PendingEvent event;
  event.kind = PendingEvent::Kind::kExtend;
  return Convert::Settle(*impl_, receipt, event);
}

absl::StatusOr<uint64_t> Group::DeadLetter(std::span<const EntryId> ids) {
  PendingEvent event;
  event.kind = PendingEvent::Kind::kDeadLetter;
  return Convert::Settle(*impl_, ids, event);
}

absl::StatusOr<DeleteResult> Group::AckDelete(std::span<const EntryId> ids,
                                              const DeleteOptions& options) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(*impl_));
  const std::shared_ptr<LogGroups> groups = impl_->groups.lock();
  if (groups == nullptr) return absl::FailedPreconditionError("the log is closed");
  return evlog::AckDelete(&groups->table(), impl_->group.get(), ids, options.references,
                          DeleterOf(*log, impl_->group->stream(), options.durability));
}

absl::StatusOr<Claimed> Group::Claim(std::string_view consumer, std::span<const EntryId> ids,
                                     const ClaimOptions& options) {
  RETURN_IF_ERROR(CheckConsumer(consumer));
  ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(*impl_));
  ASSIGN_OR_RETURN(ClaimedRuns claimed, impl_->group->Claim(consumer, ids, ClaimOf(options)));
  return Convert::ToClaimed(std::move(claimed));
}

absl::StatusOr<Claimed> Group::AutoClaim(std::string_view consumer, EntryId from, uint64_t count,
                                         const ClaimOptions& options, uint64_t scan) {
  RETURN_IF_ERROR(CheckConsumer(consumer));
  RETURN_IF_ERROR(CheckCount(count));
  ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(*impl_));
  ASSIGN_OR_RETURN(ClaimedRuns claimed,
                   impl_->group->AutoClaim(consumer, from, count, scan, ClaimOf(options)));
  return Convert::ToClaimed(std::move(claimed));
}

absl::StatusOr<PendingSummary> Group::SummarizePending() {
  PendingSummary found;
  RETURN_IF_ERROR(ToRead(*impl_, [&](Clock*) -> absl::Status {
    ASSIGN_OR_RETURN(const LoadedGroup::PendingSummary summary, impl_->group->SummarizePending());
    found = {summary.count, summary.first, summary.last};
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<PendingEntry>> Group::ListPending(const PendingFilter& filter) {
  std::vector<PendingEntry> found;
  RETURN_IF_ERROR(ToRead(*impl_, [&](Clock* clock) {
    found.clear();
    const absl::Time now = clock->Now();
    const absl::Time idle_since = now - filter.min_idle;
    return impl_->group->VisitPending(
        filter.from, [&](EntryId id, const Pending& pending, std::string_view consumer) {
          if (id > filter.until || found.size() >= filter.count) return false;
          if (filter.consumer && consumer != *filter.consumer) return true;
          const absl::Time time = TimeOf(pending.ms);
          // What nobody has may be taken from its time on.
          const absl::Time taken_from = pending.owned() ? idle_since : now;
          if (filter.min_idle > absl::ZeroDuration() && time > taken_from) return true;
          found.push_back({id, std::string(consumer), time, pending.count});
          return true;
        });
  }));
  return found;
}

absl::StatusOr<bool> Group::AddConsumer(std::string_view consumer) {
  RETURN_IF_ERROR(CheckConsumer(consumer));
  ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(*impl_));
  return impl_->group->AddConsumer(consumer);
}

absl::StatusOr<uint64_t> Group::RemoveConsumer(std::string_view consumer, bool forget) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(*impl_));
  return impl_->group->RemoveConsumer(consumer, forget);
}

absl::Status Group::Seek(const Bound& to, bool forget) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(*impl_));
  ASSIGN_OR_RETURN(const std::vector<GroupPosition> positions,
                   PositionsAt(log->store(), *impl_->group->stream(), to));
  return impl_->group->Seek(positions, forget);
}

absl::Status Group::Alter(const GroupOptions& options) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Log> log, ToChange(*impl_));
  return impl_->group->Alter(options);
}

absl::StatusOr<GroupDescription> Group::Describe() {
  GroupInfo info;
  RETURN_IF_ERROR(ToRead(*impl_, [&](Clock*) -> absl::Status {
    ASSIGN_OR_RETURN(info, impl_->group->Describe());
    return absl::OkStatus();
  }));
  GroupDescription description;
  description.name = std::move(info.name);
  description.options = std::move(info.options);
  description.entries_read = info.entries_read;
  for (const GroupPosition& position : info.positions) {
    description.last_delivered = std::max(description.last_delivered, position.last_id);
  }
  description.lag = info.lag;
  description.lag_age = absl::Milliseconds(static_cast<int64_t>(info.lag_ms));
  description.leases = std::move(info.leases);
  description.pending = info.pending;
  description.released = info.released;
  for (GroupConsumerInfo& consumer : info.consumers) {
    GroupConsumer& shown = description.consumers.emplace_back();
    shown.name = std::move(consumer.name);
    shown.pending = consumer.pending;
    shown.seen = TimeOf(consumer.seen_ms);
    if (consumer.active_ms != 0) shown.active = TimeOf(consumer.active_ms);
  }
  return description;
}

}  // namespace evlog
