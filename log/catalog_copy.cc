// Copies: made without a name, and named in one commit when they are whole.
#include <utility>

#include "log/base/status.h"
#include "log/catalog.h"
#include "log/catalog_rows.h"

namespace evlog {

absl::Status Catalog::CheckFree(const Name& place, bool replace) {
  RETURN_IF_ERROR(CheckPlace(place.database, place.name));
  const absl::StatusOr<std::shared_ptr<StreamState>> there = FindLocked(place.database, place.name);
  if (absl::IsNotFound(there.status())) return absl::OkStatus();
  RETURN_IF_ERROR(there.status());
  if (replace) return absl::OkStatus();
  return Error(absl::StatusCode::kAlreadyExists, "there is a stream {} already",
               Quoted(place.name));
}

absl::StatusOr<std::shared_ptr<StreamState>> Catalog::BeginCopy(const StreamState& from,
                                                                const Name& to, bool replace) {
  MutexLock lock(mu_);
  RETURN_IF_ERROR(CheckFree(to, replace));
  const StreamId id(next_stream_);
  StreamRecord record{to.database, std::string(to.name), from.options(), true, 0};
  Request request;
  // The timer drops the copy if this process does not come to its end.
  request.rows = {CatalogRow(id, record), NextStreamRow(next_stream_ + 1),
                  AbandonedTimerRow(id, true)};
  RETURN_IF_ERROR(committer_->Run(&request));
  ++next_stream_;
  copies_.insert(id);
  return std::make_shared<StreamState>(id, to.database, std::move(record.name), record.options);
}

absl::Status Catalog::FinishCopy(const std::shared_ptr<StreamState>& copy, uint64_t copied_through,
                                 bool replace, std::unique_ptr<Request> request) {
  MutexLock lock(mu_);
  const std::string name = copy->name();
  const Name place{copy->database(), name};
  RETURN_IF_ERROR(CheckFree(place, replace));
  copy->SetCopiedThrough(copied_through);
  const std::string key = EncodeNameKey(place.database, place.name);
  const absl::StatusOr<std::shared_ptr<StreamState>> there = FindLocked(place.database, place.name);
  if (there.ok()) {
    StreamOp* const drop = request->more.emplace_back(std::make_unique<StreamOp>()).get();
    AddDrop(*there, drop, &request->rows);
  }
  request->rows.push_back({Family::kNames, key, EncodeStreamId(copy->id())});
  request->rows.push_back(CatalogRow(copy->id(), RecordOf(*copy)));
  request->rows.push_back(AbandonedTimerRow(copy->id(), false));
  AddTimers(copy->id(), copy->options(), &request->rows);
  RETURN_IF_ERROR(committer_->Run(request.get()));
  copies_.erase(copy->id());
  loaded_.insert_or_assign(key, copy);
  renames_.fetch_add(1, std::memory_order_release);
  if (there.ok()) Announce(NameChange::kLeft, copy->database(), copy->name());
  Announce(NameChange::kGiven, copy->database(), copy->name());
  return absl::OkStatus();
}

void Catalog::EndCopy(StreamId id) {
  MutexLock lock(mu_);
  copies_.erase(id);
}

absl::StatusOr<bool> Catalog::DropIfAbandoned(StreamId id) {
  MutexLock lock(mu_);
  if (copies_.contains(id)) return false;
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   store_->Get(Family::kCatalog, EncodeCatalogKey(id).view()));
  if (!row) return true;
  ASSIGN_OR_RETURN(const StreamRecord record, DecodeStreamRecord(*row));
  if (!record.unfinished) return true;
  Request request;
  request.stream = std::make_shared<StreamState>(id, record.database, record.name, record.options);
  request.Extras().drop = true;
  request.rows = {DeleteRow(Family::kCatalog, std::string(EncodeCatalogKey(id).view()))};
  RETURN_IF_ERROR(committer_->Run(&request));
  return true;
}

}  // namespace evlog
