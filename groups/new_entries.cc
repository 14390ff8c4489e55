#include "groups/new_entries.h"

#include <algorithm>
#include <utility>

#include "groups/pending_block.h"
#include "log/base/status.h"

namespace evlog {

namespace {

// Hands out the next `count` entries of the reader's chunk.
EntryRun Take(PartitionReader* reader, uint32_t count) {
  const uint32_t first = reader->index();
  const uint64_t begin = reader->offset();
  EntryRun run{{reader->partition(), begin, begin + count},
               CutIds(reader->chunk()->header().ids, 0, first, first + count),
               ChunkView(reader->chunk(), first, count, false)};
  reader->Skip(count);
  return run;
}

}  // namespace

NewEntries::NewEntries(const Store* store, std::shared_ptr<StreamState> stream)
    : store_(store), stream_(std::move(stream)) {}

void NewEntries::Start(const GroupState& state) {
  readers_.clear();
  behind_.clear();
  for (uint32_t p = 0; p < state.partitions(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    readers_.emplace_back(store_, stream_, partition, Direction::kForward);
    readers_.back().Start(state.position(partition).next_offset);
    behind_.push_back(state.position(partition).last_id);
  }
}

absl::StatusOr<bool> NewEntries::Load(PartitionReader* reader) const {
  const EntryId behind = behind_[reader->partition()];
  for (;;) {
    ASSIGN_OR_RETURN(const bool there, reader->Load());
    if (!there || reader->id() > behind) return there;
    const uint32_t below = reader->chunk()->CountBelow(behind.Successor()) - reader->index();
    reader->Skip(std::min(below, static_cast<uint32_t>(reader->left())));
  }
}

absl::StatusOr<std::optional<EntryRun>> NewEntries::Next(uint64_t limit) {
  PartitionReader* first = nullptr;
  EntryId first_id, other = EntryId::Max();  // of the next partition in turn
  for (PartitionReader& reader : readers_) {
    ASSIGN_OR_RETURN(const bool there, Load(&reader));
    if (!there) continue;
    const EntryId id = reader.id();
    if (first == nullptr || id < first_id) {
      if (first != nullptr) other = first_id;
      first = &reader;
      first_id = id;
    } else {
      other = std::min(other, id);
    }
  }
  if (first == nullptr || limit == 0) return std::nullopt;
  const Chunk& chunk = *first->chunk();
  const uint32_t below = chunk.CountBelow(other) - first->index();
  const uint64_t count = std::min<uint64_t>({limit, first->left(), below});
  return Take(first, static_cast<uint32_t>(count));
}

std::optional<uint64_t> NewEntries::Ready(uint64_t limit) const {
  uint64_t sum = 0;
  for (const PartitionReader& reader : readers_) {
    const std::optional<uint64_t> ready = reader.Ready(limit);
    if (!ready) return std::nullopt;
    sum += *ready;
  }
  return std::min(sum, limit);
}

absl::StatusOr<std::optional<EntryRun>> NewEntries::NextIn(uint16_t partition, uint64_t limit) {
  PartitionReader& reader = readers_[partition];
  ASSIGN_OR_RETURN(const bool there, Load(&reader));
  if (!there || limit == 0) return std::nullopt;
  return Take(&reader, static_cast<uint32_t>(std::min<uint64_t>(limit, reader.left())));
}

absl::StatusOr<std::vector<EntryRun>> ReadRange(const Store& store,
                                                const std::shared_ptr<StreamState>& stream,
                                                const PlaceRange& range) {
  std::vector<EntryRun> runs;
  PartitionReader reader(&store, stream, range.partition, Direction::kForward);
  reader.Start(range.begin);
  for (;;) {
    ASSIGN_OR_RETURN(const bool there, reader.Load());
    if (!there || reader.offset() >= range.end) return runs;
    runs.push_back(Take(&reader, static_cast<uint32_t>(std::min<uint64_t>(
                                     reader.left(), range.end - reader.offset()))));
  }
}

}  // namespace evlog
