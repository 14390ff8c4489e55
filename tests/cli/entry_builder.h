// Entries as a cursor would hand them out, without a log.
#ifndef EVLOG_TESTS_CLI_ENTRY_BUILDER_H_
#define EVLOG_TESTS_CLI_ENTRY_BUILDER_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "evlog/entry.h"
#include "log/base/bytes.h"

namespace evlog::cli {

class EntryBuilder {
 public:
  EntryBuilder(std::initializer_list<FieldView> fields) : count_(fields.size()) {
    size_t left = count_;
    for (const FieldView& field : fields) {
      AppendVarint(&names_, field.name.size());
      names_.append(field.name);
      if (--left != 0) AppendVarint(&values_, field.value.size());
      values_.append(field.value);
    }
  }
  EntryBuilder& Id(EntryId id) {
    id_ = id;
    return *this;
  }
  EntryBuilder& Offset(uint64_t offset) {
    offset_ = offset;
    return *this;
  }
  EntryBuilder& Partition(uint16_t partition) {
    partition_ = partition;
    return *this;
  }
  EntryBuilder& Key(std::string key) {
    key_ = std::move(key);
    return *this;
  }

  // Valid as long as the builder.
  EntryView view() const {
    EntryView entry;
    entry.id = id_;
    entry.offset = offset_;
    entry.partition = partition_;
    if (key_.has_value()) entry.key = *key_;
    entry.fields = EncodedFields(names_.data(), values_.data(), values_.data() + values_.size(),
                                 static_cast<uint32_t>(count_));
    return entry;
  }

 private:
  std::string names_, values_;
  size_t count_;
  EntryId id_{1, 1};
  uint64_t offset_ = 0;
  uint16_t partition_ = 0;
  std::optional<std::string> key_;
};

}  // namespace evlog::cli

#endif  // EVLOG_TESTS_CLI_ENTRY_BUILDER_H_
