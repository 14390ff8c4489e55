#include "log/catalog.h"

#include <algorithm>
#include <utility>

#include "evlog/limits.h"
#include "log/base/glob.h"
#include "log/base/status.h"
#include "log/row_finder.h"

namespace evlog {

namespace {

absl::Status CheckName(std::string_view name) {
  if (name.empty()) return InvalidArgument("the name of a stream is empty");
  if (name.size() > kStreamNameBytesMax) {
    return InvalidArgument("the name of a stream has {} bytes, at most {} are possible",
                           name.size(), kStreamNameBytesMax);
  }
  return absl::OkStatus();
}

absl::Status NoStream(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "there is no stream {}", Quoted(name));
}

}  // namespace

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
  for (auto& [key, stream] : loaded_) {
    ASSIGN_OR_RETURN(const std::vector<PartitionTail> tails, FindTails(*stream));
    stream->Reset(tails);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PartitionTail>> Catalog::FindTails(const StreamState& stream) const {
  std::vector<PartitionTail> tails(stream.partitions());
  for (uint16_t i = 0; i < stream.partitions(); ++i) {
    ASSIGN_OR_RETURN(tails[i], FindTail(*store_, stream.partition_id(i)));
  }
  return tails;
}

absl::StatusOr<std::shared_ptr<StreamState>> Catalog::Find(uint8_t database,
                                                           std::string_view name) {
  RETURN_IF_ERROR(CheckName(name));
  MutexLock lock(mu_);
  return FindLocked(database, name);
}

absl::StatusOr<std::shared_ptr<StreamState>> Catalog::FindLocked(uint8_t database,
                                                                 std::string_view name) {
  const std::string key = EncodeNameKey(database, name);
  if (auto it = loaded_.find(key); it != loaded_.end()) return it->second;
  ASSIGN_OR_RETURN(const std::optional<std::string> value, store_->Get(Family::kNames, key));
  if (!value) return NoStream(name);
  ASSIGN_OR_RETURN(const StreamId id, DecodeStreamId(*value));
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   store_->Get(Family::kCatalog, EncodeCatalogKey(id).view()));
  if (!row) {
    return DataLoss("stream {} has the number {}, but the catalog has no row of it", Quoted(name),
                    id.value());
  }
  ASSIGN_OR_RETURN(const StreamRecord record, DecodeStreamRecord(*row));
  auto stream = std::make_shared<StreamState>(id, std::string(name), record.options);
  ASSIGN_OR_RETURN(const std::vector<PartitionTail> tails, FindTails(*stream));
  stream->Reset(tails);
  if (closed_) stream->Close();
  if (loaded_.size() >= drop_idle_at_) DropIdle();
  loaded_.emplace(key, stream);
  probe_->streams_loaded->Set(static_cast<int64_t>(loaded_.size()));
  return stream;
}

// Only this map can make new owners of a stream, so one that nobody else owns stays so under the
// lock.
void Catalog::DropIdle() {
  absl::erase_if(loaded_, [](const auto& item) { return item.second.use_count() == 1; });
  // What is left is in use; looking again only after as many more have come keeps the cost
  // constant.
  drop_idle_at_ = loaded_.size() + std::max<size_t>(idle_streams_max_, loaded_.size());
}

absl::StatusOr<Catalog::Found> Catalog::FindOrCreate(uint8_t database, std::string_view name,
                                                     const StreamOptions& options) {
  RETURN_IF_ERROR(CheckName(name));
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
  std::string next;
  AppendVarint(&next, next_stream_ + 1);
  Request request;
  request.rows = {
      {Family::kNames, EncodeNameKey(database, name), EncodeStreamId(id)},
      {Family::kCatalog, std::string(EncodeCatalogKey(id).view()),
       EncodeStreamRecord({database, std::string(name), options})},
      {Family::kMeta, std::string(kMetaNextStream), std::move(next)},
  };
  RETURN_IF_ERROR(committer_->Run(&request));
  ++next_stream_;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Catalog::Listed>> Catalog::List(uint8_t database,
                                                           std::string_view pattern,
                                                           std::string_view after,
                                                           size_t limit) const {
  std::vector<Listed> listed;
  StoreIterator rows = store_->Scan(Family::kNames, NameRange(database, after));
  for (rows.SeekToFirst(); rows.Valid() && listed.size() < limit; rows.Next()) {
    uint8_t row_database;
    std::string_view name;
    RETURN_IF_ERROR(DecodeNameKey(rows.key(), &row_database, &name));
    if (!GlobMatch(pattern, name)) continue;
    ASSIGN_OR_RETURN(const StreamId id, DecodeStreamId(rows.value()));
    ASSIGN_OR_RETURN(const std::optional<std::string> row,
                     store_->Get(Family::kCatalog, EncodeCatalogKey(id).view()));
    if (!row) return DataLoss("the catalog has no row of stream {}", Quoted(name));
    ASSIGN_OR_RETURN(StreamRecord record, DecodeStreamRecord(*row));
    listed.push_back({id, std::move(record)});
  }
  RETURN_IF_ERROR(rows.status());
  return listed;
}

absl::Status Catalog::Refresh(StreamState* stream) const {
  ASSIGN_OR_RETURN(const std::vector<PartitionTail> tails, FindTails(*stream));
  EntryId last = EntryId::Min();
  for (uint16_t i = 0; i < stream->partitions(); ++i) {
    stream->Publish(i, tails[i]);
    last = std::max(last, tails[i].last_id);
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
