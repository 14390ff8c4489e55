// Chunks made by hand, and views read into plain values.
#ifndef EVLOG_TESTS_LOG_CHUNKS_H_
#define EVLOG_TESTS_LOG_CHUNKS_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evlog/chunk_view.h"
#include "log/chunk.h"
#include "log/chunk_codec.h"
#include "log/entry_codec.h"

namespace evlog {

// An entry with names of its own.
inline std::string EncodedEntry(const Fields& fields, std::optional<std::string_view> key = {}) {
  ChunkBuffer buffer;
  NamesInBuffer names;
  AppendEntry(fields, key, MeasureEntry(fields, key, false), &buffer, &names);
  return std::string(buffer.entries());
}

// One that has the names of the entry before it.
inline std::string SharingEntry(const Fields& fields, std::optional<std::string_view> key = {}) {
  ChunkBuffer buffer;
  NamesInBuffer names;
  AppendEntry(fields, key, MeasureEntry(fields, key, true), &buffer, &names);
  return std::string(buffer.entries());
}

// One run an id where they are irregular, else as few as there can be.
inline IdRuns RunsOf(const std::vector<EntryId>& ids) {
  IdRuns runs;
  for (const EntryId& id : ids) AppendRun(&runs, IdRun{id, 1});
  return runs;
}

inline std::vector<EntryId> IdsOf(const IdRuns& runs) {
  std::vector<EntryId> ids;
  for (const IdRun& run : runs) {
    for (uint32_t i = 0; i < run.count; ++i) ids.push_back(run.at(i));
  }
  return ids;
}

inline ChunkHeader MakeHeader(PartitionId partition, uint64_t base_offset, IdRuns ids,
                              bool partitioned_ids = false, uint64_t base_bytes = 0) {
  ChunkHeader header;
  header.partition = partition;
  header.partitioned_ids = partitioned_ids;
  header.base_offset = base_offset;
  header.base_bytes = base_bytes;
  for (const IdRun& run : ids) header.count += run.count;
  header.ids = std::move(ids);
  return header;
}

// `entries`: as many as the header counts; the last one is repeated where there are fewer.
inline ChunkRef MakeChunk(ChunkHeader header, const std::vector<std::string>& entries) {
  ChunkBuffer buffer;
  for (uint32_t i = 0; i < header.count; ++i) {
    buffer.Append(i < entries.size() ? entries[i] : entries.back());
  }
  return std::move(buffer).Seal(std::move(header));
}

// An entry that owns its bytes.
struct OwnedEntry {
  EntryId id;
  uint64_t offset = 0;
  uint16_t partition = 0;
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::string>> fields;

  friend bool operator==(const OwnedEntry&, const OwnedEntry&) = default;
  friend std::ostream& operator<<(std::ostream& out, const OwnedEntry& entry) {
    out << entry.id.ToString() << " @" << entry.partition << "/" << entry.offset;
    if (entry.key) out << " key=" << *entry.key;
    for (const auto& [name, value] : entry.fields) out << " " << name << "=" << value.substr(0, 20);
    return out;
  }
};

inline std::vector<OwnedEntry> Walk(const ChunkView& view) {
  std::vector<OwnedEntry> entries;
  for (const EntryView& entry : view) {
    OwnedEntry& owned = entries.emplace_back();
    owned.id = entry.id;
    owned.offset = entry.offset;
    owned.partition = entry.partition;
    if (entry.key) owned.key = std::string(*entry.key);
    for (const FieldView& field : entry.fields) {
      owned.fields.emplace_back(std::string(field.name), std::string(field.value));
    }
  }
  return entries;
}

inline std::vector<OwnedEntry> Walk(const ChunkRef& chunk, bool backward = false) {
  return Walk(ChunkView(chunk, 0, chunk->count(), backward));
}

}  // namespace evlog

#endif  // EVLOG_TESTS_LOG_CHUNKS_H_
