#include "groups/loaded_group.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "log/base/status.h"
#include "log/key_codec.h"
#include "log/request.h"
#include "log/row_finder.h"
#include "log/sequencer.h"

namespace evlog {

namespace {

using Effect = PendingTransition::Effect;

DeadLetterReason ReasonOf(const PendingEvent& event) {
  if (event.kind == PendingEvent::Kind::kDeadLetter) return DeadLetterReason::kRequested;
  return event.nack == PendingEvent::Nack::kFatal ? DeadLetterReason::kFatal
                                                  : DeadLetterReason::kDeliveries;
}

}  // namespace

LoadedGroup::LoadedGroup(GroupContext context, std::shared_ptr<StreamState> stream, GroupId id)
    : context_(context), stream_(std::move(stream)), id_(id) {
  MutexLock lock(mu_);
  MakeEmpty();
  stream_->Watch(&line_);
}

LoadedGroup::~LoadedGroup() { stream_->Unwatch(&line_); }

void LoadedGroup::MakeEmpty() {
  state_ = std::make_unique<GroupState>(stream_->partitions());
  journal_ = std::make_unique<GroupJournal>(id_, state_.get());
  new_entries_ = std::make_unique<NewEntries>(context_.store, stream_);
}

uint64_t LoadedGroup::NowMs() const {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(context_.clock->Now())));
}

absl::Status LoadedGroup::Usable() {
  if (destroyed_) {
    return Error(absl::StatusCode::kNotFound, "group {} was destroyed", Quoted(record_.name));
  }
  if (stream_->dropped()) {
    return Error(absl::StatusCode::kNotFound, "stream {} was dropped", Quoted(stream_->name()));
  }
  return ahead_ ? LoadAgain() : absl::OkStatus();
}

absl::Status LoadedGroup::LoadAgain() {
  // What was queued before is written then, or never.
  if (context_.committer != nullptr) {
    Request all_before;
    RETURN_IF_ERROR(context_.committer->Run(&all_before));
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   context_.store->Get(Family::kGroups, EncodeGroupKey(id_).view()));
  if (!row) {
    destroyed_ = true;
    return Usable();
  }
  ASSIGN_OR_RETURN(GroupRecord record, DecodeGroupRecord(*row));
  MakeEmpty();
  RETURN_IF_ERROR(LoadFrom(std::move(record)));
  ahead_ = false;
  return absl::OkStatus();
}

absl::Status LoadedGroup::LoadFrom(GroupRecord record) {
  state_->SetPolicy(PolicyOf(record.options));
  RETURN_IF_ERROR(journal_->Load(*context_.store, record.head));
  record.head.clear();
  record_ = std::move(record);
  new_entries_->Start(*state_);
  return absl::OkStatus();
}

absl::Status LoadedGroup::QueueRows(Operation* operation) {
  Request& request = *operation->request;
  request.durability = record_.options.durability;
  for (const Row& row : request.rows) {
    request.bytes += row.key.size() + (row.value ? row.value->size() : 0);
  }
  absl::Status status;
  if (operation->done) {
    request.done = [group = shared_from_this(), done = std::move(operation->done)](
                       const absl::StatusOr<AppendResult>& result) mutable {
      group->Joined(result.status());
      std::move(done)(result.status());
    };
    status = context_.committer->QueueAsync(&operation->request);
  } else {
    status = context_.committer->Queue(&request, &operation->lead);
  }
  operation->queued = status.ok();
  ahead_ |= !status.ok();
  return status;
}

absl::Status LoadedGroup::Queue(Operation* operation) {
  if (operation->change.empty()) return absl::OkStatus();
  journal_->Write(operation->change, Encoder(), &operation->request->rows);
  return QueueRows(operation);
}

absl::Status LoadedGroup::Finish(Operation* operation) {
  if (!operation->queued) return absl::OkStatus();
  const absl::Status status =
      context_.committer->Finish(operation->request.get(), std::move(operation->lead));
  Joined(status);
  return status;
}

void LoadedGroup::Joined(const absl::Status& status) {
  if (!status.ok()) return Forget();
  line_.Nudge();  // what it changed may be due, and who waits must know when
}

void LoadedGroup::Forget() {
  {
    MutexLock lock(mu_);
    ahead_ = true;
  }
  line_.Nudge();
}

