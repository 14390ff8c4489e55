// A batch: entries that are appended together, atomically, in this order.
//
//   evlog::Batch batch;
//   RETURN_IF_ERROR(batch.Add({{"sensor", "7"}, {"celsius", "21.5"}}));
//   RETURN_IF_ERROR(batch.Add({{"sensor", "8"}, {"celsius", "19.0"}}, {.key = "8"}));
//   auto result = stream.Append(std::move(batch));
//
// A batch encodes each entry as it is added, in the form in which it is stored, so an append of a
// whole batch copies nothing that a stream of one partition does not need copied.
// Not thread-safe; one batch belongs to one thread at a time.
#ifndef EVLOG_BATCH_H_
#define EVLOG_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "evlog/entry.h"
#include "evlog/limits.h"

namespace evlog {

namespace internal {
class BatchData;
}

class Batch {
 public:
  // What an entry may carry beside its fields; the same as in AppendOptions.
  struct EntryOptions {
    std::optional<std::string_view> key = {};
    std::optional<EntryId> id = {};
  };

  Batch();
  ~Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;

  // Adds one entry; copies its bytes.
  // Errors: INVALID_ARGUMENT when a name, value, key or entry is larger than kLimitBytesMax or has
  // more than kFieldsMax fields. The limits of the log itself are judged at the append.
  absl::Status Add(Fields fields);
  absl::Status Add(Fields fields, const EntryOptions& options);

  // How many entries, and how many bytes they take encoded.
  size_t size() const;
  size_t bytes() const;
  bool empty() const { return size() == 0; }

  // Makes it empty again. A batch that was moved into an append is empty and may be used again.
  void Clear();

 private:
  friend class internal::BatchData;
  std::unique_ptr<internal::BatchData> data_;
};

}  // namespace evlog

#endif  // EVLOG_BATCH_H_
