#include "groups/loaded_group.h"

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/key_codec.h"
#include "log/request.h"

namespace evlog {

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
  growing_ = nullptr;
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
    request.done_at_once = operation->done_at_once;
    status = context_.committer->QueueAsync(&operation->request);
  } else {
    status = context_.committer->Queue(&request, &operation->lead);
  }
  ahead_ |= !status.ok();
  if (status.ok()) NoteQueued(operation);
  return status;
}

void LoadedGroup::NoteQueued(Operation* operation) const {
  operation->queued = true;
  if (context_.probe == nullptr) return;
  context_.probe->Count(operation->redelivered, operation->dead_letters);
}

absl::Status LoadedGroup::QueueShared(Operation* operation) {
  const GroupChange& change = operation->change;
  const auto join = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    growing_->Add(change, std::move(operation->done));
  };
  if (growing_ != nullptr && growing_done_at_once_ == operation->done_at_once &&
      context_.committer->Extend(*growing_, change.bytes(), join)) {
    journal_->Grow(change);
    NoteQueued(operation);
    return absl::OkStatus();
  }
  Request& request = *operation->request;
  growing_ = journal_->WriteGrowing(change, Encoder(), &request.rows);
  growing_->Add(change, std::move(operation->done));
  growing_done_at_once_ = operation->done_at_once;
  operation->done = [record = growing_](const absl::Status& status) { record->End(status); };
  request.growing = growing_;
  request.bytes = change.bytes();
  const absl::Status status = QueueRows(operation);
  if (!status.ok()) growing_ = nullptr;
  return status;
}

absl::Status LoadedGroup::Queue(Operation* operation) {
  if (operation->change.empty()) return absl::OkStatus();
  // Dead letters are of their own operation.
  if (operation->done && operation->request->stream == nullptr) return QueueShared(operation);
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

absl::StatusOr<bool> LoadedGroup::CopyTo(const StreamState& to, std::span<const GroupPosition> ends,
                                         Request* request) {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(Usable());
  if (!record_.options.dead_letters.empty() && record_.options.dead_letters == to.name()) {
    return InvalidArgument("group {} of stream {} has its dead letters in {}", Quoted(record_.name),
                           Quoted(stream_->name()), Quoted(to.name()));
  }
  journal_->CopyTo({to.id(), id_.group}, ends, Encoder(), &request->rows);
  return record_.options.durability == Durability::kSync;
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

size_t LoadedGroup::memory() const {
  MutexLock lock(mu_);
  return sizeof(*this) + state_->pending().memory();
}

absl::Status LoadedGroup::CheckInvariants() const {
  MutexLock lock(mu_);
  return state_->CheckInvariants();
}

}  // namespace evlog