absl::Status LoadedGroup::Create(std::string name, const GroupOptions& options,
                                 std::span<const GroupPosition> positions) {
  Operation operation;
  {
    MutexLock lock(mu_);
    record_.name = std::move(name);
    record_.options = options;
    state_->SetPolicy(PolicyOf(options));
    GroupChange change;
    state_->Seek(positions, false, &change);
    state_->ApplyHead(change);
    journal_->Begin(Encoder(), &operation.request->rows);
    new_entries_->Start(*state_);
    RETURN_IF_ERROR(QueueRows(&operation));
  }
  return Finish(&operation);
}

absl::Status LoadedGroup::Load(GroupRecord record) {
  MutexLock lock(mu_);
  return LoadFrom(std::move(record));
}

absl::Status LoadedGroup::AddDeadLetters(std::span<const GroupState::Outcome> outcomes,
                                         DeadLetterReason reason, Operation* operation) {
  DeadLetterOrigin origin;
  origin.group = record_.name;
  origin.reason = reason;
  origin.ms = operation->now_ms;
  internal::BatchData letters;
  for (const GroupState::Outcome& outcome : outcomes) {
    if (outcome.now.effect != Effect::kDeadLettered || record_.options.dead_letters.empty()) {
      continue;
    }
    origin.stream = stream_->name();
    origin.deliveries = outcome.was.pending.count;
    const ConsumerState* const consumer = state_->consumer(outcome.was.pending.owner);
    origin.consumer = consumer == nullptr ? std::string() : consumer->name;
    ASSIGN_OR_RETURN(const std::vector<EntryRun> runs,
                     ReadRange(*context_.store, stream_, outcome.was.range));
    for (const EntryRun& run : runs) {
      for (const EntryView& entry : run.view) {
        origin.id = entry.id;
        RETURN_IF_ERROR(AddDeadLetter(entry, origin, &letters));
      }
    }
  }
  if (letters.count() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::shared_ptr<StreamState> stream,
                   context_.open_stream(stream_->database(), record_.options.dead_letters,
                                        record_.options.durability));
  operation->request->bytes += letters.bytes();
  return PrepareAppend(std::move(stream), std::move(letters), operation->request.get());
}

absl::Status LoadedGroup::CheckSettling(const PendingEvent& event) const {
  if (event.kind != PendingEvent::Kind::kDeadLetter || !record_.options.dead_letters.empty()) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, "group {} has no dead letters",
               Quoted(record_.name));
}

absl::Status LoadedGroup::FinishSettling(std::span<const GroupState::Outcome> outcomes,
                                         const PendingEvent& event, Operation* operation,
                                         uint64_t* concerned) {
  *concerned = 0;
  for (const GroupState::Outcome& outcome : outcomes) *concerned += outcome.was.range.count();
  if (ordered()) GiveBackBehind(outcomes, operation);
  RETURN_IF_ERROR(AddDeadLetters(outcomes, ReasonOf(event), operation));
  return Queue(operation);
}

absl::Status LoadedGroup::SettleRanges(std::span<const PlaceRange> ranges, PendingEvent event,
                                       Operation* operation, uint64_t* concerned) {
  RETURN_IF_ERROR(CheckSettling(event));
  operation->now_ms = event.now_ms = NowMs();
  std::vector<GroupState::Outcome> outcomes;
  for (const PlaceRange& range : ranges) {
    state_->Send(range, event, {}, &operation->change, &outcomes);
  }
  return FinishSettling(outcomes, event, operation, concerned);
}

absl::Status LoadedGroup::SettleUnder(std::span<const EntryId> ids, PendingEvent event,
                                      Operation* operation, uint64_t* concerned) {
  RETURN_IF_ERROR(Usable());
  RETURN_IF_ERROR(CheckSettling(event));
  operation->now_ms = event.now_ms = NowMs();
  PendingEvent of_pending = event;
  of_pending.force = false;
  std::vector<GroupState::Outcome> outcomes;
  for (const PlaceRange& range : RangesOf(ids)) {
    state_->Send(range, of_pending, {}, &operation->change, &outcomes);
  }
  if (event.force) {
    absl::flat_hash_set<std::pair<uint64_t, uint64_t>> seen;
    for (const EntryId id : ids) {
      if (state_->pending().PlaceOf(id) || !seen.insert({id.ms, id.seq}).second) continue;
      RETURN_IF_ERROR(AddForced(id, event, operation, &outcomes));
    }
  }
  return FinishSettling(outcomes, event, operation, concerned);
}

