#include "embedded/local_event_log.h"

#include <string>
#include <utility>

#include "log/base/status.h"

namespace evlog {

// A stream that outlives its log finds it closed: it owns the stream's state, and of the log only
// as much as lets it ask whether it is still there.
class Stream::Impl {
 public:
  std::weak_ptr<Log> log;
  std::shared_ptr<StreamState> state;
};

class Cursor::Impl {
 public:
  std::shared_ptr<Log> log;  // outlives the reader
  std::unique_ptr<StreamReader> reader;
};

namespace {

absl::Status Closed() { return absl::FailedPreconditionError("the log is closed"); }

}  // namespace

const std::string& Stream::name() const { return impl_->state->name(); }
const StreamOptions& Stream::options() const { return impl_->state->options(); }

absl::StatusOr<AppendResult> Stream::Append(Fields fields, const AppendOptions& options) {
  internal::BatchData batch;
  RETURN_IF_ERROR(batch.Add(fields, {.key = options.key, .id = options.id}));
  const std::shared_ptr<Log> log = impl_->log.lock();
  if (log == nullptr) return Closed();
  return log->Append(impl_->state, std::move(batch), options.durability);
}

absl::StatusOr<AppendResult> Stream::Append(Batch&& batch, const AppendOptions& options) {
  internal::BatchData taken = internal::BatchData::Take(std::move(batch));
  if (options.key || options.id) {
    return InvalidArgument("the key and the id of a batch's entries are given to Batch::Add");
  }
  const std::shared_ptr<Log> log = impl_->log.lock();
  if (log == nullptr) return Closed();
  return log->Append(impl_->state, std::move(taken), options.durability);
}

void Stream::AppendAsync(Batch&& batch, const AppendOptions& options, AppendCallback done) {
  internal::BatchData taken = internal::BatchData::Take(std::move(batch));
  const std::shared_ptr<Log> log = impl_->log.lock();
  if (log == nullptr) return std::move(done)(Closed());  // no thread is left to call it
  if (options.key || options.id) {
    return log->Refuse(
        std::move(done),
        InvalidArgument("the key and the id of a batch's entries are given to Batch::Add"));
  }
  log->AppendAsync(impl_->state, std::move(taken), options.durability, std::move(done));
}

Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

absl::StatusOr<bool> Cursor::Next(ChunkView* view, absl::Time deadline, std::stop_token stop) {
  return impl_->reader->Next(view, deadline, stop);
}

LocalEventLog::~LocalEventLog() { log_->Close().IgnoreError(); }

absl::StatusOr<Stream> LocalEventLog::OpenStream(std::string_view name,
                                                 const StreamOptions& options,
                                                 IfMissing if_missing) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  if (if_missing == IfMissing::kError) {
    ASSIGN_OR_RETURN(std::shared_ptr<StreamState> state, log_->catalog().Find(0, name));
    return Stream(std::make_shared<Stream::Impl>(Stream::Impl{log_, std::move(state)}));
  }
  ASSIGN_OR_RETURN(Catalog::Found found, log_->catalog().FindOrCreate(0, name, options));
  return Stream(std::make_shared<Stream::Impl>(Stream::Impl{log_, std::move(found.stream)}));
}

absl::StatusOr<Stream> LocalEventLog::CreateStream(std::string_view name,
                                                   const StreamOptions& options) {
  ASSIGN_OR_RETURN(Catalog::Found found, log_->catalog().FindOrCreate(0, name, options));
  if (!found.created) {
    return Error(absl::StatusCode::kAlreadyExists, "there is a stream {} already", Quoted(name));
  }
  if (options.durability == Durability::kSync) RETURN_IF_ERROR(log_->Sync());
  return Stream(std::make_shared<Stream::Impl>(Stream::Impl{log_, std::move(found.stream)}));
}

absl::StatusOr<Cursor> LocalEventLog::Read(const ReadRequest& request) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> state,
                   log_->catalog().Find(0, request.stream));
  ASSIGN_OR_RETURN(std::unique_ptr<StreamReader> reader, log_->Read(state, request));
  return Cursor(std::make_unique<Cursor::Impl>(Cursor::Impl{log_, std::move(reader)}));
}

absl::StatusOr<std::vector<StreamInfo>> LocalEventLog::ListStreams(const ListOptions& options) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  ASSIGN_OR_RETURN(const std::vector<Catalog::Listed> listed,
                   log_->catalog().List(0, options.pattern, options.after, options.limit));
  std::vector<StreamInfo> infos;
  infos.reserve(listed.size());
  for (const Catalog::Listed& stream : listed) {
    ASSIGN_OR_RETURN(StreamInfo info, log_->Describe(stream.id, stream.record));
    infos.push_back(std::move(info));
  }
  return infos;
}

absl::StatusOr<StreamInfo> LocalEventLog::DescribeStream(std::string_view name) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> state, log_->catalog().Find(0, name));
  return log_->Describe(state->id(), {0, state->name(), state->options()});
}

absl::Status LocalEventLog::Sync() { return log_->Sync(); }
absl::Status LocalEventLog::Health() { return log_->Health(); }
absl::Status LocalEventLog::Reopen() { return log_->Reopen(); }
absl::Status LocalEventLog::Close() { return log_->Close(); }

absl::StatusOr<std::unique_ptr<EventLog>> OpenOn(StoreEnvironment environment,
                                                 std::string_view directory,
                                                 const OpenOptions& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<Log> log,
                   Log::Open(std::string(directory), options, std::move(environment)));
  return std::make_unique<LocalEventLog>(std::move(log));
}

absl::StatusOr<std::unique_ptr<EventLog>> OpenReadOnlyOn(StoreEnvironment environment,
                                                         std::string_view directory,
                                                         const ReadOnlyOptions& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<Log> log,
                   Log::OpenReadOnly(std::string(directory), options, std::move(environment)));
  return std::make_unique<LocalEventLog>(std::move(log));
}

absl::StatusOr<std::unique_ptr<EventLog>> Open(std::string_view directory,
                                               const OpenOptions& options) {
  return OpenOn({}, directory, options);
}

absl::StatusOr<std::unique_ptr<EventLog>> OpenReadOnly(std::string_view directory,
                                                       const ReadOnlyOptions& options) {
  return OpenReadOnlyOn({}, directory, options);
}

}  // namespace evlog
