#include "log/catalog.h"

#include <algorithm>
#include <utility>

#include "log/base/glob.h"
#include "log/base/status.h"
#include "log/catalog_rows.h"
#include "log/row_finder.h"

namespace evlog {

Catalog::Catalog(const Store* store, Committer* committer, const LogProbe* probe,
                 size_t idle_streams_max)
    : store_(store),
      committer_(committer),
      probe_(probe),
      idle_streams_max_(idle_streams_max),
      drop_idle_at_(idle_streams_max) {}

absl::Status Catalog::Load() {
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(const std::optional<std::string> next,
                   store_->Get(Family::kMeta, kMetaNextStream));
  if (next) {
    ByteReader reader(*next);
    next_stream_ = reader.ReadVarint();
    if (!reader.ok()) return DataLoss("malformed meta row {}: {}", kMetaNextStream, Quoted(*next));
  }
  return Reload();
}

absl::Status Catalog::Reload() {
  auto loaded = std::exchange(loaded_, {});
  renames_.fetch_add(1, std::memory_order_release);
  Announce(NameChange::kLeft, 0, {});
  Announce(NameChange::kGiven, 0, {});
  for (auto& [key, stream] : loaded) {
    ASSIGN_OR_RETURN(const std::optional<std::string> row,
                     store_->Get(Family::kCatalog, EncodeCatalogKey(stream->id()).view()));
    if (!row) {  // dropped, or created, by a commit whose outcome was not known
      stream->assigned().dropped = true;
      stream->Close(true);
      continue;
    }
    ASSIGN_OR_RETURN(const StreamRecord record, DecodeStreamRecord(*row));
    stream->Rename(record.database, record.name);
    stream->Alter(record.options);
    stream->LoadFloor(record.floor);
    ASSIGN_OR_RETURN(std::vector<PartitionState> partitions, FindPartitions(*stream));
    stream->Reset(std::move(partitions));
    loaded_.emplace(EncodeNameKey(record.database, record.name), stream);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PartitionState>> Catalog::FindPartitions(
    const StreamState& stream) const {
  std::vector<PartitionState> partitions(stream.partitions());
  for (uint16_t i = 0; i < stream.partitions(); ++i) {
    ASSIGN_OR_RETURN(partitions[i], FindPartition(*store_, stream.partition_id(i)));
  }
  return partitions;
}

absl::StatusOr<std::shared_ptr<StreamState>> Catalog::Find(uint8_t database,
                                                           std::string_view name) {
  RETURN_IF_ERROR(CheckPlace(database, name));
  MutexLock lock(mu_);
  return FindLocked(database, name);
}

absl::StatusOr<std::shared_ptr<StreamState>> Catalog::FindLocked(uint8_t database,
                                                                 std::string_view name) {
  const std::string key = EncodeNameKey(database, name);
  const auto known = loaded_.find(key);
  if (known != loaded_.end() && committer_ != nullptr) return known->second;
  ASSIGN_OR_RETURN(const std::optional<std::string> value, store_->Get(Family::kNames, key));
  if (!value) return NoStream(name);
  ASSIGN_OR_RETURN(const StreamId id, DecodeStreamId(*value));
  if (known != loaded_.end()) {
    // Read-only: the owner may have given the name to another stream.
    if (known->second->id() == id) return known->second;
    loaded_.erase(known);
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   store_->Get(Family::kCatalog, EncodeCatalogKey(id).view()));
  if (!row) {
    return DataLoss("stream {} has the number {}, but the catalog has no row of it", Quoted(name),
                    id.value());
  }
  ASSIGN_OR_RETURN(const StreamRecord record, DecodeStreamRecord(*row));
  auto stream = std::make_shared<StreamState>(id, database, std::string(name), record.options);
  stream->SetCopiedThrough(record.copied_through);
  stream->LoadFloor(record.floor);
  ASSIGN_OR_RETURN(std::vector<PartitionState> partitions, FindPartitions(*stream));
  stream->Reset(std::move(partitions));
  if (closed_) stream->Close();
  if (loaded_.size() >= drop_idle_at_) DropIdle();
  loaded_.emplace(key, stream);
  probe_->streams_loaded->Set(static_cast<int64_t>(loaded_.size()));
  return stream;
}

// Only this map can make new owners of a stream, so one that nobody else owns stays so under the
// lock.
void Catalog::DropIdle() {
  absl::erase_if(loaded_, [](const auto& item) {
    const StreamState& stream = *item.second;
    // One that waits to be trimmed stays until it was.
    return item.second.use_count() == 1 &&
           !(stream.appended() && !stream.options().retention.empty());
  });
  // What is left is in use; looking again only after as many more have come keeps the cost
  // constant.
  drop_idle_at_ = loaded_.size() + std::max<size_t>(idle_streams_max_, loaded_.size());
}

absl::StatusOr<Catalog::Found> Catalog::FindOrCreate(uint8_t database, std::string_view name,
                                                     const StreamOptions& options) {
  RETURN_IF_ERROR(CheckPlace(database, name));
  RETURN_IF_ERROR(options.Validate());
  MutexLock lock(mu_);
  absl::StatusOr<std::shared_ptr<StreamState>> found = FindLocked(database, name);
  if (found.ok()) return Found{*std::move(found), false};
  if (!absl::IsNotFound(found.status())) return found.status();
  if (committer_ == nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "there is no stream {}, and the log is open for reading only", Quoted(name));
  }
  RETURN_IF_ERROR(Create(database, name, options));
  ASSIGN_OR_RETURN(std::shared_ptr<StreamState> stream, FindLocked(database, name));
  return Found{std::move(stream), true};
}

absl::Status Catalog::Create(uint8_t database, std::string_view name,
                             const StreamOptions& options) {
  const StreamId id(next_stream_);
  Request request;
  request.rows = {
      {Family::kNames, EncodeNameKey(database, name), EncodeStreamId(id)},
      CatalogRow(id, {database, std::string(name), options}),
      NextStreamRow(next_stream_ + 1),
  };
  AddTimers(id, options, &request.rows);
  RETURN_IF_ERROR(committer_->Run(&request));
  ++next_stream_;
  Announce(NameChange::kGiven, database, name);
  return absl::OkStatus();
}

void Catalog::WatchNames(NamesWatcher* watcher) {
  MutexLock lock(watch_mu_);
  watchers_.push_back(watcher);
}

void Catalog::UnwatchNames(NamesWatcher* watcher) {
  MutexLock lock(watch_mu_);
  watchers_.erase(std::find(watchers_.begin(), watchers_.end(), watcher));
}

void Catalog::Announce(NameChange change, uint8_t database, std::string_view name) {
  MutexLock lock(watch_mu_);
  for (NamesWatcher* const watcher : watchers_) watcher->NameChanged(change, database, name);
}

absl::Status Catalog::Drop(uint8_t database, std::string_view name) {
  RETURN_IF_ERROR(CheckPlace(database, name));
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> stream, FindLocked(database, name));
  Request request;
  AddDrop(stream, &request, &request.rows);
  RETURN_IF_ERROR(committer_->Run(&request));
  loaded_.erase(EncodeNameKey(database, name));
  Announce(NameChange::kLeft, database, name);
  return absl::OkStatus();
}

absl::Status Catalog::Rename(const Name& from, const Name& to, bool replace) {
  RETURN_IF_ERROR(CheckPlace(from.database, from.name));
  RETURN_IF_ERROR(CheckPlace(to.database, to.name));
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> stream, FindLocked(from.database, from.name));
  const std::string from_key = EncodeNameKey(from.database, from.name);
  const std::string to_key = EncodeNameKey(to.database, to.name);
  if (from_key == to_key) return absl::OkStatus();
  const absl::StatusOr<std::shared_ptr<StreamState>> there = FindLocked(to.database, to.name);
  if (!there.ok() && !absl::IsNotFound(there.status())) return there.status();
  Request request;
  if (there.ok()) {
    if (!replace) {
      return Error(absl::StatusCode::kAlreadyExists, "there is a stream {} already",
                   Quoted(to.name));
    }
    AddDrop(*there, &request, &request.rows);
  }
  request.rows.push_back(DeleteRow(Family::kNames, from_key));
  request.rows.push_back({Family::kNames, to_key, EncodeStreamId(stream->id())});
  StreamRecord record = RecordOf(*stream);
  record.database = to.database;
  record.name = std::string(to.name);
  request.rows.push_back(CatalogRow(stream->id(), record));
  RETURN_IF_ERROR(committer_->Run(&request));
  stream->Rename(to.database, std::string(to.name));
  loaded_.erase(from_key);
  loaded_.insert_or_assign(to_key, stream);
  renames_.fetch_add(1, std::memory_order_release);
  Announce(NameChange::kLeft, from.database, from.name);
  Announce(NameChange::kGiven, to.database, to.name);
  stream->TellRenamed();
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<StreamState>> Catalog::Alter(uint8_t database, std::string_view name,
                                                            const StreamChanges& changes) {
  RETURN_IF_ERROR(CheckPlace(database, name));
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(std::shared_ptr<StreamState> stream, FindLocked(database, name));
  StreamOptions options = stream->options();
  if (changes.durability) options.durability = *changes.durability;
  if (changes.retention) options.retention = *changes.retention;
  if (changes.expires_at) options.expires_at = *changes.expires_at;
  if (changes.idempotence_window) options.idempotence_window = *changes.idempotence_window;
  if (changes.idempotence_ids) options.idempotence_ids = *changes.idempotence_ids;
  if (changes.keep_unacknowledged_bytes) {
    options.keep_unacknowledged_bytes = *changes.keep_unacknowledged_bytes;
  }
  RETURN_IF_ERROR(options.Validate());
  Request request;
  StreamRecord record = RecordOf(*stream);
  record.options = options;
  request.rows.push_back(CatalogRow(stream->id(), record));
  AddTimers(stream->id(), options, &request.rows);
  RETURN_IF_ERROR(committer_->Run(&request));
  stream->Alter(options);
  return stream;
}

absl::StatusOr<std::shared_ptr<StreamState>> Catalog::FindById(StreamId id) {
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   store_->Get(Family::kCatalog, EncodeCatalogKey(id).view()));
  if (!row) return Error(absl::StatusCode::kNotFound, "there is no stream {}", id.value());
  ASSIGN_OR_RETURN(const StreamRecord record, DecodeStreamRecord(*row));
  if (record.unfinished) {
    return Error(absl::StatusCode::kNotFound, "stream {} is being copied", id.value());
  }
  return FindLocked(record.database, record.name);
}

