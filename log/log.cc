#include "log/log.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_set.h"
#include "log/base/status.h"
#include "log/collector.h"
#include "log/row_finder.h"
#include "log/stream_copier.h"

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

// Of the ids whose deletions were prepared: which are there, and for the first time.
std::vector<bool> LiveOf(std::span<const EntryId> ids, const StreamOp& op) {
  std::vector<bool> live(ids.size());
  if (op.extras == nullptr) return live;
  absl::flat_hash_set<std::pair<uint16_t, uint64_t>> seen;
  size_t next = 0;
  for (const StreamExtras::Deletion& found : op.extras->deletions) {
    while (ids[next] != found.id) ++next;  // they come in the order of the ids
    live[next++] = seen.insert({found.partition, found.offset}).second &&
                   op.stream->CountLive(found.partition, found.offset, found.offset + 1) != 0;
  }
  return live;
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
    windows_ = std::make_unique<ProducerWindows>(store_.get(), options_.idempotence_cache_bytes);
    committer_ = std::make_unique<Committer>(store_.get(), std::move(committer));
  }
  catalog_ = std::make_unique<Catalog>(store_.get(), committer_.get(), probe_.get(),
                                       options_.idle_streams_max);
  RETURN_IF_ERROR(databases_.Load(*store_));
  RETURN_IF_ERROR(catalog_->Load());
  if (read_only) return absl::OkStatus();
  scheduler_ = std::make_unique<Scheduler>(
      store_.get(), committer_.get(), catalog_.get(),
      Scheduler::Options{options_.clock, probe_.get(), options_.logger});
  Maintenance::Options maintenance;
  maintenance.clock = options_.clock;
  maintenance.interval = options_.maintenance_interval;
  maintenance.rewrite_bytes = options_.rewrite_bytes;
  maintenance.disk_free_min = options_.disk_free_min;
  maintenance.disk_reserve_bytes = options_.disk_reserve_bytes;
  maintenance.probe = probe_.get();
  maintenance.logger = options_.logger;
  maintenance_ = std::make_unique<Maintenance>(
      store_.get(), committer_.get(), catalog_.get(), std::move(maintenance),
      Maintenance::Hooks{
          [this](const std::shared_ptr<StreamState>& stream, const TrimOptions& options) {
            return TrimByRetention(stream, options);
          },
          [this] { return Reopen(); }});
  if (options_.metrics != nullptr) {
    metrics_ = std::make_unique<LogMetrics>(options_.metrics, store_.get(), committer_.get(),
                                            maintenance_.get());
  }
  return scheduler_->Start();
}

absl::Status Log::Maintain() {
  RETURN_IF_ERROR(RefuseReadOnly());
  const absl::Status first = maintenance_->Tick();
  const absl::Status appended = scheduler_->AppendDue();
  return first.ok() ? appended : first;
}

Log::~Log() { Close().IgnoreError(); }

absl::Status Log::RefuseReadOnly() const {
  if (!read_only()) return absl::OkStatus();
  return absl::FailedPreconditionError("the log is open for reading only");
}

absl::StatusOr<bool> Log::Drop(const Catalog::Name& name) {
  RETURN_IF_ERROR(RefuseReadOnly());
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> stream,
                   catalog_->Find(name.database, name.name));
  RETURN_IF_ERROR(catalog_->Drop(name.database, name.name));
  return stream->visible_when_synced();
}

absl::StatusOr<bool> Log::Rename(const Catalog::Name& from, const Catalog::Name& to, bool replace) {
  RETURN_IF_ERROR(RefuseReadOnly());
  RETURN_IF_ERROR(catalog_->Rename(from, to, replace));
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> stream, catalog_->Find(to.database, to.name));
  return stream->visible_when_synced();
}

absl::StatusOr<bool> Log::Copy(const Catalog::Name& from, const Catalog::Name& to, bool replace,
                               const std::stop_token& stop, const StreamCopier::Told& told,
                               const AddToCopy& add) {
  RETURN_IF_ERROR(RefuseReadOnly());
  if (from.database == to.database && from.name == to.name) {
    return InvalidArgument("stream {} cannot be copied to itself", Quoted(from.name));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> source,
                   catalog_->Find(from.database, from.name));
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> copy,
                   catalog_->BeginCopy(*source, to, replace));
  const absl::Cleanup end = [&] { catalog_->EndCopy(copy->id()); };
  StreamCopier copier(store_.get(), committer_.get(), source, copy);
  RETURN_IF_ERROR(copier.Run(stop, told));
  auto last = std::make_unique<Request>();
  copier.Finish(last.get());
  ASSIGN_OR_RETURN(const bool synced, add(source, *copy, copier.Ends(), last.get()));
  RETURN_IF_ERROR(catalog_->FinishCopy(copy, copier.last_commit(), replace, std::move(last)));
  return synced || copy->visible_when_synced();
}

