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
    explicit Iterator(const EncodedFields& fields)
        : name_(fields.names_), value_(fields.values_), end_(fields.end_), left_(fields.count_) {
      Load();
    }

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
      name_ = internal::ReadCheckedBytes(name_, &field_.name);
      if (left_ == 1) {  // the last value takes what is left
        field_.value = std::string_view(value_, static_cast<size_t>(end_ - value_));
      } else {
        value_ = internal::ReadCheckedBytes(value_, &field_.value);
      }
    }

    const char* name_ = nullptr;
    const char* value_ = nullptr;
    const char* end_ = nullptr;
    uint32_t left_ = 0;
    FieldView field_;
  };

  EncodedFields() = default;
  // `count` names from `names`, and as many values from `values` to `end`, as chunks have them.
  EncodedFields(const char* names, const char* values, const char* end, uint32_t count)
      : names_(names), values_(values), end_(end), count_(count) {}

  Iterator begin() const { return Iterator(*this); }
  Iterator end() const { return Iterator(); }
  uint32_t size() const { return count_; }

  // The value of the first field of that name, or nullopt.
  std::optional<std::string_view> Find(std::string_view name) const {
    for (const FieldView& field : *this) {
      if (field.name == name) return field.value;
    }
    return std::nullopt;
  }

  // Used by the log itself: where the names stand.
  const char* names() const { return names_; }

 private:
  const char* names_ = nullptr;
  const char* values_ = nullptr;
  const char* end_ = nullptr;
  uint32_t count_ = 0;
};

namespace internal {

// Flags in the head of an encoded entry; above them stands the number of fields. On disk.
inline constexpr uint32_t kEntryHasKey = 1;
inline constexpr uint32_t kEntrySharesNames = 2;
inline constexpr int kEntryFieldsShift = 2;

// Reads a validated entry at `p`; returns where it ends. `shared_names`: the names of the last
// entry before it that has its own.
inline const char* ReadCheckedEntry(const char* p, const char* shared_names,
                                    std::optional<std::string_view>* key, EncodedFields* fields) {
  uint32_t size, head;
  p = ReadCheckedVarint32(p, &size);
  const char* const end = p + size;
  p = ReadCheckedVarint32(p, &head);
  if (head & kEntryHasKey) {
    p = ReadCheckedBytes(p, &key->emplace());
  } else {
    key->reset();
  }
  const uint32_t count = head >> kEntryFieldsShift;
  if (!(head & kEntrySharesNames)) {
    shared_names = p;
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t name;
      p = ReadCheckedVarint32(p, &name);
      p += name;
    }
  }
  *fields = EncodedFields(shared_names, p, end, count);
  return end;
}

}  // namespace internal

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
