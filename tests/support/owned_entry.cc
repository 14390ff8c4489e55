#include "tests/support/owned_entry.h"

#include "log/base/status.h"

namespace evlog {

std::string_view OwnedEntry::value(std::string_view name) const {
  for (const auto& [field, bytes] : fields) {
    if (field == name) return bytes;
  }
  return {};
}

OwnedEntry Own(const EntryView& entry) {
  OwnedEntry owned{entry.id, entry.offset, entry.partition, std::nullopt, {}};
  if (entry.key) owned.key = std::string(*entry.key);
  for (const FieldView& field : entry.fields) owned.fields.emplace_back(field.name, field.value);
  return owned;
}

std::vector<FieldView> ViewOf(const OwnedFields& fields) {
  std::vector<FieldView> views;
  for (const auto& [name, value] : fields) views.push_back({name, value});
  return views;
}

absl::StatusOr<std::vector<OwnedEntry>> Drain(Cursor* cursor) {
  std::vector<OwnedEntry> entries;
  ChunkView view;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, cursor->Next(&view));
    if (!more) return entries;
    if (view.empty()) return absl::InternalError("a cursor answered true with an empty view");
    for (const EntryView& entry : view) {
      if (entry.partition != view.partition()) {
        return absl::InternalError("an entry is of another partition than its view");
      }
      entries.push_back(Own(entry));
    }
  }
}

absl::StatusOr<std::vector<OwnedEntry>> ReadAll(EventLog& log, const ReadRequest& request) {
  ASSIGN_OR_RETURN(Cursor cursor, log.Read(request));
  return Drain(&cursor);
}

void PrintTo(const EntryId& id, std::ostream* out) { *out << id.ToString(); }

void PrintTo(const OwnedEntry& entry, std::ostream* out) {
  *out << entry.id.ToString() << " p" << entry.partition << " o" << entry.offset;
  if (entry.key) *out << " key=" << Quoted(*entry.key, 16);
  for (const auto& [name, value] : entry.fields) {
    *out << ' ' << Quoted(name, 16) << '=' << Quoted(value, 16);
  }
}

}  // namespace evlog
