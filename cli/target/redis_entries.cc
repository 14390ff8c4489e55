#include "cli/target/redis_entries.h"

#include <algorithm>
#include <utility>

#include "cli/target/redis_connection.h"
#include "log/base/status.h"
#include "log/batch_data.h"

namespace evlog::cli {
namespace {

absl::Status Malformed() {
  return absl::UnavailableError("the server sent what is no list of entries");
}

// Cuts what was gathered into views.
std::vector<ChunkView> Seal(internal::BatchData* batch, const std::vector<EntryId>& ids) {
  std::vector<ChunkView> views;
  size_t at = 0;
  for (internal::BatchData::Segment& segment : batch->segments()) {
    ChunkHeader header;
    header.count = segment.count;
    for (uint32_t i = 0; i < segment.count; ++i) AppendRun(&header.ids, IdRun{ids[at++], 1, 1});
    views.emplace_back(std::move(segment.entries).Seal(std::move(header)), 0, segment.count, false);
  }
  return views;
}

// Reads an entry into `fields`; false: it is gone.
absl::StatusOr<bool> ReadEntry(const redisReply& entry, EntryId* id,
                               std::vector<FieldView>* fields) {
  fields->clear();
  if (IsNil(entry)) return false;
  if (entry.type != REDIS_REPLY_ARRAY || entry.elements < 2) return Malformed();
  *id = IdOf(*entry.element[0]);
  const redisReply& pairs = *entry.element[1];
  if (IsNil(pairs)) return false;
  if (pairs.type != REDIS_REPLY_ARRAY || pairs.elements % 2 != 0) return Malformed();
  for (size_t i = 0; i < pairs.elements; i += 2) {
    fields->push_back({TextOf(*pairs.element[i]), TextOf(*pairs.element[i + 1])});
  }
  return true;
}

}  // namespace

absl::StatusOr<std::vector<ChunkView>> EntriesOf(const redisReply& array, bool backward) {
  if (IsNil(array)) return std::vector<ChunkView>();
  if (array.type != REDIS_REPLY_ARRAY) return Malformed();
  internal::BatchData batch;
  std::vector<EntryId> ids;
  std::vector<FieldView> fields;
  for (size_t i = 0; i < array.elements; ++i) {
    // Views hold rising ids; which way they are read is the iterator's matter.
    const redisReply& entry = *array.element[backward ? array.elements - 1 - i : i];
    EntryId id;
    ASSIGN_OR_RETURN(const bool there, ReadEntry(entry, &id, &fields));
    if (!there) continue;
    RETURN_IF_ERROR(batch.Add(fields, {}));
    ids.push_back(id);
  }
  std::vector<ChunkView> views = Seal(&batch, ids);
  if (!backward) return views;
  std::reverse(views.begin(), views.end());
  for (ChunkView& view : views) view = ChunkView(view.chunk(), 0, view.size(), true);
  return views;
}

std::vector<ChunkView> BareEntries(const std::vector<EntryId>& ids) {
  internal::BatchData batch;
  // An entry has a field at least.
  for (size_t i = 0; i < ids.size(); ++i) batch.Add({{"", ""}}, {}).IgnoreError();
  return Seal(&batch, ids);
}

}  // namespace evlog::cli
