#include "log/log.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "log/base/status.h"
#include "log/row_finder.h"
#include "log/sequencer.h"

namespace evlog {

namespace {

StoreOptions MakeStoreOptions(const OpenOptions& options, bool read_only) {
  StoreOptions store;
  store.create_if_missing = options.create_if_missing;
  store.read_only = read_only;
  store.memtable_bytes = options.memtable_bytes;
  store.block_cache_bytes = options.block_cache_bytes;
  store.logger = options.logger;
  return store;
}

OpenOptions Complete(OpenOptions options) {
  if (options.clock == nullptr) options.clock = SystemClock();
  return options;
}

}  // namespace

Log::Log(OpenOptions options, std::unique_ptr<Store> store)
    : options_(std::move(options)), store_(std::move(store)) {
  MetricsRegistry* metrics = options_.metrics;
  if (metrics == nullptr) {
    own_metrics_ = std::make_unique<MetricsRegistry>();
    metrics = own_metrics_.get();
  }
  probe_ = std::make_unique<LogProbe>(metrics);
}

absl::StatusOr<std::unique_ptr<Log>> Log::Open(std::string directory, OpenOptions options,
                                               StoreEnvironment environment) {
  RETURN_IF_ERROR(options.Validate());
  options = Complete(std::move(options));
  ASSIGN_OR_RETURN(
      std::unique_ptr<Store> store,
      Store::Open(std::move(directory), MakeStoreOptions(options, false), std::move(environment)));
  std::unique_ptr<Log> log(new Log(std::move(options), std::move(store)));
  RETURN_IF_ERROR(log->Start(false));
  return log;
}

absl::StatusOr<std::unique_ptr<Log>> Log::OpenReadOnly(std::string directory,
                                                       ReadOnlyOptions read_only,
                                                       StoreEnvironment environment) {
  RETURN_IF_ERROR(read_only.Validate());
  OpenOptions options;
  options.block_cache_bytes = read_only.block_cache_bytes;
  options.clock = read_only.clock;
  options.logger = read_only.logger;
  options = Complete(std::move(options));
  ASSIGN_OR_RETURN(
      std::unique_ptr<Store> store,
      Store::Open(std::move(directory), MakeStoreOptions(options, true), std::move(environment)));
  std::unique_ptr<Log> log(new Log(std::move(options), std::move(store)));
  log->poll_min_ = read_only.poll_min;
  log->poll_max_ = read_only.poll_max;
  RETURN_IF_ERROR(log->Start(true));
  return log;
}

absl::Status Log::Start(bool read_only) {
  if (!read_only) {
    Committer::Options committer;
    committer.in_flight_bytes = options_.in_flight_bytes;
    committer.tail_cache_bytes = options_.tail_cache_bytes;
    committer.clock = options_.clock;
    committer.probe = probe_.get();
    committer.logger = options_.logger;
    committer_ = std::make_unique<Committer>(store_.get(), std::move(committer));
  }
  catalog_ = std::make_unique<Catalog>(store_.get(), committer_.get(), probe_.get(),
                                       options_.idle_streams_max);
  return catalog_->Load();
}

Log::~Log() { Close().IgnoreError(); }

absl::Status Log::RefuseReadOnly() const {
  if (!read_only()) return absl::OkStatus();
  return absl::FailedPreconditionError("the log is open for reading only");
}

absl::Status Log::Prepare(const std::shared_ptr<StreamState>& stream, internal::BatchData batch,
                          std::optional<Durability> durability, Request* request) const {
  RETURN_IF_ERROR(RefuseReadOnly());
  RETURN_IF_ERROR(batch.CheckLimits(options_.limits));
  request->durability = durability.value_or(stream->options().durability);
  return PrepareAppend(stream, std::move(batch), request);
}

absl::StatusOr<AppendResult> Log::Append(const std::shared_ptr<StreamState>& stream,
                                         internal::BatchData batch,
                                         std::optional<Durability> durability) {
  if (durability.value_or(stream->options().durability) == Durability::kAsync) {
    auto request = std::make_unique<Request>();
    RETURN_IF_ERROR(Prepare(stream, std::move(batch), durability, request.get()));
    return committer_->RunOrdered(std::move(request));
  }
  Request request;
  RETURN_IF_ERROR(Prepare(stream, std::move(batch), durability, &request));
  RETURN_IF_ERROR(committer_->Run(&request));
  return request.result;
}

void Log::AppendAsync(const std::shared_ptr<StreamState>& stream, internal::BatchData batch,
                      std::optional<Durability> durability, AppendCallback done) {
  auto request = std::make_unique<Request>();
  absl::Status status = Prepare(stream, std::move(batch), durability, request.get());
  if (!status.ok()) return Refuse(std::move(done), status);
  request->done = std::move(done);
  committer_->RunAsync(std::move(request));
}

void Log::Refuse(AppendCallback done, const absl::Status& status) {
  if (read_only()) return std::move(done)(status);  // there is no completion thread
  committer_->CompleteOnThread(std::move(done), status);
}

absl::StatusOr<std::unique_ptr<StreamReader>> Log::Read(const std::shared_ptr<StreamState>& stream,
                                                        const ReadRequest& request) {
  ReaderContext context;
  context.store = store_.get();
  context.clock = options_.clock;
  if (read_only()) {
    RETURN_IF_ERROR(Refresh(stream.get()));
    context.poll = [this](StreamState& state, const std::function<bool()>& ready,
                          absl::Time deadline, const std::stop_token& stop) {
      return Poll(&state, ready, deadline, stop);
    };
    context.look_again = [this] {
      MutexLock lock(catch_up_mu_);
      return store_->Reopen();
    };
  }
  return StreamReader::Make(std::move(context), stream, request);
}

absl::Status Log::CatchUp() {
  MutexLock lock(catch_up_mu_);
  return store_->CatchUp();
}

absl::Status Log::CatchUpReadOnly() { return read_only() ? CatchUp() : absl::OkStatus(); }

absl::Status Log::Refresh(StreamState* stream) {
  MutexLock lock(catch_up_mu_);
  return catalog_->Refresh(stream);
}

absl::StatusOr<bool> Log::Poll(StreamState* stream, const std::function<bool()>& ready,
                               absl::Time deadline, const std::stop_token& stop) {
  absl::Duration pause = poll_min_;
  std::mutex mu;  // nothing to guard: only time passes here
  std::condition_variable_any wake;
  for (;;) {
    {
      // Together: partitions looked at before and after a step of another thread would not fit.
      MutexLock lock(catch_up_mu_);
      RETURN_IF_ERROR(store_->CatchUp());
      RETURN_IF_ERROR(catalog_->Refresh(stream));
    }
    if (ready()) return true;
    const absl::Time now = options_.clock->Now();
    if (now >= deadline || stop.stop_requested()) return false;
    std::unique_lock lock(mu);
    options_.clock->Await(lock, wake, std::min(deadline, now + pause), stop, [] { return false; });
    pause = std::min(pause * 2, poll_max_);
  }
}

absl::StatusOr<StreamInfo> Log::Describe(StreamId id, const StreamRecord& record) {
  StreamInfo info;
  info.name = record.name;
  info.stream_id = id.value();
  info.options = record.options;
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> stream,
                   catalog_->Find(record.database, record.name));
  if (read_only()) RETURN_IF_ERROR(Refresh(stream.get()));
  for (uint16_t i = 0; i < stream->partitions(); ++i) {
    const PartitionTail tail = stream->Tail(i);
    info.partitions.push_back({0, tail.next_offset, tail.last_id});
    info.entries += tail.next_offset;
    info.last_id = std::max(info.last_id, tail.last_id);
  }
  return info;
}

absl::Status Log::Sync() {
  RETURN_IF_ERROR(RefuseReadOnly());
  Request request;
  request.durability = Durability::kSync;
  return committer_->Run(&request);
}

absl::Status Log::Health() const { return read_only() ? absl::OkStatus() : committer_->Health(); }

absl::Status Log::Reopen() {
  RETURN_IF_ERROR(RefuseReadOnly());
  return committer_->Reopen([this] { return catalog_->Load(); });
}

absl::Status Log::Close() {
  absl::Status status = read_only() ? absl::OkStatus() : committer_->Close();
  if (catalog_ != nullptr) catalog_->Close();
  return status;
}

}  // namespace evlog