absl::StatusOr<std::shared_ptr<StreamState>> Catalog::FindMatching(StreamId id, uint8_t database,
                                                                   std::string_view pattern) {
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   store_->Get(Family::kCatalog, EncodeCatalogKey(id).view()));
  if (!row) return nullptr;
  ASSIGN_OR_RETURN(const StreamRecord record, DecodeStreamRecord(*row));
  if (record.database != database || !GlobMatch(pattern, record.name)) return nullptr;
  absl::StatusOr<std::shared_ptr<StreamState>> found = FindLocked(database, record.name);
  // One that was never given its name: a copy under way.
  if (absl::IsNotFound(found.status()) || (found.ok() && (*found)->id() != id)) return nullptr;
  return found;
}

absl::StatusOr<bool> Catalog::DropIfDue(StreamId id, absl::Time now) {
  const absl::StatusOr<std::shared_ptr<StreamState>> stream = FindById(id);
  if (absl::IsNotFound(stream.status())) return false;
  RETURN_IF_ERROR(stream.status());
  MutexLock lock(mu_);
  const StreamOptions options = (*stream)->options();
  if (!options.expires_at || *options.expires_at > now || (*stream)->dropped()) return false;
  Request request;
  AddDrop(*stream, &request, &request.rows);
  const uint8_t database = (*stream)->database();
  const std::string name = (*stream)->name();
  RETURN_IF_ERROR(committer_->Run(&request));
  loaded_.erase(EncodeNameKey(database, name));
  Announce(NameChange::kExpired, database, name);
  return true;
}

