// How one entry is encoded within a chunk; the grammar is in log/chunk_codec.h.
//
// Inline, because appending does little else for each entry.
#ifndef EVLOG_LOG_ENTRY_CODEC_H_
#define EVLOG_LOG_ENTRY_CODEC_H_

#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

#include "evlog/entry.h"
#include "log/base/bytes.h"

namespace evlog {

namespace internal {

inline size_t SizedBytesSize(std::string_view bytes) {
  return VarintSize(bytes.size()) + bytes.size();
}

inline char* PutSizedBytes(char* p, std::string_view bytes) {
  p = PutVarint(p, bytes.size());
  if (!bytes.empty()) std::memcpy(p, bytes.data(), bytes.size());  // empty ones may have no address
  return p + bytes.size();
}

}  // namespace internal

// How many bytes the body of an entry takes, and the whole of it.
inline size_t EntryBodySize(const Fields& fields, const std::optional<std::string_view>& key) {
  size_t size = VarintSize(fields.size() << 1 | 1);
  if (key) size += internal::SizedBytesSize(*key);
  for (const FieldView& field : fields) {
    size += internal::SizedBytesSize(field.name) + internal::SizedBytesSize(field.value);
  }
  return size;
}

inline size_t EntrySize(size_t body_size) { return VarintSize(body_size) + body_size; }

// Writes an entry to `out`, which has room for EntrySize(body_size) bytes; returns its end. The
// caller has checked kLimitBytesMax and kFieldsMax.
inline char* EncodeEntry(const Fields& fields, const std::optional<std::string_view>& key,
                         size_t body_size, char* out) {
  out = PutVarint(out, body_size);
  out = PutVarint(out, fields.size() << 1 | (key ? 1 : 0));
  if (key) out = internal::PutSizedBytes(out, *key);
  for (const FieldView& field : fields) {
    out = internal::PutSizedBytes(out, field.name);
    out = internal::PutSizedBytes(out, field.value);
  }
  return out;
}

}  // namespace evlog

#endif  // EVLOG_LOG_ENTRY_CODEC_H_
