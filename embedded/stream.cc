#include "evlog/stream.h"

#include <utility>

#include "embedded/here.h"
#include "embedded/stream_impl.h"
#include "embedded/watch_impl.h"
#include "groups/references.h"
#include "log/base/status.h"

namespace evlog {

namespace {

absl::Status Closed() { return absl::FailedPreconditionError("the log is closed"); }

absl::Status CheckBatchOptions(const AppendOptions& options) {
  if (!options.key && !options.id) return absl::OkStatus();
  return InvalidArgument("the key and the id of a batch's entries are given to Batch::Add");
}

}  // namespace

const std::string& Stream::name() const { return impl_->name; }
int Stream::database() const {
  const uint8_t home = impl_->state->database();
  const std::shared_ptr<Log> log = impl_->log.lock();
  return log == nullptr ? home : log->databases().AtHome(home);
}
uint64_t Stream::id() const { return impl_->state->id().value(); }
StreamOptions Stream::options() const { return impl_->state->options(); }

absl::StatusOr<AppendResult> Stream::Append(Fields fields, const AppendOptions& options) {
  internal::BatchData batch;
  RETURN_IF_ERROR(batch.Add(fields, {.key = options.key, .id = options.id}));
  const std::shared_ptr<Log> log = impl_->log.lock();
  if (log == nullptr) return Closed();
  return log->Append(impl_->state, std::move(batch), options);
}

absl::StatusOr<AppendResult> Stream::Append(Batch&& batch, const AppendOptions& options) {
  internal::BatchData taken = internal::BatchData::Take(std::move(batch));
  RETURN_IF_ERROR(CheckBatchOptions(options));
  const std::shared_ptr<Log> log = impl_->log.lock();
  if (log == nullptr) return Closed();
  return log->Append(impl_->state, std::move(taken), options);
}

void Stream::AppendAsync(Batch&& batch, const AppendOptions& options, AppendCallback done) {
  Here::AppendAndTrim(*this, std::move(batch), options, {}, std::move(done));
}

bool Here::CanTrim(const Stream& stream, const TrimOptions& trim) {
  const Retention& keep = trim.keep;
  const StreamState& state = *stream.impl_->state;
  return keep.max_entries && !keep.max_bytes && !keep.max_age && !keep.min_id && !trim.dry_run &&
         trim.references == References::kKeep && state.partitions() == 1 &&
         !state.visible_when_synced();
}

void Here::AppendAndTrim(const Stream& stream, Batch&& batch, const AppendOptions& options,
                         const TrimOptions& trim, AppendCallback done) {
  internal::BatchData taken = internal::BatchData::Take(std::move(batch));
  const std::shared_ptr<Log> log = stream.impl_->log.lock();
  if (log == nullptr) return std::move(done)(Closed());  // no thread is left to call it
  if (absl::Status status = CheckBatchOptions(options); !status.ok()) {
    return log->Refuse(std::move(done), status);
  }
  log->AppendAsync(stream.impl_->state, std::move(taken), options, std::move(done), trim);
}

absl::StatusOr<Ticket> Stream::Schedule(Fields fields, absl::Time at,
                                        const ScheduleOptions& options) {
  internal::BatchData batch;
  RETURN_IF_ERROR(batch.Add(fields, {.key = options.key, .id = std::nullopt}));
  const std::shared_ptr<Log> log = impl_->log.lock();
  if (log == nullptr) return Closed();
  return log->Schedule(impl_->state, std::move(batch), at, options);
}

absl::StatusOr<Ticket> Stream::Schedule(Batch&& batch, absl::Time at,
                                        const ScheduleOptions& options) {
  internal::BatchData taken = internal::BatchData::Take(std::move(batch));
  RETURN_IF_ERROR(CheckBatchOptions({.key = options.key}));
  const std::shared_ptr<Log> log = impl_->log.lock();
  if (log == nullptr) return Closed();
  return log->Schedule(impl_->state, std::move(taken), at, options);
}

absl::StatusOr<TrimResult> Stream::Trim(const TrimOptions& options) {
  const std::shared_ptr<Log> log = impl_->log.lock();
  const std::shared_ptr<LogGroups> groups = impl_->groups.lock();
  if (log == nullptr || groups == nullptr) return Closed();
  ASSIGN_OR_RETURN(const TrimResult result, log->Trim(impl_->state, options));
  if (options.references == References::kDrop && !options.dry_run) {
    RETURN_IF_ERROR(ForgetTrimmed(&groups->table(), impl_->state));
  }
  return result;
}

absl::StatusOr<DeleteResult> Stream::Delete(std::span<const EntryId> ids,
                                            const DeleteOptions& options) {
  const std::shared_ptr<Log> log = impl_->log.lock();
  const std::shared_ptr<LogGroups> groups = impl_->groups.lock();
  if (log == nullptr || groups == nullptr) return Closed();
  return DeleteWithReferences(&groups->table(), impl_->state, ids, options.references,
                              DeleterOf(*log, impl_->state, options.durability));
}

absl::StatusOr<Watch> Stream::OnChange(ChangeCallback changed) const {
  const std::shared_ptr<Log> log = impl_->log.lock();
  if (log == nullptr) return Closed();
  if (log->read_only()) {
    return absl::FailedPreconditionError("a log that is open for reading only tells of no changes");
  }
  return Watch(std::make_unique<EntriesWatch>(impl_->state, std::move(changed)));
}

}  // namespace evlog
