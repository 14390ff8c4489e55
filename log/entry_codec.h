// How one entry is encoded within a chunk; the grammar is in log/chunk_codec.h.
//
// Inline, because appending does little else for each entry. Templates, because fields come from a
// caller (`Fields`) or from an encoded entry that moves to another chunk (`EncodedFields`).
#ifndef EVLOG_LOG_ENTRY_CODEC_H_
#define EVLOG_LOG_ENTRY_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "evlog/entry.h"
#include "log/base/bytes.h"
#include "log/chunk.h"

namespace evlog {

namespace internal {

inline size_t SizedBytesSize(std::string_view bytes) {
  return VarintSize(bytes.size()) + bytes.size();
}

inline char* PutBytes(char* p, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(p, bytes.data(), bytes.size());  // empty ones may have no address
  return p + bytes.size();
}

inline char* PutSizedBytes(char* p, std::string_view bytes) {
  return PutBytes(PutVarint(p, bytes.size()), bytes);
}

// Names are a few bytes, for which a call of memcmp costs more than the comparison.
inline bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  constexpr size_t kShort = 16;
  if (a.size() > kShort) return a == b;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace internal

// The field names of the last entry of a buffer that has its own: what the next one may share.
// `count` is 0 where there is no entry yet.
struct NamesInBuffer {
  size_t at = 0;  // within the entries
  size_t count = 0;
};

// What an entry takes.
struct EntryShape {
  bool shares_names = false;
  size_t body = 0;  // bytes
  size_t names = 0;

  size_t size() const { return VarintSize(body) + body; }
  // Of the same entry with names of its own, wherever it stands.
  size_t size_alone() const {
    const size_t alone = shares_names ? body + names : body;
    return VarintSize(alone) + alone;
  }
};

template <typename AnyFields>
bool HasNames(const AnyFields& fields, const ChunkBuffer& buffer, const NamesInBuffer& names) {
  if (fields.size() != names.count) return false;
  const char* p = buffer.entries().data() + names.at;
  for (const FieldView& field : fields) {
    std::string_view name;
    p = internal::ReadCheckedBytes(p, &name);
    if (!internal::SameName(name, field.name)) return false;
  }
  return true;
}

// There is at least one field.
template <typename AnyFields>
EntryShape MeasureEntry(const AnyFields& fields, const std::optional<std::string_view>& key,
                        bool shares_names) {
  EntryShape shape;
  shape.shares_names = shares_names;
  shape.body = VarintSize(fields.size() << internal::kEntryFieldsShift);
  if (key) shape.body += internal::SizedBytesSize(*key);
  size_t last = 0;
  for (const FieldView& field : fields) {
    shape.names += internal::SizedBytesSize(field.name);
    shape.body += internal::SizedBytesSize(field.value);
    last = field.value.size();
  }
  shape.body -= VarintSize(last);
  if (!shares_names) shape.body += shape.names;
  return shape;
}

// Adds an entry to `buffer`, and notes its names if it has its own. The caller has checked
// kLimitBytesMax and kFieldsMax.
template <typename AnyFields>
void AppendEntry(const AnyFields& fields, const std::optional<std::string_view>& key,
                 const EntryShape& shape, ChunkBuffer* buffer, NamesInBuffer* names) {
  const size_t size = shape.size();
  const size_t start = buffer->size();
  char* const begin = buffer->Extend(size);
  char* out = PutVarint(begin, shape.body);
  out = PutVarint(out, fields.size() << internal::kEntryFieldsShift |
                           (shape.shares_names ? internal::kEntrySharesNames : 0) |
                           (key ? internal::kEntryHasKey : 0));
  if (key) out = internal::PutSizedBytes(out, *key);
  if (!shape.shares_names) {
    *names = {start + static_cast<size_t>(out - begin), fields.size()};
    for (const FieldView& field : fields) out = internal::PutSizedBytes(out, field.name);
  }
  size_t left = fields.size();
  for (const FieldView& field : fields) {
    out = --left == 0 ? internal::PutBytes(out, field.value)
                      : internal::PutSizedBytes(out, field.value);
  }
  buffer->Commit(size);
}

}  // namespace evlog

#endif  // EVLOG_LOG_ENTRY_CODEC_H_