absl::Status LoadedGroup::SettleHanded(std::span<const HandedOut> handed, PendingEvent event,
                                       Operation* operation, uint64_t* concerned) {
  RETURN_IF_ERROR(Usable());
  std::vector<PlaceRange> ranges;
  for (const HandedOut& part : handed) {
    if (Holds(event.consumer, part.range.partition, part.epoch)) ranges.push_back(part.range);
  }
  event.of_consumer |= ordered();
  state_->SawConsumer(event.consumer, NowMs());
  return SettleRanges(ranges, event, operation, concerned);
}

absl::StatusOr<uint64_t> LoadedGroup::Settle(std::span<const HandedOut> handed,
                                             PendingEvent event) {
  Operation operation;
  uint64_t concerned = 0;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(SettleHanded(handed, event, &operation, &concerned));
  }
  RETURN_IF_ERROR(Finish(&operation));
  return concerned;
}

absl::StatusOr<uint64_t> LoadedGroup::SettleIds(std::span<const EntryId> ids, PendingEvent event) {
  Operation operation;
  uint64_t concerned = 0;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(SettleUnder(ids, event, &operation, &concerned));
  }
  RETURN_IF_ERROR(Finish(&operation));
  return concerned;
}

std::vector<PlaceRange> LoadedGroup::RangesOf(std::span<const EntryId> ids) const {
  std::vector<EntryPlace> places;
  for (const EntryId id : ids) {
    const std::optional<EntryPlace> place = state_->pending().PlaceOf(id);
    if (place) places.push_back(*place);
  }
  // An id that is given twice counts once.
  std::sort(places.begin(), places.end());
  std::vector<PlaceRange> ranges;
  for (const EntryPlace place : places) {
    PlaceRange* const last = ranges.empty() ? nullptr : &ranges.back();
    if (last != nullptr && last->partition == place.partition && place.offset <= last->end) {
      last->end = place.offset + 1;
    } else {
      ranges.push_back({place.partition, place.offset, place.offset + 1});
    }
  }
  return ranges;
}

absl::Status LoadedGroup::Seek(std::span<const GroupPosition> positions, bool forget) {
  Operation operation;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(Usable());
    // In an ordered group nothing that was handed out may be left over beside what comes again.
    state_->Seek(positions, forget || ordered(), &operation.change);
    RETURN_IF_ERROR(Queue(&operation));
    new_entries_->Start(*state_);
  }
  return Finish(&operation);
}

absl::Status LoadedGroup::Destroy() {
  Operation operation;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(Usable());
    journal_->Erase(&operation.request->rows);
    RETURN_IF_ERROR(QueueRows(&operation));
    destroyed_ = true;
  }
  return Finish(&operation);
}

absl::StatusOr<GroupInfo> LoadedGroup::Describe() {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  GroupInfo info;
  info.name = record_.name;
  info.options = record_.options;
  info.entries_read = state_->entries_read();
  info.pending = state_->pending().count();
  info.released = state_->pending().released();
  for (const Lease& lease : state_->leases()) {
    const ConsumerState* const owner = state_->consumer(lease.owner);
    info.leases.push_back(owner == nullptr || !ordered() ? std::string() : owner->name);
  }
  uint64_t oldest_ms = UINT64_MAX;
  for (uint32_t p = 0; p < state_->partitions(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    const uint64_t next = state_->position(partition).next_offset;
    info.positions.push_back(state_->position(partition));
    info.lag += stream_->CountLive(partition, next, UINT64_MAX);
    const StreamState::LiveRun live = stream_->NextLive(partition, next, UINT64_MAX, false);
    if (live.begin == live.end) continue;
    ASSIGN_OR_RETURN(const std::vector<EntryRun> first,
                     ReadRange(*context_.store, stream_, {partition, live.begin, live.begin + 1}));
    for (const EntryRun& run : first) oldest_ms = std::min(oldest_ms, run.ids.front().first.ms);
  }
  const uint64_t now_ms = NowMs();
  info.lag_ms = now_ms > oldest_ms ? now_ms - oldest_ms : 0;
  state_->VisitConsumers(
      [&](ConsumerNumber number, const ConsumerState& consumer) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        info.consumers.push_back({consumer.name, state_->pending().CountOf(number),
                                  consumer.seen_ms, consumer.active_ms});
      });
  return info;
}