absl::StatusOr<bool> Log::Alter(const Catalog::Name& name, const StreamChanges& changes) {
  RETURN_IF_ERROR(RefuseReadOnly());
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> stream,
                   catalog_->Alter(name.database, name.name, changes));
  return stream->visible_when_synced();
}

absl::StatusOr<bool> Log::SetLastId(const Catalog::Name& name, EntryId last_id,
                                    const LastIdOptions& options) {
  RETURN_IF_ERROR(RefuseReadOnly());
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> stream,
                   catalog_->SetLastId(name, last_id, options));
  return stream->visible_when_synced();
}

absl::Status Log::SwapDatabases(uint8_t a, uint8_t b) {
  RETURN_IF_ERROR(RefuseReadOnly());
  if (a == b) return absl::OkStatus();
  RETURN_IF_ERROR(catalog_->SwapDatabases(&databases_, a, b));
  return Sync();
}

absl::Status Log::AddDeletions(std::span<const EntryId> ids, StreamOp* op) const {
  if (ids.empty()) return absl::OkStatus();
  const StreamState& stream = *op->stream;
  std::vector<StreamExtras::Deletion>& deletions = op->Extras().deletions;
  for (const EntryId id : ids) {
    const auto partition =
        static_cast<uint16_t>(stream.partitioned_ids() ? id.seq & (kPartitionsMax - 1) : 0);
    if (partition >= stream.partitions()) continue;
    ASSIGN_OR_RETURN(const Place place, FindPlace(*store_, stream.partition_id(partition), id));
    if (place.found) deletions.push_back({partition, place.offset, id});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<bool>> Log::FindLive(const std::shared_ptr<StreamState>& stream,
                                                std::span<const EntryId> ids) const {
  StreamOp op;
  op.stream = stream;
  RETURN_IF_ERROR(AddDeletions(ids, &op));
  return LiveOf(ids, op);
}

absl::StatusOr<DeleteResult> Log::Delete(const std::shared_ptr<StreamState>& stream,
                                         std::span<const EntryId> ids,
                                         std::optional<Durability> durability) {
  RETURN_IF_ERROR(RefuseReadOnly());
  Request request;
  request.stream = stream;
  RETURN_IF_ERROR(AddDeletions(ids, &request));
  DeleteResult result;
  for (const bool live : LiveOf(ids, request)) {
    result.each.push_back(live ? Deleted::kDeleted : Deleted::kNotThere);
  }
  if (request.extras == nullptr || request.extras->deletions.empty()) return result;
  request.durability = std::max(durability.value_or(stream->durability()), Durability::kOs);
  RETURN_IF_ERROR(committer_->Run(&request));
  result.entries = request.extras->deleted;
  if (result.entries != 0) result.position = request.result.position;
  return result;
}

absl::StatusOr<SpaceUse> Log::Space() {
  if (maintenance_ != nullptr) return maintenance_->space();
  RETURN_IF_ERROR(CatchUpReadOnly());
  return Collector(store_.get()).Measure();
}

absl::Status Log::Sync() {
  RETURN_IF_ERROR(RefuseReadOnly());
  Request request;
  request.durability = Durability::kSync;
  return committer_->Run(&request);
}

absl::Status Log::Health() const { return read_only() ? absl::OkStatus() : committer_->Health(); }

absl::Status Log::AcceptsAppends() const {
  RETURN_IF_ERROR(RefuseReadOnly());
  return committer_->AcceptsAppends();
}

absl::Status Log::Reopen() {
  RETURN_IF_ERROR(RefuseReadOnly());
  const absl::Status status = committer_->Reopen([this]() -> absl::Status {
    RETURN_IF_ERROR(databases_.Load(*store_));
    RETURN_IF_ERROR(catalog_->Load());
    RETURN_IF_ERROR(windows_->Reload());
    RETURN_IF_ERROR(scheduler_->Reload());
    return on_reopen_ == nullptr ? absl::OkStatus() : on_reopen_();
  });
  parked_.Clear();
  if (status.ok()) scheduler_->Resume();
  return status;
}

absl::Status Log::Close() {
  if (metrics_ != nullptr) metrics_->Stop();
  if (maintenance_ != nullptr) maintenance_->Stop();
  if (scheduler_ != nullptr) scheduler_->Stop();
  absl::Status status = read_only() ? absl::OkStatus() : committer_->Close();
  // A crash leaves an older note, which is as true. That it cannot be written harms nothing.
  if (status.ok() && !read_only()) {
    store_->NoteSynced(committer_->watermarks().synced).IgnoreError();
  }
  if (catalog_ != nullptr) catalog_->Close();
  return status;
}

}  // namespace evlog
