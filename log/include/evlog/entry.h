// Entries as they are handed in (`FieldView`, `Fields`) and out (`EntryView`).
//
// All of these are views: they own nothing. What `EntryView` refers to lives as long as the
// `ChunkView` it came from.
#ifndef EVLOG_ENTRY_H_
#define EVLOG_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "evlog/entry_id.h"

namespace evlog {

// One (field, value) pair. Both are any bytes; a field name may repeat within an entry.
struct FieldView {
  std::string_view name;
  std::string_view value;
};

// The fields of an entry to append: `{{"type", "created"}, {"by", user}}`, a vector, array or span.
class Fields {
 public:
  Fields(std::initializer_list<FieldView> fields) : fields_(fields.begin(), fields.size()) {}
  Fields(std::span<const FieldView> fields) : fields_(fields) {}
  Fields(const std::vector<FieldView>& fields) : fields_(fields) {}

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  std::span<const FieldView> fields_;
};

namespace internal {

// Reads a varint32 that is known to be whole: chunks are validated before they are handed out.
inline const char* ReadCheckedVarint32(const char* p, uint32_t* value) {
  uint32_t byte = static_cast<unsigned char>(*p++);
  uint32_t result = byte & 0x7f;
  for (int shift = 7; byte >= 0x80; shift += 7) {
    byte = static_cast<unsigned char>(*p++);
    result |= (byte & 0x7f) << shift;
  }
  *value = result;
  return p;
}

inline const char* ReadCheckedBytes(const char* p, std::string_view* bytes) {
  uint32_t size;
  p = ReadCheckedVarint32(p, &size);
  *bytes = std::string_view(p, size);
  return p + size;
}

}  // namespace internal

// The fields of an entry that was read, in the order in which they were appended.
// Iterating decodes one pair at a time and copies nothing.
class EncodedFields {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = FieldView;
    using difference_type = std::ptrdiff_t;
    using pointer = const FieldView*;
    using reference = const FieldView&;

    Iterator() = default;
    Iterator(const char* p, uint32_t left) : next_(p), left_(left) { Load(); }

    reference operator*() const { return field_; }
    pointer operator->() const { return &field_; }
    Iterator& operator++() {
      --left_;
      Load();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    // Iterators of one range only.
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    void Load() {
      if (left_ == 0) return;
      next_ = internal::ReadCheckedBytes(next_, &field_.name);
      next_ = internal::ReadCheckedBytes(next_, &field_.value);
    }

    const char* next_ = nullptr;
    uint32_t left_ = 0;
    FieldView field_;
  };

  EncodedFields() = default;
  EncodedFields(const char* bytes, uint32_t count) : bytes_(bytes), count_(count) {}

  Iterator begin() const { return Iterator(bytes_, count_); }
  Iterator end() const { return Iterator(nullptr, 0); }
  uint32_t size() const { return count_; }

  // The value of the first field of that name, or nullopt.
  std::optional<std::string_view> Find(std::string_view name) const {
    for (const FieldView& field : *this) {
      if (field.name == name) return field.value;
    }
    return std::nullopt;
  }

 private:
  const char* bytes_ = nullptr;
  uint32_t count_ = 0;
};

// One entry of a stream.
struct EntryView {
  EntryId id;
  uint64_t offset = 0;  // dense from 0 within the partition
  uint16_t partition = 0;
  std::optional<std::string_view> key;
  EncodedFields fields;
};

}  // namespace evlog

#endif  // EVLOG_ENTRY_H_