absl::StatusOr<std::vector<LoadedGroup::Need>> LoadedGroup::NeedOf(std::span<const EntryId> ids) {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  std::vector<Need> needs;
  for (const EntryId id : ids) {
    const auto partition =
        static_cast<uint16_t>(stream_->partitioned_ids() ? id.seq & (kPartitionsMax - 1) : 0);
    Need& need = needs.emplace_back(Need::kNone);
    if (partition >= state_->partitions()) continue;
    if (state_->pending().PlaceOf(id)) {
      need = Need::kPending;
      continue;
    }
    const GroupPosition& position = state_->position(partition);
    bool delivered = id <= position.last_id;
    if (position.last_id == EntryId::Min() && position.next_offset != 0) {
      // It began at an offset, and has delivered nothing yet.
      ASSIGN_OR_RETURN(const Place place,
                       FindPlace(*context_.store, stream_->partition_id(partition), id));
      delivered = place.offset < position.next_offset;
    }
    if (!delivered) need = Need::kNotDelivered;
  }
  return needs;
}

absl::StatusOr<std::vector<uint64_t>> LoadedGroup::FirstNeeded() {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  std::vector<uint64_t> needed;
  for (uint32_t p = 0; p < state_->partitions(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    needed.push_back(state_->position(partition).next_offset);
    // What was trimmed is needed no more, though it is pending.
    const uint64_t first = stream_->Head(partition).first_offset;
    const std::optional<PlaceRun> pending = state_->pending().At(partition, first);
    if (pending) needed.back() = std::min(needed.back(), pending->range.begin);
  }
  return needed;
}

absl::StatusOr<LoadedGroup::PendingSummary> LoadedGroup::SummarizePending() {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  PendingSummary summary;
  const PendingSet& pending = state_->pending();
  summary.count = pending.count();
  for (uint32_t p = 0; p < state_->partitions(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    const std::optional<PlaceRun> first = pending.At(partition, 0);
    if (!first) continue;
    const EntryId id = pending.IdAt({partition, first->range.begin});
    summary.first = summary.last == EntryId::Min() ? id : std::min(summary.first, id);
    summary.last = std::max(summary.last, pending.IdAt(*pending.Last(partition)));
  }
  return summary;
}

absl::Status LoadedGroup::ForgetTrimmed() {
  Operation operation;
  {
    MutexLock lock(mu_);
    RETURN_IF_ERROR(Usable());
    for (uint32_t p = 0; p < state_->partitions(); ++p) {
      const auto partition = static_cast<uint16_t>(p);
      const uint64_t first = stream_->Head(partition).first_offset;
      const std::optional<PlaceRun> run = state_->pending().At(partition, 0);
      if (!run || run->range.begin >= first) continue;
      operation.change.pending.emplace_back().range = {partition, run->range.begin, first};
    }
    RETURN_IF_ERROR(Queue(&operation));
  }
  return Finish(&operation);
}

absl::Status LoadedGroup::VisitPending(
    EntryId from, absl::FunctionRef<bool(EntryId, const Pending&, std::string_view consumer)> see) {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  state_->pending().VisitById(
      from, [&](const PlaceRun& run, EntryId) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        const ConsumerState* const consumer =
            run.pending.owned() ? state_->consumer(run.pending.owner) : nullptr;
        for (uint64_t i = run.range.begin; i < run.range.end; ++i) {
          const EntryId id = state_->pending().IdAt({run.range.partition, i});
          if (!see(id, run.pending, consumer == nullptr ? std::string_view() : consumer->name)) {
            return false;
          }
        }
        return true;
      });
  return absl::OkStatus();
}

size_t LoadedGroup::memory() const {
  MutexLock lock(mu_);
  return sizeof(*this) + state_->pending().memory();
}

absl::Status LoadedGroup::CheckInvariants() const {
  MutexLock lock(mu_);
  return state_->CheckInvariants();
}

}  // namespace evlog