std::vector<std::shared_ptr<StreamState>> Catalog::TakeAppended() {
  std::vector<std::shared_ptr<StreamState>> streams;
  MutexLock lock(mu_);
  for (const auto& [key, stream] : loaded_) {
    if (stream->TakeAppended() && !stream->options().retention.empty()) streams.push_back(stream);
  }
  return streams;
}

absl::StatusOr<std::vector<Catalog::Listed>> Catalog::List(uint8_t database,
                                                           std::string_view pattern,
                                                           std::string_view after,
                                                           size_t limit) const {
  std::vector<Listed> listed;
  // Names that begin as the pattern does stand together.
  const std::string_view prefix = GlobPrefix(pattern);
  KeyRange range = NameRange(database, after);
  range.begin = std::max(std::move(range.begin), EncodeNameKey(database, prefix));
  StoreIterator rows = store_->Scan(Family::kNames, range);
  for (rows.SeekToFirst(); rows.Valid() && listed.size() < limit; rows.Next()) {
    uint8_t row_database;
    std::string_view name;
    RETURN_IF_ERROR(DecodeNameKey(rows.key(), &row_database, &name));
    if (!name.starts_with(prefix)) break;
    if (!GlobMatch(pattern, name)) continue;
    ASSIGN_OR_RETURN(const StreamId id, DecodeStreamId(rows.value()));
    ASSIGN_OR_RETURN(const std::optional<std::string> row,
                     rows.Get(Family::kCatalog, EncodeCatalogKey(id).view()));
    if (!row) return DataLoss("the catalog has no row of stream {}", Quoted(name));
    ASSIGN_OR_RETURN(StreamRecord record, DecodeStreamRecord(*row));
    listed.push_back({id, std::move(record)});
  }
  RETURN_IF_ERROR(rows.status());
  return listed;
}

absl::Status Catalog::Refresh(StreamState* stream) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   store_->Get(Family::kCatalog, EncodeCatalogKey(stream->id()).view()));
  if (!row) {
    stream->Close(true);
    return Error(absl::StatusCode::kNotFound, "stream {} was dropped", Quoted(stream->name()));
  }
  ASSIGN_OR_RETURN(const StreamRecord record, DecodeStreamRecord(*row));
  stream->ShowFloor(record.floor);
  ASSIGN_OR_RETURN(std::vector<PartitionState> partitions, FindPartitions(*stream));
  EntryId last = EntryId::Min();
  for (uint16_t i = 0; i < stream->partitions(); ++i) {
    stream->Publish(i, partitions[i].tail);
    stream->PublishHead(i, partitions[i].head);
    stream->ReplaceHoles(i, std::move(partitions[i].holes));
    last = std::max(last, partitions[i].tail.last_id);
  }
  stream->PublishLastId(last);
  return absl::OkStatus();
}

void Catalog::Close() {
  MutexLock lock(mu_);
  closed_ = true;
  for (auto& [key, stream] : loaded_) stream->Close();
}

}  // namespace evlog
