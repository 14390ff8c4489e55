#include "evlog/projection.h"

#include <utility>

#include "embedded/projection_impl.h"
#include "log/base/status.h"

namespace evlog {

namespace {

// A position without entries is committed when so many commits would be looked through again.
constexpr uint64_t kSkippedCommitsMax = 10'000;

}  // namespace

Projection::Impl::Impl(std::unique_ptr<EventLog> log, std::shared_ptr<ProjectionFence> fence,
                       ProjectionOptions options, ProjectionHandler handler)
    : log_(std::move(log)),
      fence_(std::move(fence)),
      options_(std::move(options)),
      handler_(std::move(handler)),
      batch_(log_.get(), ProjectionSpace(options_.name, options_.version)) {}

Projection::Impl::~Impl() {
  if (entered_) fence_->Leave(options_.version);
}

absl::Status Projection::Impl::Open() {
  RETURN_IF_ERROR(fence_->Enter(options_.version));
  entered_ = true;
  MutexLock lock(run_mu_);
  return Load();
}

// Begins where the last commit ended.
absl::Status Projection::Impl::Load() {
  if (cursor_) return absl::OkStatus();
  RETURN_IF_ERROR(RemoveOld());
  // Commits nothing: only asks whether it might.
  RETURN_IF_ERROR(fence_->Commit(
      options_.version, false, [this] { return Current(); }, [] { return absl::OkStatus(); }));
  ASSIGN_OR_RETURN(const uint64_t current, Current());
  current_ = current == options_.version;
  ProjectionRecord record;
  record.pattern = options_.pattern;
  ASSIGN_OR_RETURN(
      const std::optional<std::string> row,
      log_->GetState(kProjectionsSpace, ProjectionKey(options_.name, options_.version)));
  if (row) {
    ASSIGN_OR_RETURN(record, DecodeProjectionRecord(*row));
    if (record.pattern != options_.pattern) {
      return InvalidArgument(
          "version {} of projection {} has the pattern {}, not {}; another one is another version",
          options_.version, Quoted(options_.name), Quoted(record.pattern),
          Quoted(options_.pattern));
    }
  }
  ReadRequest request;
  request.pattern = options_.pattern;
  request.after = record.position;
  ASSIGN_OR_RETURN(Cursor cursor, log_->Read(request));
  cursor_.emplace(std::move(cursor));
  handled_ = record.position;
  MutexLock lock(record_mu_);
  record_ = std::move(record);
  return absl::OkStatus();
}

ProjectionRecord Projection::Impl::record() const {
  MutexLock lock(record_mu_);
  return record_;
}

absl::Status Projection::Impl::Handle(const ChunkView& view, const std::stop_token& stop) {
  uint32_t done = 0;
  for (const EntryView& entry : view) {
    ProjectionBatch batch(&batch_);
    absl::Status status = handler_({cursor_->stream(), entry}, batch);
    if (!status.ok()) {
      return Annotate(status, fmt::format("projection {}, version {}, at stream {}, id {}",
                                          Quoted(options_.name), options_.version,
                                          Quoted(cursor_->stream()), entry.id.ToString()));
    }
    ++done;
    ++pending_;
    const bool stopped = stop.stop_requested();
    if (pending_ >= options_.commit_entries || batch_.bytes() >= options_.commit_bytes || stopped) {
      RETURN_IF_ERROR(Commit(cursor_->position(done)));
      if (stopped && done < view.size()) cursor_.reset();  // the rest of the view comes again
      if (stopped) return absl::OkStatus();
    }
  }
  handled_ = cursor_->position();
  return absl::OkStatus();
}

absl::Status Projection::Impl::Commit(const Position& position) {
  ProjectionRecord record = this->record();
  record.position = position;
  record.entries += pending_;
  Transaction transaction = batch_.Take();
  transaction.PutState(kProjectionsSpace, ProjectionKey(options_.name, options_.version),
                       EncodeProjectionRecord(record));
  RETURN_IF_ERROR(fence_->Commit(
      options_.version, false, [this] { return Current(); },
      [&] { return log_->Commit(std::move(transaction), options_.durability).status(); }));
  pending_ = 0;
  handled_ = position;
  MutexLock lock(record_mu_);
  record_ = std::move(record);
  return absl::OkStatus();
}

// Commits what was handled; a position alone only now and then.
absl::Status Projection::Impl::Flush(const Position& position) {
  handled_ = position;
  if (pending_ != 0) return Commit(position);
  if (position.commit - record().position.commit < kSkippedCommitsMax) return absl::OkStatus();
  return Commit(position);
}

// Makes this version the current one, and those before it rubbish, in one commit.
absl::Status Projection::Impl::Promote() {
  if (current_) return absl::OkStatus();
  RETURN_IF_ERROR(Commit(handled_));
  ASSIGN_OR_RETURN(const std::vector<ProjectionVersion> versions,
                   ListProjectionVersions(*log_, options_.name));
  Transaction transaction;
  transaction.PutState(kProjectionsSpace, options_.name, EncodeCurrentVersion(options_.version));
  for (ProjectionVersion version : versions) {
    if (version.version >= options_.version) continue;
    version.record.removing = true;
    transaction.PutState(kProjectionsSpace, ProjectionKey(options_.name, version.version),
                         EncodeProjectionRecord(version.record));
  }
  RETURN_IF_ERROR(fence_->Commit(
      options_.version, true, [this] { return Current(); },
      [&] { return log_->Commit(std::move(transaction), options_.durability).status(); }));
  current_ = true;
  return RemoveOld();
}

// Finishes removals, those too that a crash cut short.
absl::Status Projection::Impl::RemoveOld() {
  ASSIGN_OR_RETURN(const std::vector<ProjectionVersion> versions,
                   ListProjectionVersions(*log_, options_.name));
  for (const ProjectionVersion& version : versions) {
    if (!version.record.removing) continue;
    RETURN_IF_ERROR(RemoveProjectionVersion(*log_, options_.name, version.version));
  }
  return absl::OkStatus();
}

absl::Status Projection::Impl::CatchUp(const std::stop_token& stop) {
  ChunkView view;
  for (;;) {
    RETURN_IF_ERROR(Load());
    if (stop.stop_requested()) return Flush(handled_);
    const absl::StatusOr<bool> more = cursor_->Next(&view, absl::InfinitePast(), stop);
    if (absl::IsCancelled(more.status())) return Flush(handled_);
    RETURN_IF_ERROR(more.status());
    if (!*more) break;
    RETURN_IF_ERROR(Handle(view, stop));
  }
  RETURN_IF_ERROR(Flush(cursor_->position()));
  return Promote();
}

absl::Status Projection::Impl::RunUntilDone(absl::Time deadline, const std::stop_token& stop,
                                            bool follow) {
  for (;;) {
    RETURN_IF_ERROR(CatchUp(stop));
    if (!follow || stop.stop_requested()) return absl::OkStatus();
    ChunkView view;
    const absl::StatusOr<bool> more = cursor_->Next(&view, deadline, stop);
    if (absl::IsCancelled(more.status())) return absl::OkStatus();
    RETURN_IF_ERROR(more.status());
    if (!*more) return absl::OkStatus();
    RETURN_IF_ERROR(Handle(view, stop));
  }
}

absl::Status Projection::Impl::Run(absl::Time deadline, const std::stop_token& stop) {
  if (!run_mu_.TryLock()) {
    return absl::FailedPreconditionError("another thread runs the projection");
  }
  const absl::Status status = RunUntilDone(deadline, stop, deadline != absl::InfinitePast());
  if (!status.ok()) {
    batch_.Clear();
    pending_ = 0;
    cursor_.reset();
  }
  run_mu_.Unlock();
  return status;
}

absl::StatusOr<uint64_t> Projection::Impl::RunOnce(const std::stop_token& stop) {
  const uint64_t before = record().entries;
  RETURN_IF_ERROR(Run(absl::InfinitePast(), stop));
  return record().entries - before;
}

Projection::Projection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Projection::Projection(Projection&&) noexcept = default;
Projection& Projection::operator=(Projection&&) noexcept = default;
Projection::~Projection() = default;

absl::StatusOr<uint64_t> Projection::RunOnce(std::stop_token stop) { return impl_->RunOnce(stop); }
absl::Status Projection::Run(absl::Time deadline, std::stop_token stop) {
  return impl_->Run(deadline, stop);
}
Position Projection::position() const { return impl_->record().position; }
uint64_t Projection::entries() const { return impl_->record().entries; }

}  // namespace evlog
