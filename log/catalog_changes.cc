// Changes of the catalog that are not about a name: where ids go on, and which database is which.
#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/catalog.h"
#include "log/catalog_rows.h"

namespace evlog {

absl::StatusOr<std::shared_ptr<StreamState>> Catalog::SetLastId(const Name& place, EntryId last_id,
                                                                const LastIdOptions& options) {
  RETURN_IF_ERROR(CheckPlace(place.database, place.name));
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(std::shared_ptr<StreamState> stream, FindLocked(place.database, place.name));
  Request request;
  request.stream = stream;
  StreamExtras& extras = request.Extras();
  extras.max_deleted_id = options.max_deleted_id;
  StreamRecord record = RecordOf(*stream);
  const auto row = [&record, id = stream->id()](const IdFloor& floor) {
    record.floor = floor;
    return CatalogRow(id, record);
  };
  extras.floor = {last_id, options.entries_added, row};
  RETURN_IF_ERROR(committer_->Run(&request));
  stream->ShowFloor(extras.floor_set);
  return stream;
}

absl::Status Catalog::SwapDatabases(Databases* databases, uint8_t a, uint8_t b) {
  MutexLock lock(mu_);
  DatabaseHomes homes = databases->homes();
  std::swap(homes[a], homes[b]);
  Request request;
  request.rows = {{Family::kMeta, std::string(kMetaDatabases), EncodeDatabaseHomes(homes)}};
  RETURN_IF_ERROR(committer_->Run(&request));
  databases->Set(homes);
  renames_.fetch_add(1, std::memory_order_release);
  Announce(NameChange::kLeft, homes[a], {});
  Announce(NameChange::kGiven, homes[a], {});
  for (const auto& [key, stream] : loaded_) {
    const uint8_t home = stream->database();
    if (home == homes[a] || home == homes[b]) stream->TellRenamed();
  }
  return absl::OkStatus();
}

}  // namespace evlog
